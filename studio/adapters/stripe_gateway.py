"""Card payments by Stripe. The only module that knows its package, and loads it when first used."""

from __future__ import annotations

import json
import logging
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from studio.domain.money import Money
from studio.ports.payment_gateway import (
    BadSignature,
    Checkout,
    CheckoutRequest,
    CheckoutState,
    Event,
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    PaymentsPaused,
    RefundRequest,
    RefundState,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import stripe
    from stripe.checkout import Session

log = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 5, 10
NETWORK_RETRIES = 2
SIGNATURE_SECONDS = 300
PAGE = 100

# What the studio acts on; README names the same when it says how to make the webhook.
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
)

_REFUND_STATES = {
    "succeeded": RefundState.DONE,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


class StripeGateway:
    """A ``PaymentGateway`` that asks Stripe, or a stand-in at *api_base*."""

    def __init__(
        self, secret_key: str, webhook_secrets: Sequence[str], api_base: str | None = None
    ) -> None:
        self._secret_key = secret_key
        self._webhook_secrets = tuple(webhook_secrets)
        self._api_base = api_base

    @cached_property
    def _client(self) -> stripe.StripeClient:
        import stripe

        stripe.enable_telemetry = False
        return stripe.StripeClient(
            self._secret_key,
            base_addresses={"api": self._api_base} if self._api_base else {},
            max_network_retries=NETWORK_RETRIES,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
        )

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """See ``PaymentGateway``. One line, with the amount due: the price is worked out by us."""
        with _asking():
            made = self._client.v1.checkout.sessions.create(
                params={
                    "mode": "payment",
                    "allowed_payment_method_types": ["card"],
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": request.amount.currency.lower(),
                                "unit_amount": request.amount.minor,
                                "product_data": {"name": request.description},
                            },
                        }
                    ],
                    "customer_email": request.client_email,
                    "client_reference_id": request.booking_reference,
                    "metadata": {"payment_id": str(request.payment_id)},
                    "payment_intent_data": {"metadata": {"payment_id": str(request.payment_id)}},
                    "success_url": request.success_url,
                    "cancel_url": request.cancel_url,
                    "expires_at": int(request.expires_at.timestamp()),
                },
                options={"idempotency_key": f"payment-{request.payment_id}-cs"},
            )
            return _checkout(made)

    def checkout(self, checkout_id: str) -> Checkout:
        with _asking():
            return _checkout(self._client.v1.checkout.sessions.retrieve(checkout_id))

    def find_checkout(self, payment_id: int, since: datetime) -> Checkout | None:
        with _asking():
            made = self._client.v1.checkout.sessions.list(
                params={"created": {"gte": int(since.timestamp())}, "limit": PAGE}
            )
            # The account may hold pages that are not ours and look like none of ours.
            ours = [
                _checkout(each)
                for each in made.auto_paging_iter()
                if _note(each, "payment_id") == payment_id
            ]
        ours.sort(key=lambda found: (not found.paid, found.state is not CheckoutState.OPEN))
        return ours[0] if ours else None

    def close_checkout(self, checkout_id: str) -> Checkout:
        try:
            with _asking():
                return _checkout(self._client.v1.checkout.sessions.expire(checkout_id))
        except GatewayRefused:
            # It was not open any more, or this is another trouble: what it is now tells them apart.
            now = self.checkout(checkout_id)
            if now.state is CheckoutState.OPEN:
                raise
            return now

    def refund(self, request: RefundRequest) -> GatewayRefund:
        """See ``PaymentGateway``. The currency is the payment's own; Stripe takes none here."""
        with _asking():
            made = self._client.v1.refunds.create(
                params={
                    "payment_intent": request.intent_id,
                    "amount": request.amount.minor,
                    "metadata": {
                        "refund_id": str(request.refund_id),
                        "reason": request.reason[:500],
                    },
                },
                options={"idempotency_key": f"refund-{request.refund_id}"},
            )
            return _refund(made)

    def refunds_of(self, intent_id: str) -> Sequence[GatewayRefund]:
        with _asking():
            made = self._client.v1.refunds.list(params={"payment_intent": intent_id, "limit": PAGE})
            return [_refund(each) for each in made.auto_paging_iter()][::-1]

    def missed_events(self, since: datetime) -> Sequence[Event]:
        with _asking():
            missed = self._client.v1.events.list(
                params={
                    "delivery_success": False,
                    "created": {"gte": int(since.timestamp())},
                    "types": list(EVENT_TYPES),
                    "limit": PAGE,
                }
            )
            return [_event(each.to_dict()) for each in missed.auto_paging_iter()][::-1]

    def event_from(self, raw: bytes, header: str) -> Event:
        """See ``PaymentGateway``. Stripe's own check lets a stamp from the future pass."""
        self._verify(raw, header)
        try:
            stamp = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
            if abs(time.time() - stamp) > SIGNATURE_SECONDS:
                raise BadSignature("signed too long before or after now")
            return _event(json.loads(raw))
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
            raise BadSignature("not an event") from error

    def _verify(self, raw: bytes, header: str) -> None:
        import stripe

        for secret in self._webhook_secrets:
            try:
                stripe.WebhookSignature.verify_header(raw, header, secret, SIGNATURE_SECONDS)
            except (stripe.SignatureVerificationError, ValueError, TypeError):
                continue  # a body that is no text, or a header that is no ASCII, is no signature
            return
        raise BadSignature("signed by no secret of ours")


@contextmanager
def _asking() -> Iterator[None]:
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


def _checkout(made: Session) -> Checkout:
    return Checkout(
        id=made.id,
        state=CheckoutState(made.status or ""),
        paid=made.payment_status == "paid",
        amount=Money(made.amount_total or 0, (made.currency or "").upper()),
        intent_id=_id(made.payment_intent),
        payment_id=_note(made, "payment_id"),
        booking_reference=made.client_reference_id,
        url=made.url,
        expires_at=datetime.fromtimestamp(made.expires_at, UTC),
        livemode=made.livemode,
    )


def _refund(made: stripe.Refund) -> GatewayRefund:
    return GatewayRefund(
        id=made.id,
        intent_id=_id(made.payment_intent) or "",
        amount=Money(made.amount, made.currency.upper()),
        state=_REFUND_STATES.get(made.status or "", RefundState.PENDING),
        refund_id=_note(made, "refund_id"),
        created_at=datetime.fromtimestamp(made.created, UTC),
    )


def _event(told: dict[str, Any]) -> Event:
    about = told["data"]["object"]
    is_intent = about["object"] == "payment_intent"
    return Event(
        id=told["id"],
        type=told["type"],
        object_id=about["id"],
        intent_id=about["id"] if is_intent else about.get("payment_intent"),
        created_at=datetime.fromtimestamp(told["created"], UTC),
        livemode=told["livemode"],
    )


def _id(reference: stripe.PaymentIntent | str | None) -> str | None:
    """The id of something that Stripe may have sent whole."""
    return reference if isinstance(reference, str) or reference is None else reference.id


def _note(made: Session | stripe.Refund, name: str) -> int | None:
    """The row's number we wrote on it; None where somebody else made it."""
    note = str(made.metadata.to_dict().get(name, "")) if made.metadata else ""
    return int(note) if note.isascii() and note.isdecimal() else None
