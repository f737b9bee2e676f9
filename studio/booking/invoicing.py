"""Invoices follow the money: the papers of a session add up to what the studio has kept for it.

Called wherever money was settled, in that transaction, as often as anybody likes: what is on
paper already is not issued again. ``docs/adr/0008`` says which paper is issued when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking import papers_of
from studio.booking.companies import billing, covering
from studio.booking.models import Booking
from studio.domain.invoice import Charged, by_rate, falling, less, share, total
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.payments import disputes, invoices
from studio.payments.invoices import Draft, Invoice, InvoiceKind
from studio.payments.models import EntryKind
from studio.payments.standing import Standing, standing
from studio.scheduling.queries import the_studio

_SESSIONS = (BookingState.CONFIRMED, BookingState.COMPLETED)


def follow_the_money(session: Session, booking: Booking, now: datetime) -> Invoice | None:
    """Issue the paper that is missing, if one is. The caller has locked the booking.

    An invoice for what came in and stays: of all lines less what was invoiced before, once
    everything is paid, and of the part that was paid until then. A credit note for what does
    not stay. A session that was called off gets no further invoice. What a company pays for is
    invoiced to it by the month, and corrected at once.
    """
    covered = covering.of(session, booking.id)
    if covered is not None:
        return billing.correct(session, booking, covered, now)
    money = standing(session, booking.id, booking.currency)
    kept = max(money.kept, Money.zero(booking.currency))
    if money.disputed:
        # What a bank has not decided about was sold all the same.
        kept += disputes.contested(session, booking.id, booking.currency)
    before = invoices.of_booking(session, booking.id)
    return _missing(session, booking, money, kept, before, now)


def begin(session: Session, booking: Booking, money: Standing, now: datetime) -> Invoice | None:
    """`follow_the_money` for a booking that has just become a session, so that it has no paper."""
    return _missing(session, booking, money, max(money.kept, Money.zero(booking.currency)), (), now)


def _missing(
    session: Session,
    booking: Booking,
    money: Standing,
    kept: Money,
    before: Sequence[Invoice],
    now: datetime,
) -> Invoice | None:
    stands = booking.state in _SESSIONS
    if not before and not (stands and kept):
        return None
    invoiced = by_rate(each for paper in before for each in invoices.charged(paper))
    wanted = min(kept, booking.price)
    if stands and wanted == booking.price:
        return _complete(session, booking, money, invoiced, before, now)
    change = wanted - total(invoiced, booking.currency)
    if change.minor < 0:
        rates = tuple(-each for each in share(invoiced, -change))
        return _issue(session, booking, InvoiceKind.CREDIT, rates, before, money, now)
    if not change or not stands:
        return None
    rates = share(less(papers_of.sold(booking), invoiced), change)
    return _issue(session, booking, InvoiceKind.PART, rates, before, money, now)


def _complete(
    session: Session,
    booking: Booking,
    money: Standing,
    invoiced: Sequence[Charged],
    before: Sequence[Invoice],
    now: datetime,
) -> Invoice | None:
    """The papers of what is paid for are what was sold, rate by rate, whatever it was before."""
    left, paper = less(papers_of.sold(booking), invoiced), None
    off = falling(left)
    if off:
        paper = _issue(session, booking, InvoiceKind.CREDIT, off, before, money, now)
        before = (*before, paper)
    more = less(left, off)
    if more:
        paper = _issue(session, booking, InvoiceKind.FINAL, more, before, money, now)
    return paper


def _issue(
    session: Session,
    booking: Booking,
    kind: InvoiceKind,
    rates: Sequence[Charged],
    before: Sequence[Invoice],
    money: Standing,
    now: datetime,
) -> Invoice:
    studio = the_studio(session)
    zone = ZoneInfo(studio.zone)
    told: dict[str, Any] = {
        "title": _title(kind, before),
        "tax_name": studio.tax_name,
        "studio": papers_of.studio_facts(studio),
        "client": {"name": booking.contact_name, "email": booking.contact_email},
        "session": {
            "name": booking.package.name,
            "on": booking.starts_at.astimezone(ZoneInfo(booking.zone)).date().isoformat(),
            "reference": booking.reference,
        },
        "lines": _lines(booking) if kind is InvoiceKind.FINAL else _parts(kind, rates, before),
        "before": [] if kind is InvoiceKind.PART else [papers_of.named(each) for each in before],
        "paid": _paid(money, zone) if kind is not InvoiceKind.CREDIT else [],
    }
    draft = Draft(
        booking_id=booking.id,
        kind=kind,
        issued_on=now.astimezone(zone).date(),
        currency=booking.currency,
        rates=rates,
        told=told,
    )
    return invoices.issue(session, draft)


def _title(kind: InvoiceKind, before: Sequence[Invoice]) -> str:
    if kind is InvoiceKind.CREDIT:
        return "Credit note"
    if kind is InvoiceKind.PART:
        return "Part invoice" if before else "Deposit invoice"
    return "Final invoice" if before else "Invoice"


def _lines(booking: Booking) -> list[dict[str, Any]]:
    return [
        {
            "label": line.label,
            "quantity": line.quantity,
            "unit": line.unit_minor,
            **invoices.written(
                Charged(line.tax_percent, line.total, Money(line.tax_minor, line.currency))
            ),
        }
        for line in booking.lines
    ]


def _parts(
    kind: InvoiceKind, rates: Sequence[Charged], before: Sequence[Invoice]
) -> list[dict[str, Any]]:
    """A line for each rate, where a paper is not about lines of the price."""
    label = "Part payment" if before else "Deposit"
    if kind is InvoiceKind.CREDIT:
        label = "Taken off what was invoiced"
    return [{"label": label, "quantity": 1, **invoices.written(each)} for each in rates]


def _paid(money: Standing, zone: ZoneInfo) -> list[dict[str, Any]]:
    """What came in and went back, each on its day."""

    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    return [
        {
            "kind": each.kind.value,
            "method": each.method,
            "on": day(each.at).isoformat(),
            "amount": each.amount.minor,
        }
        for each in money.moved
        # What was given back or disputed is not asked for again: no news to whoever reads this.
        if each.kind is not EntryKind.WRITE_OFF or each.ref.startswith("booking-")
    ]
