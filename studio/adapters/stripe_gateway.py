"""Card payments by Stripe, whose package is loaded when it is first used."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from studio.adapters import stripe_answers, stripe_notices
from studio.domain.money import Money
from studio.ports.card_charges import Charge, ChargeRequest
from studio.ports.payment_gateway import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    Event,
    GatewayDispute,
    GatewayRefund,
    GatewayRefused,
    RefundRequest,
    RefundWaits,
    Taken,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import stripe
    from stripe.params.checkout import SessionCreateParams

CONNECT_SECONDS, READ_SECONDS = 5, 10
NETWORK_RETRIES = 2
PAGE = 100

# What the studio acts on; README names the same when it says how to make the webhook.
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)

_REFUND_WAITS = {"balance_insufficient", "charge_disputed"}


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
        notes = {"payment_id": str(request.payment_id)}
        params: SessionCreateParams = {
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
            "client_reference_id": request.booking_reference,
            "metadata": notes,
            "payment_intent_data": {"metadata": notes},
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "expires_at": int(request.expires_at.timestamp()),
        }
        if request.customer_id is None:
            params["customer_email"] = request.client_email
        else:
            params["customer"] = request.customer_id
            params["payment_intent_data"]["setup_future_usage"] = "off_session"
        with stripe_answers.asking():
            made = self._client.v1.checkout.sessions.create(
                params=params, options={"idempotency_key": f"payment-{request.payment_id}-cs"}
            )
            return stripe_answers.checkout(made)

    def checkout(self, checkout_id: str) -> Checkout:
        with stripe_answers.asking():
            made = self._client.v1.checkout.sessions.retrieve(
                checkout_id, params={"expand": ["payment_intent.payment_method"]}
            )
            return stripe_answers.checkout(made)

    def find_checkout(self, payment_id: int, since: datetime) -> Checkout | None:
        with stripe_answers.asking():
            made = self._client.v1.checkout.sessions.list(
                params={"created": {"gte": int(since.timestamp())}, "limit": PAGE}
            )
            # The account may hold pages that are not ours and look like none of ours.
            ours = [
                stripe_answers.checkout(each)
                for each in made.auto_paging_iter()
                if stripe_answers.note(each, "payment_id") == payment_id
            ]
        ours.sort(key=lambda found: (not found.paid, found.state is not CheckoutState.OPEN))
        return self.checkout(ours[0].id) if ours else None

    def close_checkout(self, checkout_id: str) -> Checkout:
        try:
            with stripe_answers.asking():
                return stripe_answers.checkout(
                    self._client.v1.checkout.sessions.expire(checkout_id)
                )
        except GatewayRefused:
            # It was not open any more, or this is another trouble: what it is now tells them apart.
            now = self.checkout(checkout_id)
            if now.state is CheckoutState.OPEN:
                raise
            return now

    def customer(self, booking_reference: str, email: str) -> str:
        with stripe_answers.asking():
            made = self._client.v1.customers.create(
                params={"email": email, "metadata": {"booking": booking_reference}},
                options={"idempotency_key": f"booking-{booking_reference}-customer"},
            )
            return made.id

    def forget_customer(self, customer_id: str) -> None:
        try:
            with stripe_answers.asking():
                self._client.v1.customers.delete(customer_id)
        except GatewayRefused as error:
            if error.code != "resource_missing":
                raise

    def charge(self, request: ChargeRequest) -> Charge:
        """See ``PaymentGateway``. What a bank refuses comes as an error with the payment in it."""
        import stripe

        with stripe_answers.asking():
            try:
                made = self._client.v1.payment_intents.create(
                    params={
                        "amount": request.amount.minor,
                        "currency": request.amount.currency.lower(),
                        "customer": request.card.customer_id,
                        "payment_method": request.card.card_id,
                        "allowed_payment_method_types": ["card"],
                        "description": request.description,
                        "metadata": {"payment_id": str(request.payment_id)},
                        "off_session": True,
                        "confirm": True,
                    },
                    options={"idempotency_key": f"payment-{request.payment_id}-pi"},
                )
            except stripe.CardError as refused:
                if refused.error is None or refused.error.payment_intent is None:
                    raise
                made = refused.error.payment_intent
            return stripe_answers.charge(made)

    def find_charge(self, payment_id: int, customer_id: str) -> Charge | None:
        with stripe_answers.asking():
            made = self._client.v1.payment_intents.list(
                params={"customer": customer_id, "limit": PAGE}
            )
            found = (
                stripe_answers.charge(each)
                for each in made.auto_paging_iter()
                if stripe_answers.note(each, "payment_id") == payment_id
            )
            return next(found, None)

    def refund(self, request: RefundRequest) -> GatewayRefund:
        """See ``PaymentGateway``. The currency is the payment's own; Stripe takes none here."""
        try:
            return self._make_refund(request)
        except GatewayRefused as error:
            if error.code in _REFUND_WAITS:
                raise RefundWaits(error.message) from error
            raise

    def _make_refund(self, request: RefundRequest) -> GatewayRefund:
        with stripe_answers.asking():
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
            return stripe_answers.refund(made)

    def refunds_of(self, intent_id: str) -> Sequence[GatewayRefund]:
        return self._refunds({"payment_intent": intent_id, "limit": PAGE})

    def refunds_since(self, since: datetime) -> Sequence[GatewayRefund]:
        return self._refunds({"created": {"gte": int(since.timestamp())}, "limit": PAGE})

    def _refunds(self, which: Any) -> Sequence[GatewayRefund]:
        with stripe_answers.asking():
            made = self._client.v1.refunds.list(which)
            return [stripe_answers.refund(each) for each in made.auto_paging_iter()][::-1]

    def disputes_of(self, intent_id: str) -> Sequence[GatewayDispute]:
        return self._disputes({"payment_intent": intent_id, "limit": PAGE})

    def disputes(self, since: datetime, until: datetime) -> Sequence[GatewayDispute]:
        span = {"gte": int(since.timestamp()), "lt": int(until.timestamp())}
        return self._disputes({"created": span, "limit": PAGE})

    def _disputes(self, which: Any) -> Sequence[GatewayDispute]:
        with stripe_answers.asking():
            made = self._client.v1.disputes.list(which)
            return [stripe_answers.dispute(each) for each in made.auto_paging_iter()][::-1]

    def taken(self, since: datetime, until: datetime) -> Sequence[Taken]:
        with stripe_answers.asking():
            made = self._client.v1.payment_intents.list(
                params={
                    "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                    "limit": PAGE,
                }
            )
            return [
                Taken(
                    intent_id=each.id,
                    amount=Money(each.amount_received, each.currency.upper()),
                    payment_id=stripe_answers.note(each, "payment_id"),
                    created_at=datetime.fromtimestamp(each.created, UTC),
                )
                for each in made.auto_paging_iter()
                if each.status == "succeeded"
            ][::-1]

    def missed_events(self, since: datetime) -> Sequence[Event]:
        with stripe_answers.asking():
            missed = self._client.v1.events.list(
                params={
                    "delivery_success": False,
                    "created": {"gte": int(since.timestamp())},
                    "types": list(EVENT_TYPES),
                    "limit": PAGE,
                }
            )
            return [stripe_answers.event(each.to_dict()) for each in missed.auto_paging_iter()][
                ::-1
            ]

    def event_from(self, raw: bytes, header: str) -> Event:
        return stripe_notices.event_from(raw, header, self._webhook_secrets)
