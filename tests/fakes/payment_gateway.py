"""Card payments in memory, with the levers a test needs."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from studio.domain.money import Money
from studio.ports.card_charges import Charge, ChargeRequest, ChargeState, KeptCard
from studio.ports.payment_gateway import (
    BadSignature,
    Checkout,
    CheckoutRequest,
    CheckoutState,
    DisputeState,
    Event,
    GatewayDispute,
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    Moved,
    PaymentsPaused,
    RefundRequest,
    RefundState,
    RefundWaits,
    Taken,
)

T = TypeVar("T")

SECRET = "whsec_only_for_tests_0123456789"
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)
PAYS, ASKS, DECLINES = "4242424242424242", "4000000000003220", "4000000000000341"
_LATER = {
    ASKS[-4:]: (ChargeState.ASKED, "authentication_required"),
    DECLINES[-4:]: (ChargeState.DECLINED, "generic_decline"),
}


@dataclass(slots=True)
class _Page:
    request: CheckoutRequest
    shown: Checkout
    made_at: datetime


class FakeGateway:
    """A ``PaymentGateway`` that does as it is told.

    A test pays with ``pay`` (by a card that is charged later as the stand-in's is), refunds behind
    our back with ``refund_elsewhere``, and makes trouble
    by putting an exception into ``trouble`` (every call raises it before anything is done) or a
    number into ``lost_answers`` (so many calls that change something do it and then raise
    ``GatewayUnavailable``). ``asked`` lists the calls in order.
    """

    def __init__(
        self, now: Callable[[], datetime], webhook_secrets: tuple[str, ...] = (SECRET,)
    ) -> None:
        self._now = now
        self._webhook_secrets = webhook_secrets
        self.reset()

    def reset(self) -> None:
        self.pages: dict[str, _Page] = {}
        self.refunds: list[GatewayRefund] = []
        self.quarrels: list[GatewayDispute] = []
        self.missed: list[Event] = []
        self.asked: list[str] = []
        self.trouble: GatewayUnavailable | GatewayRefused | PaymentsPaused | None = None
        self.lost_answers = 0
        self.charges: dict[str, Charge] = {}
        self._charged_at: dict[str, datetime] = {}
        self._customers: dict[str, str] = {}
        self.forgotten: set[str] = set()
        self._charge_requests: dict[int, ChargeRequest] = {}
        self._by_payment: dict[int, str] = {}
        self._by_refund: dict[int, RefundRequest] = {}

    # What a test does to it.

    def pay(self, checkout_id: str, card: str = PAYS) -> Checkout:
        """Pay on an open page; every checkout session has one payment, as at Stripe."""
        page = self._page(checkout_id)
        customer = page.request.customer_id
        self._complete(checkout_id, paid=True)
        if customer:
            kept = KeptCard(customer, _new_id("pm"), card[-4:])
            page.shown = replace(page.shown, card=kept)
        return page.shown

    def complete_unpaid(self, checkout_id: str) -> Checkout:
        return self._complete(checkout_id, paid=False)

    def refund_elsewhere(
        self, intent_id: str, minor: int, state: RefundState = RefundState.DONE
    ) -> GatewayRefund:
        """A refund somebody made in the dashboard: none of our notes on it."""
        made = self._give_back(intent_id, minor, refund_id=None)
        self._refund_is(made.id, state)
        return made

    def fail_refund(self, gateway_refund_id: str) -> None:
        """The client's bank sends the money back to us."""
        self._refund_is(gateway_refund_id, RefundState.FAILED)

    def finish_refund(self, gateway_refund_id: str) -> None:
        """A refund that was pending has gone."""
        self._refund_is(gateway_refund_id, RefundState.DONE)

    def _refund_is(self, gateway_refund_id: str, state: RefundState) -> None:
        self.refunds = [
            replace(made, state=state) if made.id == gateway_refund_id else made
            for made in self.refunds
        ]

    def dispute(
        self, intent_id: str, minor: int | None = None, *, inquiry: bool = False
    ) -> GatewayDispute:
        """The client's bank takes the money back, at most what is left, or only asks."""
        left = self._left(intent_id)
        made = GatewayDispute(
            id=_new_id("du"),
            intent_id=intent_id,
            state=DisputeState.INQUIRY if inquiry else DisputeState.OPEN,
            reason="fraudulent",
            amount=left if minor is None else replace(left, minor=minor),
            refundable=inquiry,
            answer_by=self._now().replace(microsecond=0) + timedelta(days=7),
            moved=(),
            created_at=self._now().replace(microsecond=0),
        )
        self.quarrels.append(made)
        return made if inquiry else self._withdraw(made)

    def escalate(self, dispute_id: str) -> GatewayDispute:
        """An inquiry becomes a dispute: now the money goes."""
        return self._withdraw(self._quarrel(dispute_id))

    def close_dispute(self, dispute_id: str, *, won: bool) -> GatewayDispute:
        made = self._quarrel(dispute_id)
        if made.state is DisputeState.INQUIRY:
            return self._now_is(replace(made, state=DisputeState.CLOSED, answer_by=None))
        state = DisputeState.WON if won else DisputeState.LOST
        made = replace(made, state=state, refundable=won, answer_by=None)
        if won:
            back = Moved(_new_id("txn"), -made.moved[0].amount, replace(made.amount, minor=0))
            made = replace(made, moved=(*made.moved, back))
        return self._now_is(made)

    def notice(
        self, kind: str, object_id: str, intent_id: str | None = None, *, livemode: bool = False
    ) -> tuple[bytes, str]:
        """A signed notice, as the webhook receives it: its body and its signature header."""
        about = {"id": object_id, "object": kind.rpartition(".")[0], "payment_intent": intent_id}
        body = json.dumps(
            {
                "id": _new_id("evt"),
                "object": "event",
                "type": kind,
                "created": int(self._now().timestamp()),
                "livemode": livemode,
                "data": {"object": about},
            }
        ).encode()
        stamp = int(self._now().timestamp())
        return body, f"t={stamp},v1={_mark(self._webhook_secrets[0], stamp, body)}"

    # What the studio asks of it.

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        self._ask("open_checkout")
        known = self._by_payment.get(request.payment_id)
        if known:
            page = self.pages[known]
            if page.request != request:
                raise GatewayRefused("idempotency_error", "the same key with another request")
            return self._answer(replace(page.shown, **_AS_MADE, url=_url(known)))
        ahead = request.expires_at - self._now()
        if not SHORTEST <= ahead <= LONGEST:
            raise GatewayRefused("refused", "expires_at is out of range")
        checkout_id = _new_id("cs_test")
        self.pages[checkout_id] = _Page(
            request,
            Checkout(
                id=checkout_id,
                amount=request.amount,
                payment_id=request.payment_id,
                booking_reference=request.booking_reference,
                url=_url(checkout_id),
                expires_at=request.expires_at.replace(microsecond=0),
                livemode=False,
                **_AS_MADE,
            ),
            self._now(),
        )
        self._by_payment[request.payment_id] = checkout_id
        return self._answer(self.pages[checkout_id].shown)

    def checkout(self, checkout_id: str) -> Checkout:
        self._ask("checkout")
        return self._page(checkout_id).shown

    def find_checkout(self, payment_id: int, since: datetime) -> Checkout | None:
        self._ask("find_checkout")
        made = self._by_payment.get(payment_id)
        if made is None or self.pages[made].made_at < since.replace(microsecond=0):
            return None
        return self._page(made).shown

    def close_checkout(self, checkout_id: str) -> Checkout:
        self._ask("close_checkout")
        page = self._page(checkout_id)
        if page.shown.state is CheckoutState.OPEN:
            page.shown = replace(page.shown, state=CheckoutState.EXPIRED, url=None)
        return self._answer(page.shown)

    def customer(self, booking_reference: str, email: str) -> str:
        self._ask("customer")
        known = self._customers.setdefault(f"{booking_reference} {email}", _new_id("cus"))
        return self._answer(known)

    def forget_customer(self, customer_id: str) -> None:
        self._ask("forget_customer")
        self.forgotten.add(customer_id)
        self._answer(None)

    def charge(self, request: ChargeRequest) -> Charge:
        self._ask("charge")
        if self._charge_requests.get(request.payment_id, request) != request:
            raise GatewayRefused("idempotency_error", "the same key with another request")
        known = self._charge_of(request.payment_id)
        if known:
            return self._answer(known)
        kept = [page.shown.card for page in self.pages.values()]
        if request.card not in kept or request.card.customer_id in self.forgotten:
            raise GatewayRefused("resource_missing", "no such card")
        state, why = _LATER.get(request.card.last4, (ChargeState.PAID, ""))
        made = Charge(_new_id("pi"), request.amount, state, request.payment_id, why)
        self.charges[made.intent_id] = made
        self._charged_at[made.intent_id] = self._now()
        self._charge_requests[request.payment_id] = request
        return self._answer(made)

    def find_charge(self, payment_id: int, customer_id: str) -> Charge | None:
        self._ask("find_charge")
        known = self._charge_requests.get(payment_id)
        return (
            self._charge_of(payment_id) if known and known.card.customer_id == customer_id else None
        )

    def _charge_of(self, payment_id: int) -> Charge | None:
        found = [each for each in self.charges.values() if each.payment_id == payment_id]
        return found[0] if found else None

    def refund(self, request: RefundRequest) -> GatewayRefund:
        self._ask("refund")
        if self._by_refund.get(request.refund_id, request) != request:
            raise GatewayRefused("idempotency_error", "the same key with another request")
        for made in self.refunds:
            if made.refund_id == request.refund_id:
                return self._answer(made)
        if any(q.intent_id == request.intent_id and not q.refundable for q in self.quarrels):
            raise RefundWaits("The charge is disputed.")
        made = self._give_back(request.intent_id, request.amount.minor, request.refund_id)
        self._by_refund[request.refund_id] = request
        return self._answer(made)

    def refunds_of(self, intent_id: str) -> list[GatewayRefund]:
        self._ask("refunds_of")
        return [made for made in self.refunds if made.intent_id == intent_id]

    def refunds_since(self, since: datetime) -> list[GatewayRefund]:
        self._ask("refunds_since")
        return [made for made in self.refunds if made.created_at >= since.replace(microsecond=0)]

    def disputes_of(self, intent_id: str) -> list[GatewayDispute]:
        self._ask("disputes_of")
        return [made for made in self.quarrels if made.intent_id == intent_id]

    def disputes(self, since: datetime, until: datetime) -> list[GatewayDispute]:
        self._ask("disputes")
        return [
            made
            for made in self.quarrels
            if since.replace(microsecond=0) <= made.created_at < until
        ]

    def taken(self, since: datetime, until: datetime) -> list[Taken]:
        self._ask("taken")
        return [
            Taken(
                intent_id=page.shown.intent_id,
                amount=page.shown.amount,
                payment_id=page.shown.payment_id,
                created_at=page.made_at,
            )
            for page in self.pages.values()
            if page.shown.intent_id and page.shown.paid and since <= page.made_at < until
        ] + [
            Taken(made.intent_id, made.amount, made.payment_id, self._charged_at[made.intent_id])
            for made in self.charges.values()
            if made.state is ChargeState.PAID and since <= self._charged_at[made.intent_id] < until
        ]

    def missed_events(self, since: datetime) -> list[Event]:
        self._ask("missed_events")
        return [event for event in self.missed if event.created_at >= since.replace(microsecond=0)]

    def event_from(self, raw: bytes, header: str) -> Event:
        parts = [part.partition("=")[::2] for part in header.split(",")]
        stamps = [value for name, value in parts if name == "t"]
        marks = [value.encode() for name, value in parts if name == "v1"]
        if not stamps or not stamps[0].isdecimal():
            raise BadSignature("no time stamp")
        stamp = int(stamps[0])
        ours = [_mark(secret, stamp, raw).encode() for secret in self._webhook_secrets]
        if not any(hmac.compare_digest(mark, our) for mark in marks for our in ours):
            raise BadSignature("signed by no secret of ours")
        if abs(self._now().timestamp() - stamp) > 300:
            raise BadSignature("signed too long before or after now")
        try:
            return _event(json.loads(raw))
        except (ValueError, KeyError, TypeError) as error:
            raise BadSignature("not an event") from error

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.trouble:
            raise self.trouble

    def _answer(self, answer: T) -> T:
        if self.lost_answers:
            self.lost_answers -= 1
            raise GatewayUnavailable("the answer was lost")
        return answer

    def _page(self, checkout_id: str) -> _Page:
        """The page, expired by now if its time has come."""
        page = self.pages.get(checkout_id)
        if page is None:
            raise GatewayRefused("resource_missing", f"no such checkout: {checkout_id}")
        if page.shown.state is CheckoutState.OPEN and page.shown.expires_at <= self._now():
            page.shown = replace(page.shown, state=CheckoutState.EXPIRED, url=None)
        return page

    def _complete(self, checkout_id: str, *, paid: bool) -> Checkout:
        page = self._page(checkout_id)
        if page.shown.state is not CheckoutState.OPEN:
            raise AssertionError(f"nobody can pay on a page that is {page.shown.state}")
        page.shown = replace(
            page.shown, state=CheckoutState.COMPLETE, paid=paid, url=None, intent_id=_new_id("pi")
        )
        return page.shown

    def _give_back(self, intent_id: str, minor: int, refund_id: int | None) -> GatewayRefund:
        left = self._left(intent_id)
        amount = replace(left, minor=minor)
        if not 1 <= minor <= left.minor:
            raise GatewayRefused("refused", "more than is left to give back")
        now = self._now().replace(microsecond=0)
        made = GatewayRefund(
            _new_id("re"), intent_id, amount, RefundState.DONE, refund_id, created_at=now
        )
        self.refunds.append(made)
        return made

    def _left(self, intent_id: str) -> Money:
        """What was paid and has not been given back."""
        paid = [
            page.shown.amount
            for page in self.pages.values()
            if page.shown.intent_id == intent_id and page.shown.paid
        ]
        charged = self.charges.get(intent_id)
        if charged and charged.state is ChargeState.PAID:
            paid = [charged.amount]
        if not paid:
            raise GatewayRefused("resource_missing", f"nothing was paid by {intent_id}")
        back = sum(
            made.amount.minor
            for made in self.refunds
            if made.intent_id == intent_id and made.state is not RefundState.FAILED
        )
        return replace(paid[0], minor=paid[0].minor - back)

    def _quarrel(self, dispute_id: str) -> GatewayDispute:
        return next(made for made in self.quarrels if made.id == dispute_id)

    def _withdraw(self, made: GatewayDispute) -> GatewayDispute:
        gone = -min(made.amount, self._left(made.intent_id))
        moved = Moved(_new_id("txn"), gone, replace(made.amount, minor=2000))
        return self._now_is(
            replace(made, state=DisputeState.OPEN, refundable=False, moved=(moved,))
        )

    def _now_is(self, made: GatewayDispute) -> GatewayDispute:
        self.quarrels = [made if each.id == made.id else each for each in self.quarrels]
        return made


_AS_MADE: dict[str, Any] = {"state": CheckoutState.OPEN, "paid": False, "intent_id": None}


def _url(checkout_id: str) -> str:
    return f"https://checkout.stripe.com/c/pay/{checkout_id}"


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def _mark(secret: str, stamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()


def _event(told: dict[str, Any]) -> Event:
    about = told["data"]["object"]
    return Event(
        id=told["id"],
        type=told["type"],
        object_id=about["id"],
        intent_id=about.get("payment_intent"),
        created_at=datetime.fromtimestamp(told["created"], UTC),
        livemode=told["livemode"],
    )
