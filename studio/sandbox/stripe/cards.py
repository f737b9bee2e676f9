"""The test cards the payment page knows, by Stripe's own numbers for them."""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What a bank does when it is asked."""

    PAYS = "pays"
    DECLINES = "declines"
    ASKS = "asks"


@dataclass(frozen=True, slots=True)
class Card:
    """A card and its bank's answer; the next three fields matter only where it declines.

    *later* is the answer when the card was kept and is charged with nobody there.
    """

    number: str
    answer: Answer
    explained: str
    code: str = ""
    decline_code: str = ""
    message: str = ""
    later: Answer = Answer.PAYS

    @property
    def spaced(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


CARDS = (
    Card("4242424242424242", Answer.PAYS, "pays at once"),
    Card(
        "4000000000000002",
        Answer.DECLINES,
        "is declined by the bank",
        "card_declined",
        "generic_decline",
        "Your card was declined.",
    ),
    Card(
        "4000000000009995",
        Answer.DECLINES,
        "is declined: not enough money in the account",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    Card("4000002500003155", Answer.ASKS, "asks for 3-D Secure, then pays"),
    Card(
        "4000000000003220",
        Answer.ASKS,
        "always asks for 3-D Secure, then pays",
        later=Answer.ASKS,
    ),
    Card(
        "4000000000000341",
        Answer.PAYS,
        "pays now, and is declined when it is charged later",
        "card_declined",
        "generic_decline",
        "Your card was declined.",
        later=Answer.DECLINES,
    ),
)


def card_of(number: str) -> Card | None:
    """The test card with that number, however it is spaced, or None."""
    digits = "".join(number.split())
    return next((card for card in CARDS if card.number == digits), None)


def card_ending(last4: str) -> Card:
    """The test card that a kept card is."""
    return next(card for card in CARDS if card.number.endswith(last4))
