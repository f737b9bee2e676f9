"""A company's papers add up to what its sessions come to, as `invoicing` sees to for clients.

An invoice waits for its month; a credit note is issued in the transaction that calls a session
off. Both may be asked for as often as anybody likes: what is on paper is not issued again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from studio.booking import papers_of
from studio.booking.companies import letters
from studio.booking.companies.models import CompanyBill, CompanyBooking, CompanyLine
from studio.booking.models import Booking
from studio.clients.companies import Company
from studio.domain.invoice import Charged, by_rate, falling, less, share, total
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.inserts import insert_all
from studio.payments import invoices, ledger
from studio.payments.invoices import Draft, Invoice, InvoiceKind
from studio.scheduling.queries import the_studio
from studio.web.filters import date_with_year

_STANDING = (BookingState.CONFIRMED, BookingState.COMPLETED)
_OFF = (BookingState.CANCELLED, BookingState.NO_SHOW)
_COUNTED = (*_STANDING, *_OFF)


@dataclass(frozen=True, slots=True)
class Item:
    """What of a session is put on a paper, rate by rate."""

    booking: Booking
    purchase_order: str
    rates: tuple[Charged, ...]


def bill(session: Session, company: Company, until: datetime, now: datetime) -> Invoice | None:
    """Invoice what is not on paper yet of sessions before *until*; None if that is nothing.

    The caller holds the calendar's lock, so that no session is called off meanwhile.
    """
    items = unbilled(session, company, until)
    if not items:
        return None
    days = [_local(each.booking).date() for each in items]
    studio = the_studio(session)
    issued_on = now.astimezone(ZoneInfo(studio.zone)).date()
    due_on = issued_on + timedelta(days=company.payment_days)
    closing = f"Please pay by {date_with_year(due_on)} and name the number of this invoice."
    paper = _issue(
        session,
        company,
        InvoiceKind.FINAL,
        items,
        {
            "title": "Invoice",
            "before": [],
            "facts": [
                ["Sessions", " to ".join(dict.fromkeys(map(_day, (min(days), max(days)))))],
                ["Payable by", _day(due_on)],
            ],
            "closing": "\n".join(each for each in (closing, studio.how_to_pay) if each),
        },
        now,
    )
    session.add(
        CompanyBill(invoice_id=paper.id, company_id=company.id, due_on=due_on, payment_ids=[])
    )
    session.flush()
    _keep_lines(session, paper, items)
    letters.issued(session, company, paper, now)
    return paper


def correct(
    session: Session, booking: Booking, known: CompanyBooking, now: datetime
) -> Invoice | None:
    """A credit note for what is on a company's papers and not owed any more; None if nothing is."""
    done = by_rate(billed(session, [booking.id])[booking.id])
    given_up = ledger.written_off(session, [booking.id])
    wanted = _wanted(booking, known, given_up)
    if wanted == booking.price:
        # What is charged at another rate instead is on the next invoice.
        rates = falling(less(papers_of.sold(booking), done))
    else:
        more = total(done, booking.currency) - wanted
        rates = tuple(-each for each in share(done, max(more, Money.zero(booking.currency))))
    if not rates:
        return None
    company = session.get_one(Company, known.company_id)
    items = [Item(booking, known.purchase_order, rates)]
    told = {
        "title": "Credit note",
        "before": [papers_of.named(each) for each in _papers(session, booking.id)],
        "facts": [["Session on", _day(_local(booking).date())]],
    }
    paper = _issue(session, company, InvoiceKind.CREDIT, items, told, now)
    session.add(
        CompanyBill(invoice_id=paper.id, company_id=company.id, due_on=None, payment_ids=[])
    )
    session.flush()
    _keep_lines(session, paper, items)
    letters.issued(session, company, paper, now)
    return paper


