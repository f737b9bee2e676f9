"""What a client says of their coming, each thing once for each time of a session."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import history, posting, wishes
from studio.booking.coming.models import Attendance, Said
from studio.booking.letter_facts import Facts, facts_of
from studio.booking.models import Booking, BookingEvent
from studio.catalogue.models import AddOn
from studio.db import retried, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.readiness import asks_coming
from studio.inserts import insert_if_new
from studio.messaging import outbox
from studio.payments import ledger
from studio.ports import ports
from studio.web.text import one_line

# How late somebody may say they are; whoever is later rings.
LATEST_MINUTES = 90
# What the history calls the wish for an extra.
_WISH = "asked for an extra"


class NotNow(Exception):
    """The session does not take place, has begun, or is too far off to say this."""


@retried
def confirm_attendance(booking_id: int, *, by: str = history.CLIENT) -> bool:
    """Note that the client comes at the time that stands; whether that is new.

    Raises:
        NotNow: if it is not asked yet, or not any more.
    """
    now = ports().now()
    with transaction() as session:
        booking = _standing(session, booking_id)
        if not asks_coming(booking.starts_at, now):
            raise NotNow
        if not _note(session, booking, Said.COMING, by, now):
            return False
        history.note(session, booking, "coming", by=by, now=now)
        return True


@retried
def note_called(booking_id: int, by: str) -> None:
    """Staff rang the client.

    Raises:
        NotNow: if the session does not take place, or has begun.
    """
    now = ports().now()
    with transaction() as session:
        booking = _standing(session, booking_id)
        if now >= booking.starts_at:
            raise NotNow
        if _note(session, booking, Said.CALLED, by, now):
            history.note(session, booking, "called", by=by, now=now)


@retried
def say_on_my_way(booking_id: int) -> bool:
    """Tell photographer and studio at once that the client has left; whether that is new.

    Raises:
        NotNow: but on the day of the session, until it ends.
    """
    return _tell(booking_id, Said.ON_MY_WAY, 0)


@retried
def say_late(booking_id: int, minutes: int) -> bool:
    """Tell photographer and studio at once how late the client will be; whether that is new.

    Raises:
        NotNow: but on the day of the session, until it ends.
    """
    return _tell(booking_id, Said.LATE, minutes)


def is_today(booking: Booking, now: datetime) -> bool:
    """Whether *now* is the session's day on the studio's clock, and the session not over."""
    zone = ZoneInfo(booking.zone)
    same = booking.starts_at.astimezone(zone).date() == now.astimezone(zone).date()
    return same and now < booking.ends_at


@retried
def ask_for_add_on(booking_id: int, slug: str) -> str | None:
    """Ask the studio for an extra that still goes with the session; its name, None for none.

    Nothing is added or owed by asking, and the same extra is asked for once. It stands on Today
    until it is added, or somebody has seen to it.
    """
    now = ports().now()
    with transaction() as session:
        booking = _standing(session, booking_id)
        wanted = next((each for each in add_ons_left(booking, now) if each.slug == slug), None)
        if wanted is None:
            return None
        facts = _facts(session, booking)
        told = posting.for_staff(
            facts, "staff_add_on", facts.studio.email, now,
            add_on=one_line(wanted.name),
            minutes=wanted.minutes + wanted.before_minutes,
            booking_id=booking.id,
            number=f"{booking.generation}:{wanted.id}",
        )  # fmt: skip
        if outbox.post(session, told, now):
            history.note(
                session, booking, _WISH, by=history.CLIENT, now=now,
                reason=wanted.name,
            )  # fmt: skip
            wishes.ask(session, booking, wanted.name, now)
        return wanted.name


def wished(session: Session, booking: Booking) -> frozenset[str]:
    """The names of the extras that the client has asked the studio for."""
    return frozenset(
        session.scalars(
            select(BookingEvent.detail["reason"].as_string()).where(
                BookingEvent.booking_id == booking.id, BookingEvent.kind == _WISH
            )
        )
    )


def add_ons_left(booking: Booking, now: datetime) -> list[AddOn]:
    """What could still be added to a session: not booked yet, and with its notice kept."""
    booked = {line.add_on_id for line in booking.lines}
    hours = (booking.starts_at - now).total_seconds() / 3600
    return [
        each
        for each in booking.package.add_ons
        if each.archived_at is None and each.id not in booked and hours > max(each.lead_hours, 1)
    ]


def _tell(booking_id: int, said: Said, minutes: int) -> bool:
    now = ports().now()
    with transaction() as session:
        booking = _standing(session, booking_id, also=BookingState.COMPLETED)
        if not is_today(booking, now):
            raise NotNow
        if not _note(session, booking, said, history.CLIENT, now, minutes):
            return False
        history.note(
            session, booking, said.value, by=history.CLIENT, now=now,
            reason=f"about {minutes} minutes" if minutes else "",
        )  # fmt: skip
        facts = _facts(session, booking)
        photographer = booking.photographer
        to = dict.fromkeys(each for each in (photographer.email, facts.studio.email) if each)
        letters = [
            posting.for_staff(
                facts, "staff_coming", recipient, now,
                late=minutes,
                phone=one_line(facts.client.phone),
                client=one_line(facts.client.name),
                booking_id=booking.id,
                number=f"{booking.generation}:{said.name.lower()}:{n}",
            )
            for n, recipient in enumerate(to)
        ]  # fmt: skip
        outbox.post_all(session, letters, now)
        return True


def _note(
    session: Session, booking: Booking, said: Said, by: str, now: datetime, minutes: int = 0
) -> bool:
    """Write it down unless it was said before; the key lets one of two rivals do so."""
    row = {
        "booking_id": booking.id, "generation": booking.generation, "said": said.value,
        "at": now, "by": by, "minutes": minutes,
    }  # fmt: skip
    return bool(insert_if_new(session, Attendance, [row]))


def _standing(
    session: Session, booking_id: int, *, also: BookingState = BookingState.CONFIRMED
) -> Booking:
    booking = history.locked(session, booking_id)
    if booking.state not in {BookingState.CONFIRMED, also}:
        raise NotNow
    return booking


def _facts(session: Session, booking: Booking) -> Facts:
    return facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
