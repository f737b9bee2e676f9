"""The contract of a booking: the terms it accepted, with what was sold and what changes cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking import account, written
from studio.booking.companies import covering
from studio.booking.models import Booking, BookingEvent
from studio.domain.money import Money
from studio.payments import ledger
from studio.payments.models import Purpose
from studio.scheduling.queries import the_studio
from studio.web.filters import date_with_year, moment, money


def drawing(session: Session, booking: Booking) -> Callable[[], bytes] | None:
    """What draws the contract, having read all it needs; None before any terms were accepted."""
    terms, contact = booking.terms, booking.contact
    if terms is None or contact is None:
        return None
    studio = the_studio(session)
    agreed = account.dated(session, booking)
    lines = "\n".join(f"- {line.label}: {money(line.total)}" for line in booking.lines)
    costs = [*agreed.cancelling(booking.booked_at), *agreed.moving(booking.booked_at)]
    body = "\n\n".join(
        [
            terms.body,
            "## What was booked",
            lines,
            *_since(booking),
            "## Paying",
            _paying(session, booking),
            "## Using the pictures",
            booking.licence_text,
            "## Cancelling, moving and coming late",
            "\n".join(f"- {each}" for each in (*costs, agreed.coming_late())),
        ]
    )
    facts = [
        ("Client", contact.name),
        ("Session", booking.package.name),
        ("When", f"{moment(booking.starts_at, booking.zone)}, {studio.zone_city} time"),
        ("With", booking.photographer.name),
        ("Price", money(booking.price)),
        ("Reference", booking.reference),
        ("Terms", f"Version {terms.version}"),
        ("Accepted", _day(booking.booked_at, booking)),
    ]
    told = written.told(studio, "What we agreed", facts, body)
    return lambda: written.pdf(told)


def _since(booking: Booking) -> list[str]:
    """What became otherwise after it was accepted, each on its day; nothing, where nothing did."""
    found = [
        f"- {_day(each.at, booking)}: {said}"
        for each in booking.events
        if (said := _said(each, booking))
    ]
    return ["## What was changed since it was accepted", "\n".join(found)] if found else []


def _said(event: BookingEvent, booking: Booking) -> str:
    detail, currency = event.detail, booking.currency
    if "erased" in detail or event.kind not in {"altered", "charged", "moved"}:
        return ""
    if event.kind == "charged":
        return f"{detail['label']} was added."
    if event.kind == "moved":
        return f"Moved from {moment(datetime.fromisoformat(detail['before']), booking.zone)}."
    was, price = (money(Money(detail[each], currency)) for each in ("was", "price"))
    said = f"{'; '.join(detail['what'])}. It costs {price} instead of {was}."
    # Changes from before their lines were kept say no more than that.
    before = [
        f"{f'{number} of ' if number > 1 else ''}{label}: {money(Money(total, currency))}"
        for label, number, total in detail.get("lines", ())
    ]
    return f"{said} Until then: {', '.join(before)}." if before else said


def _day(at: datetime, booking: Booking) -> str:
    return date_with_year(at.astimezone(ZoneInfo(booking.zone)).date())


def _paying(session: Session, booking: Booking) -> str:
    """What is paid when, as it was agreed and whatever was added since."""
    payer = covering.payer(session, booking.id)
    if payer is not None:
        return f"- {payer.name} pays for the session."
    said = []
    for due in ledger.dues(session, booking.id):
        what = f"{due.label}: " if due.label else ""
        when = f"by {moment(due.due_at, booking.zone)}"
        if due.purpose is Purpose.DEPOSIT:
            when = "when you book"
        said.append(f"- {what}{money(due.amount)} {when}")
    return "\n".join(said) or "- Nothing is to be paid."
