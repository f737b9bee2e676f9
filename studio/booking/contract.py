"""The contract of a booking: the terms it accepted, with what was sold and what changes cost."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking import account, written
from studio.booking.companies import covering
from studio.booking.models import Booking
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
        ("Accepted", date_with_year(booking.booked_at.astimezone(ZoneInfo(booking.zone)).date())),
    ]
    told = written.told(studio, "What we agreed", facts, body)
    return lambda: written.pdf(told)


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
