"""A slow look at all that stands in the database: nothing twice, nothing missing, nothing stale.

It reads rows and counts; it calls neither the engine nor the guards. What the model says there
must be is compared with what there is; what must never be is looked for without the model.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Booking, BookingEvent
from studio.scheduling.models import Allocation, Resource, ResourceKind
from tests.domain import oracle
from tests.walk.diary import Diary, Entry, Row


class Found(NamedTuple):
    """One allocation as it stands, times in minutes."""

    booking: int
    resource: int
    kind: ResourceKind
    units: int
    begin: int
    end: int
    expires: int | None
    terms: tuple[int, int, int, int, int, int]


def sweep(session: Session, diary: Diary) -> None:
    """Raises AssertionError at the first thing that is not as it must be."""
    found = _allocations(session)
    by_booking: defaultdict[int, list[Found]] = defaultdict(list)
    for each in found:
        by_booking[each.booking].append(each)
    nothing_is_taken_twice(diary, found)
    turnarounds_are_kept(diary, by_booking)
    bookings_are_as_they_must_be(session, diary)
    assert set(by_booking) <= {each.id for each in diary.entries}, "allocations of nobody"
    for entry in diary.entries:
        takes_what_it_must(diary, entry, by_booking[entry.id])


def takes_what_it_must(diary: Diary, entry: Entry, found: list[Found]) -> None:
    """A live booking has all its allocations, and one that has ended none."""
    offer = entry.want.offer.shape
    terms = offer.package, offer.first, offer.last, offer.same, offer.clear, entry.want.place
    rows = {Row(each.resource, each.begin, each.end, each.units) for each in found}
    must = {row for row in entry.rows() if row.resource not in entry.given_back}
    assert len(rows) == len(found)
    assert {each.expires for each in found} <= {entry.expires}, f"{entry} runs out at another time"
    assert {each.terms for each in found} <= {terms}, f"{entry} was written down on other terms"
    if entry.live(diary.now):
        assert rows == must, f"{entry} takes {rows}"
    elif entry.state == "held":
        assert rows <= must, f"{entry} ran out and takes {rows}"
    else:
        assert not rows, f"{entry} has ended and takes {rows}"


def nothing_is_taken_twice(diary: Diary, found: list[Found]) -> None:
    """The database's own promise: also of holds that have run out and still lie there."""
    by_resource: defaultdict[int, list[Found]] = defaultdict(list)
    for each in found:
        by_resource[each.resource].append(each)
    for resource, rows in by_resource.items():
        most = diary.town.capacity.get(resource, 1)
        for at in {each.begin for each in rows}:
            out = sum(each.units for each in rows if each.begin <= at < each.end)
            assert out <= most, f"{out} of {most} of {resource} are out at {at}"


def turnarounds_are_kept(diary: Diary, by_booking: dict[int, list[Found]]) -> None:
    """Rooms are rebuilt, people come in time, and kit suffices from building to striking.

    Bookings that staff made against the rules prove nothing and are left out.
    """
    forced = {each.id for each in diary.entries if each.forced}
    kept = [
        rows
        for booking, rows in by_booking.items()
        if booking not in forced
        and all(each.expires is None or each.expires > diary.now for each in rows)
    ]
    house = diary.house()
    shoots = [shoot for rows in kept for shoot in _shoot(rows)]
    alone = oracle.House(
        **{**vars(house), "shoots": shoots, "used": [use for rows in kept for use in _steps(rows)]}
    )
    for one, other in combinations(shoots, 2):
        assert oracle.is_apart(alone, one, other), f"{one} and {other} are too near"
    for pool, most in diary.town.capacity.items():
        for shoot in shoots:
            at = oracle.padded(alone, shoot).start
            assert oracle.units_out(alone, pool, at) <= most, f"{pool} is short at {at}"


def bookings_are_as_they_must_be(session: Session, diary: Diary) -> None:
    """State, time, people, and a history in which nothing is missing."""
    history: defaultdict[int, list[str]] = defaultdict(list)
    for booking, kind in session.execute(
        select(BookingEvent.booking_id, BookingEvent.kind).order_by(BookingEvent.id)
    ):
        history[booking].append(kind)
    rows = session.execute(
        select(
            Booking.id, Booking.state, Booking.starts_at, Booking.ends_at, Booking.arrive_at,
            Booking.photographer_id, Booking.room_id, Booking.place_id, Booking.override_reason,
            Booking.zone, Booking.local_time,
        ).order_by(Booking.id)
    ).all()  # fmt: skip
    told = [
        (
            row.id, row.state.value, _minute(row.starts_at), _minute(row.ends_at),
            _minute(row.arrive_at), row.photographer_id, row.room_id or 0, row.place_id or 0,
            bool(row.override_reason), row.local_time, history[row.id],
        )
        for row in rows
    ]  # fmt: skip
    must = [
        (
            each.id, each.state, each.start, each.end, each.arrives, each.who, each.room,
            each.want.place, each.forced,
            oracle.local(each.start, diary.town.zone).strftime("%Y-%m-%dT%H:%M"), each.history,
        )
        for each in diary.entries
    ]  # fmt: skip
    for one, other in zip(told, must, strict=True):
        assert one == other


def _allocations(session: Session) -> list[Found]:
    rows = session.execute(
        select(Allocation, Resource.kind).join(Resource, Resource.id == Allocation.resource_id)
    ).all()
    return [
        Found(
            row.booking_id, row.resource_id, kind, row.quantity, row.busy_from // 60,
            row.busy_to // 60, None if row.expires_at is None else row.expires_at // 60,
            (
                row.package_id, row.first_set_id, row.last_set_id, row.same_minutes,
                row.clear_minutes, row.place_id or 0,
            ),
        )
        for row, kind in rows
    ]  # fmt: skip


def _shoot(rows: list[Found]) -> list[oracle.Shoot]:
    """The session of one booking, from its rows alone."""
    by_kind = {each.kind: each for each in rows}
    own = by_kind.get(ResourceKind.PHOTOGRAPHER)
    if own is None:
        return []
    room = by_kind.get(ResourceKind.ROOM)
    kit = [e for e in rows if e.kind is ResourceKind.POOL and e.begin == own.begin]
    package, first, last, same, clear, place = own.terms
    return [
        oracle.Shoot(
            package, own.resource, room.resource if room else 0, own.begin, own.end, first, last,
            same, clear, tuple((each.resource, each.units) for each in kit), place,
        )
    ]  # fmt: skip


def _steps(rows: list[Found]) -> list[tuple[int, int, int, int]]:
    """The kit that a booking uses before its session."""
    begins = {each.begin for each in rows if each.kind is ResourceKind.PHOTOGRAPHER}
    return [
        (each.resource, each.begin, each.end, each.units)
        for each in rows
        if each.kind is ResourceKind.POOL and each.begin not in begins
    ]


def _minute(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) // 60
