"""What is known of a booking that the conditions of its guide may ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session, aliased

from studio.booking.companies.models import CompanyBooking
from studio.booking.models import Booking, BookingLine
from studio.booking.releases.models import Sitter
from studio.catalogue.models import Genre
from studio.domain import conditions
from studio.domain.conditions import Known, Value
from studio.domain.lifecycle import BookingState
from studio.prep.answers import answers_of_all
from studio.prep.questionnaires.models import PrepForm
from studio.scheduling.places import Place

# The frames of session types that tell what somebody does.
_TRADES = {"actor", "agent", "executive", "medical", "speaker"}
# What an extra is called that brings an animal along.
_ANIMALS = re.compile(r"\b(?:dogs?|doggy|pets?|animals?)\b", re.IGNORECASE)
_HERE = (BookingState.CONFIRMED, BookingState.COMPLETED)


def of(session: Session, booking: Booking) -> Known:
    """What is known of one booking, with the answers that its client gave."""
    return of_all(session, [booking])[booking.id]


def of_all(session: Session, bookings: Sequence[Booking]) -> Mapping[int, Known]:
    """What is known of each booking by its id, read by one statement, and the answers by two.

    Answers are by the keys of their questions. Where a booking tells it itself, that counts;
    what only nobody wrote down is a no until the client says otherwise.
    """
    rows = session.execute(_read().where(Booking.id.in_([each.id for each in bookings])))
    by_id = {row.id: row for row in rows}
    begun = [number for number, row in by_id.items() if row.begun]
    told = answers_of_all(session, begun) if begun else {}
    return {
        each.id: conditions.known(
            _presumed(each, by_id[each.id]),
            told.get(each.id, {}),
            _facts(each, by_id[each.id]),
        )
        for each in bookings
    }


def _read() -> Any:
    other = aliased(Booking)
    sitters = select(func.count(Sitter.id)).where(Sitter.booking_id == Booking.id)
    extras = select(func.aggregate_strings(BookingLine.label, "\n")).where(
        BookingLine.booking_id == Booking.id, BookingLine.add_on_id.is_not(None)
    )
    return select(
        Booking.id,
        case((Booking.client_id.is_(None), None), else_=exists().where(
            other.client_id == Booking.client_id,
            other.starts_at < Booking.starts_at,
            other.state.in_(_HERE),
        )).label("was_here"),
        sitters.correlate(Booking).scalar_subquery().label("sitters"),
        sitters.where(Sitter.minor).correlate(Booking).scalar_subquery().label("minors"),
        extras.correlate(Booking).scalar_subquery().label("extras"),
        exists().where(PrepForm.booking_id == Booking.id).correlate(Booking).label("begun"),
        exists().where(CompanyBooking.booking_id == Booking.id).correlate(Booking).label("company"),
        select(Place.at_client).where(Place.id == Booking.place_id).correlate(Booking)
        .scalar_subquery().label("at_client"),
        select(Place.remote).where(Place.id == Booking.place_id).correlate(Booking)
        .scalar_subquery().label("remote"),
    )  # fmt: skip


def _facts(booking: Booking, row: Any) -> dict[str, Value]:
    """What a booking tells by itself; what it leaves open is not in it."""
    kind = booking.package.session_type
    away = booking.place_id is not None and not row.remote
    facts: dict[str, Value | None] = {
        "looks": booking.looks,
        "people": booking.people,
        "make-up": booking.before_minutes > 0,
        "on location": away,
        # Where the client is may be a garden.
        "outdoors": None if away and row.at_client else away,
        "company": row.company,
        "team": (booking.people > 1 and kind.genre is Genre.HEADSHOT) or None,
        "trade": kind.frame if kind.frame in _TRADES else None,
        "first visit": None if row.was_here is None else not row.was_here,
        "pets": _ANIMALS.search(row.extras or "") is not None or None,
        # Of children it tells nothing: who is photographed may be sixteen, who comes along is not.
        "minors": row.minors > 0 or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _presumed(booking: Booking, row: Any) -> dict[str, Value]:
    """What is a no as far as a booking tells; nobody is under eighteen once all are named."""
    if row.sitters < booking.people:
        return {"team": False}
    return {"team": False, "minors": False}
