"""What the studio asks of whoever takes card payments, in the studio's own words.

Three promises hold for every gateway. Money is in minor units and every instant is an aware
UTC datetime. Asking again with the same ``payment_id`` or ``refund_id`` never takes or returns
money twice, as long as the rest of the request is the same too: keep what was sent, do not
work it out again. The gateway keeps that promise for 24 hours; after that, look
(``find_checkout``, ``refunds_of``) before asking again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from studio.domain.money import Money


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
    between 30 minutes and 24 hours ahead.
    """

    payment_id: int
    booking_reference: str
    amount: Money
    description: str
    client_email: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Checkout:
    """A payment page as the gateway knows it.

    ``payment_id`` and ``booking_reference`` are None where the page was not made by us,
    ``intent_id`` until somebody tries to pay, ``url`` once nobody can any more.
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

    def refund(self, request: RefundRequest) -> GatewayRefund:
        """Give money back; asked again with the same request, answer the same refund."""

    def refunds_of(self, intent_id: str) -> Sequence[GatewayRefund]:
        """All refunds of a payment, oldest first, whoever asked for them."""

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
