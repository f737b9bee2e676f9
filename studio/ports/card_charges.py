"""Cards that the gateway keeps, and what comes of charging one with nobody there."""

from dataclasses import dataclass
from enum import StrEnum

from studio.domain.money import Money


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card that the gateway keeps for a customer, and the end of its number."""

    customer_id: str
    card_id: str
    last4: str


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """A kept card to be charged for one payment row, with nobody there to be asked anything."""

    payment_id: int
    amount: Money
    description: str
    card: KeptCard


class ChargeState(StrEnum):
    """What came of charging a kept card.

    Asked is the bank's wish to see the client confirm: only a payment page can do that.
    """

    PENDING = "pending"
    PAID = "paid"
    ASKED = "asked"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge of a kept card as the gateway knows it; *why* is its word for a refusal."""

    intent_id: str
    amount: Money
    state: ChargeState
    payment_id: int | None
    why: str = ""