def unbilled(session: Session, company: Company, until: datetime) -> list[Item]:
    """What of the company's sessions before *until* is on no paper yet."""
    rows = session.execute(
        select(CompanyBooking, Booking)
        .join(Booking, Booking.id == CompanyBooking.booking_id)
        .options(selectinload(Booking.lines))
        .where(
            CompanyBooking.company_id == company.id,
            Booking.state.in_(_COUNTED),
            Booking.starts_at < until,
        )
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    ids = [booking.id for _, booking in rows]
    done, given_up = billed(session, ids), ledger.written_off(session, ids)
    found = []
    for known, booking in rows:
        before = by_rate(done[booking.id])
        wanted = _wanted(booking, known, given_up)
        change = wanted - total(before, booking.currency)
        if change.minor <= 0:
            continue
        left = less(papers_of.sold(booking), before)
        rates = left if wanted == booking.price else share(left, change)
        found.append(Item(booking, known.purchase_order, rates))
    return found


def billed(session: Session, booking_ids: Sequence[int]) -> defaultdict[int, list[Charged]]:
    """What is on a company's papers of each booking."""
    found: defaultdict[int, list[Charged]] = defaultdict(list)
    for line in session.scalars(select(CompanyLine).where(CompanyLine.booking_id.in_(booking_ids))):
        gross, tax = Money(line.gross_minor, line.currency), Money(line.tax_minor, line.currency)
        found[line.booking_id].append(Charged(line.percent, gross, tax))
    return found


def _wanted(booking: Booking, known: CompanyBooking, given_up: Mapping[int, int]) -> Money:
    """What the company pays for a session as it stands, less what was given back of it."""
    if booking.state in _STANDING:
        return booking.price - Money(given_up.get(booking.id, 0), booking.currency)
    kept = known.kept_minor if booking.state in _OFF else 0
    return Money(kept, booking.currency)


def _papers(session: Session, booking_id: int) -> Sequence[Invoice]:
    has = select(CompanyLine.invoice_id).where(CompanyLine.booking_id == booking_id)
    return session.scalars(select(Invoice).where(Invoice.id.in_(has)).order_by(Invoice.id)).all()


def _issue(
    session: Session,
    company: Company,
    kind: InvoiceKind,
    items: Sequence[Item],
    told: dict[str, Any],
    now: datetime,
) -> Invoice:
    studio = the_studio(session)
    last = max(_local(each.booking).date() for each in items)
    number = f"{studio.tax_name} number {company.tax_number}" if company.tax_number else ""
    draft = Draft(
        booking_id=None,
        kind=kind,
        issued_on=now.astimezone(ZoneInfo(studio.zone)).date(),
        currency=company.currency,
        rates=by_rate(rate for each in items for rate in each.rates),
        told={
            **told,
            "tax_name": studio.tax_name,
            "studio": papers_of.studio_facts(studio),
            "client": {
                "name": company.name,
                "address": company.address,
                "tax_number": number,
                "email": company.email,
            },
            "session": {"name": "Sessions", "on": last.isoformat(), "reference": company.code},
            "lines": [line for each in items for line in _lines(each, kind)],
            "paid": [],
        },
    )
    return invoices.issue(session, draft)


def _lines(item: Item, kind: InvoiceKind) -> Iterable[dict[str, Any]]:
    booking = item.booking
    what = f"{booking.package.name}, {booking.contact_name}"
    if booking.state in _OFF and kind is not InvoiceKind.CREDIT:
        off = "Called off" if booking.state is BookingState.CANCELLED else "Missed"
        what = f"{off}: {what}"
    note = [_day(_local(booking).date()), booking.reference]
    if item.purchase_order:
        note.append(f"purchase order {item.purchase_order}")
    for rate in item.rates:
        yield {"label": what, "quantity": 1, "note": ", ".join(note), **invoices.written(rate)}


def _keep_lines(session: Session, paper: Invoice, items: Sequence[Item]) -> None:
    rows: list[dict[str, object]] = [
        {
            "invoice_id": paper.id,
            "booking_id": each.booking.id,
            "percent": rate.percent,
            "gross_minor": rate.gross.minor,
            "tax_minor": rate.tax.minor,
            "currency": paper.currency,
        }
        for each in items
        for rate in each.rates
    ]
    insert_all(session, CompanyLine, rows)


def _local(booking: Booking) -> datetime:
    return booking.starts_at.astimezone(ZoneInfo(booking.zone))


def _day(on: Any) -> str:
    return f"{on.day} {on:%B %Y}"
