"""Where our ledger and the processor's account of a stretch of time do not agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.db import db
from studio.domain.money import Money
from studio.payments import disputes
from studio.payments.kept_cards import CardConsent
from studio.payments.models import Dispute, EntryKind, LedgerEntry, Method, Payment, Refund
from studio.payments.voucher_orders import VoucherOrder
from studio.ports.card_charges import ChargeState
from studio.ports.payment_gateway import (
    GatewayDispute,
    GatewayRefund,
    GatewayRefused,
    PaymentGateway,
    RefundState,
    Taken,
)
from studio.web.filters import money

# How far ahead of ours the processor's clock may be.
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Difference:
    """A sentence about a payment, and what it is of, where we know it."""

    sentence: str
    intent_id: str
    booking_id: int | None
    reference: str


@dataclass(frozen=True, slots=True)
class _Ours:
    """A payment by card as our ledger has it; *back* by the refund's id."""

    booking_id: int | None
    reference: str
    payment_id: int
    checkout_id: str
    customer_id: str
    amount: Money
    at: datetime
    back: dict[str, Money]


def differences(gateway: PaymentGateway, since: datetime, now: datetime) -> list[Difference]:
    """What differs for payments begun, and refunds made, from *since* up to *now*.

    Empty when all is well.

    Only payments that bear our mark count: an account may take money for other things too.

    Raises:
        GatewayUnavailable: when the processor could not be asked.
    """
    until = now + CLOCKS_DIFFER
    taken = [each for each in gateway.taken(since, until) if each.payment_id is not None]
    # Nothing goes back before it came: one listing has all that went back of those payments, and
    # what went back of older ones meanwhile.
    refunds = defaultdict[str, list[GatewayRefund]](list)
    for each in gateway.refunds_since(since):
        refunds[each.intent_id].append(each)
    told = gateway.disputes(since, until)
    session = db.session()
    theirs = {each.intent_id for each in taken}
    ours = _ours(session, since, until, theirs | refunds.keys())
    found = list(_disputes(session, told, since))
    session.rollback()
    found += [each for one in taken for each in _of(one, refunds[one.intent_id], ours)]
    for intent_id, known in ours.items():
        if intent_id in theirs:
            continue
        # Begun before the stretch and written down within it: then its page says so.
        if known.at >= since and not _stands(gateway, known, intent_id):
            said = f"{money(known.amount)} stands in our ledger, and Stripe does not have it."
            found.append(Difference(said, intent_id, known.booking_id, known.reference))
        if refunds[intent_id] or known.back:
            found += _went_back(_refunds(gateway, intent_id), intent_id, known)
    return found


def _stands(gateway: PaymentGateway, known: _Ours, intent_id: str) -> bool:
    if not (known.checkout_id or known.customer_id):
        # Whose kept card it was is forgotten, and it is nowhere else to be found.
        return True
    try:
        if known.customer_id:
            charge = gateway.find_charge(known.payment_id, known.customer_id)
            return charge is not None and (charge.intent_id, charge.amount, charge.state) == (
                intent_id, known.amount, ChargeState.PAID
            )  # fmt: skip
        page = gateway.checkout(known.checkout_id)
    except GatewayRefused:
        return False
    return page.paid and page.intent_id == intent_id and page.amount == known.amount


def _refunds(gateway: PaymentGateway, intent_id: str) -> Sequence[GatewayRefund]:
    try:
        return gateway.refunds_of(intent_id)
    except GatewayRefused:
        # Of a payment it does not have nothing can have gone back.
        return ()


def _of(
    taken: Taken, refunds: Sequence[GatewayRefund], ours: dict[str, _Ours]
) -> Iterator[Difference]:
    known = ours.get(taken.intent_id)
    if known is None:
        said = f"Stripe took {money(taken.amount)}, and our ledger does not have it."
        yield Difference(said, taken.intent_id, None, "")
        return

    def differs(sentence: str) -> Difference:
        return Difference(sentence, taken.intent_id, known.booking_id, known.reference)

    if known.amount != taken.amount:
        yield differs(f"Stripe took {money(taken.amount)}; we have {money(known.amount)}.")
    yield from _went_back(refunds, taken.intent_id, known)


