"""What the calendar's columns show: by photographer, by room, on location, by artist."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.booking.models import Booking
from studio.booking.readiness_of import prepared
from studio.db import epoch, from_epoch
from studio.domain.availability import STUDIO
from studio.domain.intervals import Span
from studio.domain.lifecycle import BookingState
from studio.domain.readiness import Task, readiness
from studio.office import queries
from studio.office.drawing import Column, Day, Event, laid
from studio.office.queries import time_left, waits_for
from studio.office.slots import Before, Closed, Slot, before, closed, slots
from studio.office.turnarounds import AtWork, Trip, trips
from studio.scheduling.house import house
from studio.scheduling.queries import studio_around

_SESSIONS = frozenset({"headshot", "portrait", "taken"})


@dataclass(frozen=True, slots=True)
class Read:
    """All that was read for a page; *mine* is whose sessions may be told of, None for all.

    *missing* is how much is missing of each client's preparation that is still to come.
    """

    slots: Sequence[Slot]
    trips: Mapping[int, Trip]
    before: Sequence[Before]
    closed: Mapping[int, Sequence[Closed]]
    open: Mapping[int, tuple[Span, ...]]
    missing: Mapping[int, int]
    now: datetime
    mine: int | None

    def of_photographer(
        self, who: int, day: Day, *, title: str, href: str, is_today: bool = False
    ) -> Column:
        """Their sessions, and the ways to those outside the studio and back."""
        theirs = [each for each in self.slots if each.booking.photographer_id == who]
        under = [
            event
            for each in theirs
            for event in (*_work(day, each), *_way(day, each, self.trips.get(each.booking.id)))
        ]
        over = [self._booked(day, each, each.booking.where) for each in theirs]
        return self._column(day, who, under, over, title=title, href=href, is_today=is_today)

    def of_room(self, room: int, day: Day, title: str) -> Column:
        """What happens in a room, whoever shoots."""
        here = [each for each in self.slots if each.booking.room_id == room]
        under = [event for each in here for event in _work(day, each)]
        over = [self._booked(day, each, _by(each)) for each in here]
        return self._column(day, room, under, over, title=title)

    def on_location(self, day: Day) -> Column | None:
        """Sessions outside the studio, if there are any that day."""
        out = [each for each in self.slots if each.booking.room_id is None]
        over = [self._booked(day, each, f"{each.booking.where} · {_by(each)}") for each in out]
        events = laid((), over)
        if not events:
            return None
        # It has no hours of its own, so nothing is drawn as closed.
        return Column("On location", _count(events), "", False, events, [(0, 24 * 60)])

    def of_artist(self, artist: int, day: Day, title: str) -> Column:
        """What an artist does before sessions."""
        bookings = {each.booking.id: each for each in self.slots}
        over = [
            self._before(day, each, bookings[each.booking_id])
            for each in self.before
            if each.resource_id == artist and each.booking_id in bookings
        ]
        return self._column(day, artist, (), over, title=title)

    def _column(
        self,
        day: Day,
        resource: int,
        under: Sequence[Event | None],
        over: Sequence[Event | None],
        *,
        title: str,
        href: str = "",
        is_today: bool = False,
    ) -> Column:
        off = [
            day.event("block", from_epoch(each.busy_from), from_epoch(each.busy_to), each.why)
            for each in self.closed.get(resource, ())
        ]
        events = laid(under, [*over, *off])
        hours = day.open(self.open.get(resource, ()))
        return Column(title, _count(events), href, is_today, events, hours)

    def _hidden(self, slot: Slot) -> bool:
        return self.mine not in {None, slot.booking.photographer_id}

    def _booked(self, day: Day, slot: Slot, beside: str) -> Event | None:
        booking = slot.booking
        if self._hidden(slot):
            return day.event("taken", booking.starts_at, booking.ends_at, "Another session")
        about = f"{booking.package.name} · {beside}"
        href = url_for("office.session", booking_id=booking.id)
        if booking.override_reason:
            about = f"{about} · booked against a rule"
        if slot.held:
            left = f"held, {time_left(booking, self.now)} left"
            about = f"{waits_for(booking)} · {about}"
            return day.event("hold", booking.starts_at, booking.ends_at, left, about, href)
        if booking.id in self.missing:
            open_tasks = self.missing[booking.id]
            about = f"{about} · {f'{open_tasks} missing' if open_tasks else 'ready'}"
        return day.event(
            slot.genre.value, booking.starts_at, booking.ends_at, _client(slot), about, href
        )

    def _before(self, day: Day, work: Before, slot: Slot) -> Event | None:
        since, until = from_epoch(work.busy_from), from_epoch(work.busy_to)
        if self._hidden(slot):
            return day.event("taken", since, until, "Another session")
        booking = slot.booking
        href = url_for("office.session", booking_id=booking.id)
        about = f"before {booking.package.name} · {_by(slot)}"
        return day.event("before", since, until, _client(slot), about, href)


def read(
    session: Session,
    resources: Sequence[int],
    days: Sequence[date],
    zone: ZoneInfo,
    now: datetime,
    *,
    mine: int | None,
    artists: Sequence[int] = (),
) -> Read:
    """All that columns of *resources* show on *days*; *artists* are among them."""
    since = queries.midnight(days[0], zone)
    until = queries.midnight(days[-1] + timedelta(days=1), zone)
    known = house(session)
    found = slots(session, since, until, now, zone=zone, photographer_id=None)
    off: defaultdict[int, list[Closed]] = defaultdict(list)
    for each in closed(session, since, until, resources):
        off[each.resource_id].append(each)
    return Read(
        found,
        trips([_at_work(each) for each in found], known.travel, zone),
        before(session, since, until, now, artists) if artists else (),
        off,
        studio_around(session, known, days, epoch(now), resources).open,
        _missing(session, [each.booking for each in found], now, mine),
        now,
        mine,
    )


def _missing(
    session: Session, bookings: Sequence[Booking], now: datetime, mine: int | None
) -> Mapping[int, int]:
    """How many things are missing of the sessions to come; money counts for whoever sees it."""
    coming = [
        each
        for each in bookings
        if each.state is BookingState.CONFIRMED
        and each.starts_at > now
        and mine in {None, each.photographer_id}
    ]
    if not coming:
        return {}
    unseen = set() if people.may("see_money") else {Task.PAYMENT}
    known = prepared(session, coming, now)
    return {
        each.id: len(set(readiness(known[each.id].prepared, now).missing) - unseen)
        for each in coming
    }


def _at_work(slot: Slot) -> AtWork:
    booking, turnaround = slot.booking, slot.turnaround
    return AtWork(
        booking.id,
        booking.photographer_id,
        booking.place_id or STUDIO,
        turnaround.since,
        turnaround.until,
    )


def _work(day: Day, slot: Slot) -> Iterator[Event | None]:
    booking, around = slot.booking, slot.turnaround
    if around.set_stands:
        yield day.event("keep", around.since, booking.starts_at, f"{slot.first_set} stands")
    else:
        yield day.event("build", around.since, booking.starts_at, f"Building {slot.first_set}")
    yield day.event("clear", booking.ends_at, around.cleared, "Clearing up")
    yield day.event("strike", around.cleared, around.until, f"Striking {slot.last_set}")


def _way(day: Day, slot: Slot, trip: Trip | None) -> Iterator[Event | None]:
    if trip is None:
        return
    around = slot.turnaround
    yield day.event("travel", trip.leaves, around.since, f"To {slot.booking.where}")
    yield day.event("travel", around.until, trip.back, "Back to the studio")


def _client(slot: Slot) -> str:
    return slot.booking.contact.name if slot.booking.contact else "No client"


def _by(slot: Slot) -> str:
    return slot.booking.photographer.first_name


def _count(events: Sequence[Event]) -> str:
    booked = sum(each.kind in _SESSIONS for each in events)
    return "" if not booked else "1 session" if booked == 1 else f"{booked} sessions"
