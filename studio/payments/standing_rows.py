"""The statement that reads all the money of some bookings at once."""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    CompoundSelect,
    String,
    and_,
    bindparam,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)

from studio.column_types import UtcDateTime
from studio.payments.models import (
    Dispute,
    Due,
    LedgerEntry,
    Payment,
    PaymentDue,
    PaymentState,
    Refund,
    RefundState,
)
from studio.payments.promos import PromoCode, PromoUse
from studio.payments.vouchers import VoucherEntry


@cache
def everything() -> CompoundSelect[tuple[object, ...]]:
    """Every row that bears on some bookings' money, one statement for all calls."""
    bookings = bindparam("bookings", type_=Due.booking_id.type, expanding=True)
    nothing = type_coerce(null(), String)
    return union_all(
        select(
            literal_column("'due'", String).label("what"),
            Due.id.label("id"),
            Due.amount_minor.label("minor"),
            Due.due_at.label("at"),
            type_coerce(Due.purpose, String).label("kind"),
            Due.label.label("word"),
            nothing.label("method"),
            Due.booking_id.label("booking_id"),
        ).where(Due.booking_id.in_(bookings)),
        select(
            literal_column("'moved'", String),
            LedgerEntry.id,
            LedgerEntry.amount_minor,
            LedgerEntry.at,
            type_coerce(LedgerEntry.kind, String),
            LedgerEntry.ref,
            type_coerce(Payment.method, String),
            LedgerEntry.booking_id,
        )
        .outerjoin(
            Payment,
            and_(
                Payment.booking_id == LedgerEntry.booking_id, Payment.intent_id == LedgerEntry.ref
            ),
        )
        .where(LedgerEntry.booking_id.in_(bookings)),
        select(
            literal_column("'asked'", String),
            Refund.id,
            Refund.amount_minor,
            Refund.created_at,
            nothing,
            nothing,
            nothing,
            Payment.booking_id,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.booking_id.in_(bookings), Refund.state == RefundState.REQUESTED),
        select(
            literal_column("'covered'", String),
            VoucherEntry.id,
            VoucherEntry.amount_minor,
            VoucherEntry.at,
            nothing,
            nothing,
            nothing,
            VoucherEntry.booking_id,
        ).where(VoucherEntry.booking_id.in_(bookings)),
        select(
            literal_column("'meant'", String),
            PaymentDue.due_id,
            PaymentDue.amount_minor,
            Payment.created_at,
            nothing,
            nothing,
            nothing,
            Payment.booking_id,
        )
        .join(Payment, Payment.id == PaymentDue.payment_id)
        .where(Payment.booking_id.in_(bookings), Payment.state == PaymentState.PAID),
        select(
            literal_column("'disputed'", String),
            Dispute.id,
            Dispute.amount_minor,
            Dispute.opened_at,
            nothing,
            nothing,
            nothing,
            Payment.booking_id,
        )
        .join(Payment, Payment.id == Dispute.payment_id)
        .where(Payment.booking_id.in_(bookings)),
        select(
            literal_column("'for a first'", String),
            PromoCode.id,
            PromoCode.amount_minor,
            type_coerce(null(), UtcDateTime),
            nothing,
            nothing,
            nothing,
            PromoUse.booking_id,
        )
        .join(PromoUse, PromoUse.promo_id == PromoCode.id)
        .where(
            PromoUse.booking_id.in_(bookings),
            PromoUse.released_at.is_(None),
            PromoCode.first_booking_only,
        ),
    )