def _went_back(
    refunds: Sequence[GatewayRefund], intent_id: str, known: _Ours
) -> Iterator[Difference]:
    """What went back of a payment, compared with all *refunds* of it."""

    def differs(sentence: str) -> Difference:
        return Difference(sentence, intent_id, known.booking_id, known.reference)

    back = {each.id: each.amount for each in refunds if each.state is RefundState.DONE}
    for refund, amount in back.items():
        if known.back.get(refund) != amount:
            yield differs(f"Stripe gave {money(amount)} back, and our ledger does not have it.")
    for refund, amount in known.back.items():
        if refund not in back:
            yield differs(f"We have {money(amount)} given back, and Stripe has not.")


def _disputes(
    session: Session, told: Sequence[GatewayDispute], since: datetime
) -> Iterator[Difference]:
    """What banks have moved, movement by movement; disputes of money that is not ours are left out.

    Only disputes opened since then are compared, on both sides.
    """
    intents = [each.intent_id for each in told]
    rows = session.execute(
        select(Payment, func.coalesce(Booking.reference, VoucherOrder.reference))
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .outerjoin(VoucherOrder, VoucherOrder.id == Payment.voucher_order_id)
        .outerjoin(Dispute, Dispute.payment_id == Payment.id)
        .where(Payment.intent_id.in_(intents) | (Dispute.opened_at >= since))
        .distinct()
    ).all()
    for payment, reference in rows:
        theirs = {
            f"{each.id}/{moved.id}": moved.amount
            for each in told
            if each.intent_id == payment.intent_id
            for moved in each.moved
        }
        known = {
            entry.ref: entry.amount
            for each in disputes.of_payment(session, payment.id)
            if each.opened_at >= since
            for entry in disputes.entries(session, each)
        }
        for ref in theirs.keys() | known.keys():
            if theirs.get(ref) == known.get(ref):
                continue
            said = (
                f"A dispute moved {money(theirs[ref])}, and our ledger does not have it."
                if ref in theirs
                else f"We have {money(known[ref])} moved by a dispute, and Stripe has not."
            )
            yield Difference(said, payment.intent_id or "", payment.booking_id, reference)


def _ours(session: Session, since: datetime, until: datetime, also: set[str]) -> dict[str, _Ours]:
    """Payments by card of that time, or of which something went back then, or named in *also*.

    Each with all that went back of it.
    """
    returned = (
        select(Refund.payment_id)
        .join(LedgerEntry, LedgerEntry.ref == Refund.processor_id)
        .where(
            LedgerEntry.kind == EntryKind.REFUND, LedgerEntry.at >= since, LedgerEntry.at < until
        )
    )
    rows = session.execute(
        select(
            Payment,
            func.coalesce(Booking.reference, VoucherOrder.reference),
            LedgerEntry,
            CardConsent.customer_id,
        )
        .outerjoin(Booking, Booking.id == Payment.booking_id)
        .outerjoin(VoucherOrder, VoucherOrder.id == Payment.voucher_order_id)
        .outerjoin(CardConsent, (CardConsent.booking_id == Payment.booking_id) & Payment.unattended)
        .join(
            LedgerEntry,
            (LedgerEntry.kind == EntryKind.PAYMENT) & (LedgerEntry.ref == Payment.intent_id),
        )
        .where(
            Payment.method == Method.CARD,
            (LedgerEntry.at >= since) & (LedgerEntry.at < until)
            | Payment.intent_id.in_(also)
            | Payment.id.in_(returned),
        )
    ).all()
    back = _back(session, [payment.id for payment, *_ in rows])
    return {
        payment.intent_id: _Ours(
            payment.booking_id,
            reference,
            payment.id,
            payment.checkout_id or "",
            customer_id or "",
            entry.amount,
            entry.at,
            back.get(payment.id, {}),
        )
        for payment, reference, entry, customer_id in rows
        if payment.intent_id is not None
    }


def _back(session: Session, payments: list[int]) -> dict[int, dict[str, Money]]:
    """What our ledger has given back, by payment and the processor's refund."""
    found: dict[int, dict[str, Money]] = {}
    failed = set(
        session.scalars(select(LedgerEntry.ref).where(LedgerEntry.kind == EntryKind.REVERSAL))
    )
    for payment_id, ref, entry in session.execute(
        select(Refund.payment_id, Refund.processor_id, LedgerEntry)
        .join(
            LedgerEntry,
            (LedgerEntry.kind == EntryKind.REFUND) & (LedgerEntry.ref == Refund.processor_id),
        )
        .where(Refund.payment_id.in_(payments))
    ):
        if ref is not None and ref not in failed:
            found.setdefault(payment_id, {})[ref] = -entry.amount
    return found
