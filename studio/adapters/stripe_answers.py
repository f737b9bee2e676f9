"""What Stripe answers, in the studio's words."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from studio.domain.money import Money
from studio.ports.card_charges import Charge, ChargeState, KeptCard
from studio.ports.payment_gateway import (
    Checkout,
    CheckoutState,
    DisputeState,
    Event,
    GatewayDispute,
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    Moved,
    PaymentsPaused,
    RefundState,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import stripe
    from stripe.checkout import Session

log = logging.getLogger(__name__)

_REFUND_STATES = {
    "succeeded": RefundState.DONE,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}

_DISPUTE_STATES = {
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.CLOSED,
    "prevented": DisputeState.CLOSED,
}
_AWAITS_ANSWER = {"needs_response", "warning_needs_response"}
# The bank wants to see the client, and nobody was there.
_ASKED = "authentication_required"


@contextmanager
def asking() -> Iterator[None]:
    """Turn Stripe's errors into ours; its request id goes to the log, nothing else."""
    import stripe

    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        log.error("stripe refused our key, request %s", error.request_id)  # noqa: TRY400
        raise PaymentsPaused(error.code or "key_refused") from error
    except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as error:
        code = error.code or "refused"
        log.warning("stripe said no: %s, request %s", code, error.request_id)
        raise GatewayRefused(code, error.user_message or str(error)) from error
    except stripe.StripeError as error:
        kind = type(error).__name__
        log.warning("stripe gave no answer: %s, request %s", kind, error.request_id)
        raise GatewayUnavailable(kind) from error


def checkout(made: Session) -> Checkout:
    return Checkout(
        id=made.id,
        state=CheckoutState(made.status or ""),
        paid=made.payment_status == "paid",
        amount=Money(made.amount_total or 0, (made.currency or "").upper()),
        intent_id=_id(made.payment_intent),
        payment_id=note(made, "payment_id"),
        booking_reference=made.client_reference_id,
        url=made.url,
        expires_at=datetime.fromtimestamp(made.expires_at, UTC),
        livemode=made.livemode,
        card=_kept(made.payment_intent),
    )


def _kept(intent: stripe.PaymentIntent | str | None) -> KeptCard | None:
    """The card that paid, if a customer has it; payment and card have to be expanded."""
    method = None if intent is None or isinstance(intent, str) else intent.payment_method
    if method is None or isinstance(method, str) or method.card is None:
        return None
    customer = _id(method.customer)
    return KeptCard(customer, method.id, method.card.last4) if customer else None


def charge(made: stripe.PaymentIntent) -> Charge:
    """A charge of a kept card. One that was refused waits for another card, which never comes."""
    error = made.last_payment_error
    if made.status == "succeeded":
        state = ChargeState.PAID
    elif error is not None:
        state = ChargeState.ASKED if error.code == _ASKED else ChargeState.DECLINED
    else:
        state = ChargeState.DECLINED if made.status == "canceled" else ChargeState.PENDING
    return Charge(
        intent_id=made.id,
        amount=Money(made.amount, made.currency.upper()),
        state=state,
        payment_id=note(made, "payment_id"),
        why=(error.decline_code or error.code or "") if error else "",
    )


def refund(made: stripe.Refund) -> GatewayRefund:
    return GatewayRefund(
        id=made.id,
        intent_id=_id(made.payment_intent) or "",
        amount=Money(made.amount, made.currency.upper()),
        state=_REFUND_STATES.get(made.status or "", RefundState.PENDING),
        refund_id=note(made, "refund_id"),
        created_at=datetime.fromtimestamp(made.created, UTC),
    )


def dispute(made: stripe.Dispute) -> GatewayDispute:
    due_by = made.evidence_details.due_by if made.status in _AWAITS_ANSWER else None
    return GatewayDispute(
        id=made.id,
        intent_id=_id(made.payment_intent) or "",
        state=_DISPUTE_STATES.get(made.status, DisputeState.OPEN),
        reason=made.reason.replace("_", " "),
        amount=Money(made.amount, made.currency.upper()),
        refundable=made.is_charge_refundable,
        answer_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
        moved=tuple(
            Moved(
                each.id,
                Money(each.amount, each.currency.upper()),
                Money(each.fee, each.currency.upper()),
            )
            for each in sorted(made.balance_transactions, key=lambda each: each.created)
        ),
        created_at=datetime.fromtimestamp(made.created, UTC),
    )


def event(told: dict[str, Any]) -> Event:
    about = told["data"]["object"]
    is_intent = about.get("object") == "payment_intent"
    # Some of what an endpoint may be told of has no id, such as the account's balance.
    about_id = about.get("id", "")
    return Event(
        id=told["id"],
        type=told["type"],
        object_id=about_id,
        intent_id=about_id if is_intent else about.get("payment_intent"),
        created_at=datetime.fromtimestamp(told["created"], UTC),
        livemode=told["livemode"],
    )


def _id(reference: stripe.PaymentIntent | stripe.Customer | str | None) -> str | None:
    """The id of something that Stripe may have sent whole."""
    return reference if isinstance(reference, str) or reference is None else reference.id


def note(made: Session | stripe.Refund | stripe.PaymentIntent, name: str) -> int | None:
    """The row's number we wrote on it; None where somebody else made it."""
    note = str(made.metadata.to_dict().get(name, "")) if made.metadata else ""
    # Of ours they are far shorter; what is longer is no number that a database takes.
    return int(note) if note.isascii() and note.isdecimal() and len(note) < 19 else None
