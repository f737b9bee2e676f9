"""What the studio asks of whoever takes card payments, in the studio's own words.

Three promises hold for every gateway. Money is in minor units and every instant is an aware
UTC datetime. Asking again with the same ``payment_id`` or ``refund_id`` never takes or returns
money twice, as long as the rest of the request is the same too: keep what was sent, do not
work it out again. The gateway keeps that promise for 24 hours; after that, look
(``find_checkout``, ``find_charge``, ``refunds_of``) before asking again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from studio.domain.money import Money
from studio.ports.card_charges import Charge, ChargeRequest, KeptCard


class GatewayUnavailable(Exception):
    """No answer, or trouble at the gateway: what was asked may or may not have been done.

    Ask again later with the same request.
    """


class GatewayRefused(Exception):
    """The gateway understood and said no; the same request will be refused again.

    ``code`` is the gateway's word for why, ``message`` its sentence, in English, for staff.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class RefundWaits(Exception):
    """The gateway cannot give this back yet: too little is there, or the payment is disputed.

    The text is its sentence. Nothing was done; ask again later with the same request.
    """


class PaymentsPaused(Exception):
    """Our key was revoked or may not do this: no payment works until somebody mends it."""


class BadSignature(Exception):
    """A notice that the gateway did not sign, or not within five minutes of now."""


class CheckoutState(StrEnum):
    """Where a payment page stands. Complete says that it was used, not that it was paid."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A payment page for one payment row.

    ``{CHECKOUT_SESSION_ID}`` in ``success_url`` becomes the checkout's id. ``expires_at`` lies
    between 30 minutes and 24 hours ahead. With a ``customer_id`` the card that pays is kept for
    charging it later; without one no card is.
    """

    payment_id: int
    booking_reference: str
    amount: Money
    description: str
    client_email: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A payment page as the gateway knows it.

    ``payment_id`` and ``booking_reference`` are None where the page was not made by us,
    ``intent_id`` until somebody tries to pay, ``url`` once nobody can any more, and ``card``
    where none was kept.
    """

    id: str
    state: CheckoutState
    paid: bool
    amount: Money
    intent_id: str | None
    payment_id: int | None
    booking_reference: str | None
    url: str | None
    expires_at: datetime
    livemode: bool
    card: KeptCard | None = None


class RefundState(StrEnum):
    """How far a refund is. A card's refund may still fail days after it was done."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money to give back for one refund row. ``reason`` is our own note, for staff."""

    refund_id: int
    intent_id: str
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """A refund as the gateway knows it; ``refund_id`` is None where it was not asked by us."""

    id: str
    intent_id: str
    amount: Money
    state: RefundState
    refund_id: int | None
    created_at: datetime


class DisputeState(StrEnum):
    """How far a dispute is. With an inquiry the bank only asks: no money has moved."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that a dispute moved: below zero it left us. The gateway's *fee* is not in it."""

    id: str
    amount: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """A client's bank that asks for a payment back.

    *amount* is what the client asks for; what has gone and come is *moved*, oldest first.
    While it is not *refundable* the payment cannot be given back. *answer_by* is None once
    nothing is expected of us any more. *reason* is the bank's word for it.
    """

    id: str
    intent_id: str
    state: DisputeState
    reason: str
    amount: Money
    refundable: bool
    answer_by: datetime | None
    moved: tuple[Moved, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """Money the gateway took; *payment_id* is None where it was not asked by us."""

    intent_id: str
    amount: Money
    payment_id: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A notice that something happened to ``object_id``.

    It says where to look, not what is true: read the object before deciding anything.
    ``intent_id`` is the payment it belongs to, where the notice names one.
    """

    id: str
    type: str
    object_id: str
    intent_id: str | None
    created_at: datetime
    livemode: bool


class PaymentGateway(Protocol):
    """Takes card payments and gives them back.

    Every call but ``event_from`` may raise ``GatewayUnavailable``, ``GatewayRefused`` or
    ``PaymentsPaused``.
    """

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """Make a payment page; asked again with the same request, answer the same page.

        A repeat answers the page as it was when it was made: read it with ``checkout`` before
        sending anybody there.
        """

    def checkout(self, checkout_id: str) -> Checkout:
        """The page as it stands now."""

    def find_checkout(self, payment_id: int, since: datetime) -> Checkout | None:
        """The page made for a payment at or after *since*, for when its id was never stored.

        Where there are several, the one that was paid, else an open one, else the newest.
        """

    def close_checkout(self, checkout_id: str) -> Checkout:
        """See to it that nobody can pay on the page any more, and answer what it is now.

        A page that was paid meanwhile comes back complete; that is no error.
        """

    def customer(self, booking_reference: str, email: str) -> str:
        """The customer to keep a card for, made if need be; asked again, the same for 24 hours."""

    def forget_customer(self, customer_id: str) -> None:
        """Forget a customer and every card that was kept for them, if they are there still."""

    def charge(self, request: ChargeRequest) -> Charge:
        """Charge a kept card; asked again with the same request, answer the same charge.

        A bank that says no is an answer, not an exception. ``GatewayRefused`` says that the card
        is not there any more.
        """

    def find_charge(self, payment_id: int, customer_id: str) -> Charge | None:
        """What a kept card was charged for a payment, as it stands now, or None if it was not."""

    def refund(self, request: RefundRequest) -> GatewayRefund:
        """Give money back; asked again with the same request, answer the same refund.

        Raises:
            RefundWaits: while the payment is disputed, or the account has too little.
        """

    def refunds_of(self, intent_id: str) -> Sequence[GatewayRefund]:
        """All refunds of a payment, oldest first, whoever asked for them."""

    def refunds_since(self, since: datetime) -> Sequence[GatewayRefund]:
        """All refunds made at or after *since*, oldest first, whoever's payment it is."""

    def disputes_of(self, intent_id: str) -> Sequence[GatewayDispute]:
        """All disputes of a payment, oldest first."""

    def disputes(self, since: datetime, until: datetime) -> Sequence[GatewayDispute]:
        """All disputes opened from *since* up to *until*, oldest first, whoever's payment it is."""

    def taken(self, since: datetime, until: datetime) -> Sequence[Taken]:
        """All money taken by payments begun from *since* up to *until*, oldest first."""

    def missed_events(self, since: datetime) -> Sequence[Event]:
        """The notices made at or after *since* that have not reached us, oldest first.

        The gateway keeps them for 30 days.
        """

    def event_from(self, raw: bytes, header: str) -> Event:
        """Read a notice as it came in: the body's bytes and the signature header.

        Raises:
            BadSignature: if no secret of ours signed exactly these bytes, if it was signed more
                than 300 seconds before or after now, or if it is not an event.
        """
