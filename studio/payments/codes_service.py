"""Making promo codes and gift vouchers, and ending them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, insert, select

from studio.clients import companies
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.payments import once, promos, vouchers
from studio.payments.promos import PromoCode, promo_packages
from studio.payments.vouchers import Voucher
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.queries import the_studio


class CodeTaken(Exception):
    """Another promo code, a voucher or a company's code is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoEdit:
    """A promo code as staff want it; it takes *percent* or *amount* off. No packages is all."""

    code: str
    label: str
    percent: int
    amount: Money
    first_on: date | None
    last_on: date | None
    most_uses: int | None
    first_booking_only: bool
    packages: tuple[int, ...]
    in_use: bool


@retried
def keep_promo(edit: PromoEdit, promo_id: int | None = None) -> None:
    """Make a promo code, or change the one of *promo_id*; bookings that have it keep their price.

    Raises:
        CodeTaken: if another code is called so.
    """
    with transaction() as session:
        calendar.queue(session)
        code = promos.normal(edit.code)
        rival = session.scalars(select(PromoCode.id).where(PromoCode.code == code)).one_or_none()
        taken = vouchers.find(session, code) or companies.find(session, code)
        if rival not in {None, promo_id} or taken:
            raise CodeTaken
        if promo_id is None:
            promo = PromoCode(code=code, currency=edit.amount.currency, label=edit.label)
            session.add(promo)
        else:
            promo = session.get_one(PromoCode, promo_id)
            promo.code, promo.label = code, edit.label
        promo.percent, promo.amount_minor = edit.percent, edit.amount.minor
        promo.first_on, promo.last_on = edit.first_on, edit.last_on
        promo.most_uses, promo.first_booking_only = edit.most_uses, edit.first_booking_only
        now = ports().now()
        promo.archived_at = None if edit.in_use else promo.archived_at or now
        session.flush()
        session.execute(delete(promo_packages).where(promo_packages.c.promo_id == promo.id))
        if edit.packages:
            rows = [{"promo_id": promo.id, "package_id": each} for each in edit.packages]
            session.execute(insert(promo_packages), rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVoucher:
    """A voucher that somebody has paid for; *by* whom it was made, with *once* only once."""

    amount: Money
    recipient: str
    note: str
    expires_on: date | None
    by: str
    once: str = ""


@retried
def issue_voucher(wanted: NewVoucher) -> str:
    """Make a voucher; its code as it is written for people.

    Raises:
        ValueError: if it is over nothing, or in another currency than the studio's.
        DoneBefore: if its form was sent before.
    """
    if wanted.amount.minor <= 0:
        raise ValueError("a voucher is over more than nothing")
    with transaction() as session:
        # The studio may be given another currency until this stands.
        calendar.queue(session)
        once.claim(session, wanted.once, ports().now())
        if wanted.amount.currency != the_studio(session).currency:
            raise ValueError("a voucher is in the studio's currency")
        voucher = vouchers.issue(
            session,
            wanted.amount,
            recipient=wanted.recipient,
            note=wanted.note,
            expires_on=wanted.expires_on,
            by=wanted.by,
            now=ports().now(),
        )
        return voucher.shown


@retried
def withdraw_voucher(voucher_id: int) -> Money | None:
    """Let nothing more of a voucher be spent; what was left, None if there is no such voucher."""
    with transaction() as session:
        # The lock of holds: one that takes it at this moment is seen.
        calendar.queue(session)
        voucher = session.get(Voucher, voucher_id)
        return None if voucher is None else vouchers.withdraw(session, voucher, ports().now())
