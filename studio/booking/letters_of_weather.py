"""Sessions outdoors: the photographer is asked about the weather, the client is told the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.letter_facts import Facts, facts_of
from studio.booking.models import Booking, BookingEvent
from studio.booking.posting import for_staff, to_client, written_so_far
from studio.domain.prep_plan import wall_time
from studio.messaging.models import MessageKind
from studio.messaging.outbox import NewMessage
from studio.payments import ledger
from studio.web.filters import clock

EVENT = "weather"

# A session from two in the afternoon is decided on by noon of its day, an earlier one by eight in
# the evening before; the question comes some hours ahead of that.
_AFTERNOON = 14
_ASKED_SAME_DAY, _NOON = 9 * 60, 12 * 60
_ASKED_DAY_BEFORE, _EIGHT = 16 * 60, 20 * 60


class Weather(StrEnum):
    """What the photographer decides."""

    ON = "on"
    MOVE = "move"
    OFF = "off"


def outdoors(booking: Booking) -> bool:
    """Whether the weather has a say: it is shot at a place of ours outside the studio."""
    return booking.place is not None and not booking.place.at_client


def question(facts: Facts, now: datetime) -> list[NewMessage]:
    """What asks whoever shoots it, or the studio where they have no address; none indoors."""
    booking = facts.booking
    if not outdoors(booking) or now >= booking.starts_at:
        return []
    zone = ZoneInfo(booking.zone)
    begins = booking.starts_at.astimezone(zone)
    asked, decided, on = _ASKED_SAME_DAY, _NOON, begins.date()
    if begins.hour < _AFTERNOON:
        asked, decided, on = _ASKED_DAY_BEFORE, _EIGHT, on - timedelta(days=1)
    photographer = booking.photographer
    letter = for_staff(
        facts, "staff_weather", photographer.email or facts.studio.email, now,
        first_name=photographer.first_name,
        place_name=booking.where,
        by=clock(wall_time(on, decided, zone), booking.zone),
        page=f"/office/sessions/{booking.id}/weather",
    )  # fmt: skip
    due_at = max(now, wall_time(on, asked, zone))
    return [replace(letter, due_at=due_at, use_by=booking.starts_at)]


def told(session: Session, booking: Booking, decision: Weather, words: str, now: datetime) -> None:
    """Tell the client what was decided, with the photographer's own *words*."""
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    number = written_so_far(session, booking, "weather")
    to_client(
        session, facts, "weather", MessageKind.CHANGE, now,
        link_to="booking", decision=decision.value, words=words, number=number,
        place_name=booking.where, arrive_time=clock(booking.arrive_at, booking.zone),
    )  # fmt: skip


def decided(session: Session, booking: Booking) -> Weather | None:
    """What was last decided for the time that the session has now, if anything was."""
    events = session.scalars(
        select(BookingEvent)
        .where(BookingEvent.booking_id == booking.id, BookingEvent.kind == EVENT)
        .order_by(BookingEvent.id.desc())
    )
    now = booking.starts_at.isoformat()
    return next((Weather(e.detail["decision"]) for e in events if e.detail["of"] == now), None)
