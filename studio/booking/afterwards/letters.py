"""What is written after a session, as far as nobody has switched it off."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, inspect, select
from sqlalchemy.orm import Session

from studio.booking.afterwards.models import (
    REFRESH_MONTHS,
    AfterRules,
    Afterwards,
    ClientWishes,
)
from studio.booking.letter_facts import facts_of
from studio.booking.models import Booking
from studio.booking.posting import letter_of, to_client, written_so_far
from studio.catalogue.models import Package
from studio.domain.prep_plan import QuietHours, held_back, wall_time
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind
from studio.payments import ledger

_REVIEW_AFTER = timedelta(days=14)
_MORNING = 10 * 60


def switched_off(session: Session, booking: Booking) -> set[Afterwards]:
    """What is not to be written after *booking*: by its type's rules, or by its client's wish."""
    rules = session.scalars(
        select(AfterRules.off)
        .join(Package, Package.session_type_id == AfterRules.session_type_id)
        .where(Package.id == booking.package_id)
        .union_all(select(ClientWishes.off).where(ClientWishes.client_id == booking.client_id))
    )
    return {Afterwards(each) for off in rules for each in off}


def is_thanked(session: Session, booking: Booking) -> bool:
    """Whether the client of a booking is to be thanked after it."""
    if {"after_rules", "wishes"} & inspect(booking).unloaded:
        # By one statement, where they were not read along with the booking.
        return Afterwards.THANKS not in switched_off(session, booking)
    off = [each.off for each in (booking.after_rules, booking.wishes) if each is not None]
    return not any(Afterwards.THANKS in each for each in off)


def proofs_ready(session: Session, booking: Booking, link: str, now: datetime) -> None:
    """Tell the client where to choose their pictures."""
    _tell(session, booking, Afterwards.PROOFS, now, pictures=link)


def delivered(session: Session, booking: Booking, link: str, now: datetime) -> None:
    """Tell the client where their pictures are, ask once for a review, and plan the refresh."""
    _tell(
        session, booking, Afterwards.DELIVERED, now,
        pictures=link, licence=booking.licence_text, headshot=_is_headshot(booking),
    )  # fmt: skip
    zone = ZoneInfo(booking.zone)
    today = now.astimezone(zone).date()
    months = session.scalar(
        select(AfterRules.refresh_months).where(
            AfterRules.session_type_id == booking.package.session_type_id
        )
    )
    # A client is asked for a review once in their life, and reminded of their newest pictures only.
    review = f"client:{booking.client_id}:review"
    _plan(session, booking, Afterwards.REVIEW, review, today + _REVIEW_AFTER, now)
    withdraw(session, booking.client_id, (Afterwards.REFRESH,))
    count = written_so_far(session, booking, Afterwards.REFRESH)
    refresh = f"booking:{booking.id}:refresh:{count}"
    on = _months_later(today, months or REFRESH_MONTHS)
    _plan(session, booking, Afterwards.REFRESH, refresh, on, now)


def withdraw(session: Session, client_id: int | None, steps: Collection[Afterwards]) -> None:
    """Take back what waits for a client of these *steps*, whichever session it is of."""
    outbox.withdraw_where(session, _of_client(client_id, steps))


def of_refresh(client_id: int | None) -> ColumnElement[bool]:
    """The messages that tell a client that it is time to come again."""
    return _of_client(client_id, (Afterwards.REFRESH,))


def _of_client(client_id: int | None, steps: Collection[Afterwards]) -> ColumnElement[bool]:
    theirs = select(Booking.id).where(Booking.client_id == client_id)
    return and_(Message.booking_id.in_(theirs), Message.step.in_([each.value for each in steps]))


def _tell(session: Session, booking: Booking, step: Afterwards, now: datetime, **told: Any) -> None:
    if step in switched_off(session, booking):
        return
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    number = written_so_far(session, booking, step)
    to_client(
        session, facts, step.value, MessageKind.CHANGE, now,
        link_to="booking", number=number, **told,
    )  # fmt: skip


def _plan(
    session: Session, booking: Booking, step: Afterwards, key: str, on: date, now: datetime
) -> None:
    """Plan a courtesy for the morning of a day."""
    if step in switched_off(session, booking):
        return
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    zone = ZoneInfo(booking.zone)
    quiet = QuietHours(facts.studio.quiet_from_minute, facts.studio.quiet_to_minute)
    letter = letter_of(facts, step.value, MessageKind.COURTESY, facts.client.email, {}, now)
    due_at = held_back(wall_time(on, _MORNING, zone), zone, quiet)
    outbox.post(session, replace(letter, dedupe_key=key, due_at=due_at), now)


def _is_headshot(booking: Booking) -> bool:
    return booking.package.session_type.genre == "headshot"


def _months_later(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
