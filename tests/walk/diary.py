"""What the studio must look like, kept in plain Python beside the application.

Whether something may be booked is asked of the oracle, minute by minute; nothing here reads the
database or calls the engine. All figures are whole minutes since the epoch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from tests.domain import oracle
from tests.walk.plan import ARRIVE, Extra, Offer, Town

HELD, REQUESTED, CONFIRMED, COMPLETED, CANCELLED, EXPIRED = (
    "held", "requested", "confirmed", "completed", "cancelled", "expired",
)  # fmt: skip
HOLDS, LONGER, PAGE_LASTS, PAY_WITHIN, ACCEPTED_LASTS = 15, 10, 31, 35, 48 * 60
NEVER = 2**40


class Want(NamedTuple):
    """What a client asks for; *asked* is the photographer, or 0 for whoever is free."""

    offer: Offer
    extras: tuple[Extra, ...]
    people: int
    place: int
    asked: int

    @property
    def minutes(self) -> int:
        more = (self.people - 1) * self.offer.per_person
        return self.offer.minutes + more + sum(each.minutes for each in self.extras)

    @property
    def before(self) -> tuple[oracle.Before, ...]:
        return tuple(step for each in self.extras for step in each.before)

    @property
    def crew(self) -> tuple[int, ...]:
        return (self.asked,) if self.asked else self.offer.crew

    def shoot(self, start: int, who: int, room: int) -> oracle.Shoot:
        return replace(
            self.offer.shape,
            who=who,
            room=room,
            place=self.place,
            start=start,
            end=start + self.minutes,
        )


class Row(NamedTuple):
    """What a booking takes of one resource."""

    resource: int
    begin: int
    end: int
    units: int


@dataclass
class Entry:
    """One booking as it must be.

    *expires* is when its time is free again by itself, *over* when the worker may end it, and
    *page_until* when its payment page closes, once there is one. A request that was accepted has
    its time until *promised*, also when a page was opened for it and left.
    """

    id: int
    want: Want
    start: int
    who: int
    room: int
    artist: int
    state: str = HELD
    expires: int | None = None
    over: int = NEVER
    due: bool = False
    request: Any = None
    page_until: int = 0
    promised: int = 0
    paid: bool = False
    extended: bool = False
    accepted: bool = False
    forced: bool = False
    history: list[str] = field(default_factory=list)
    given_back: set[int] = field(default_factory=set)

    @property
    def end(self) -> int:
        return self.start + self.want.minutes

    @property
    def arrives(self) -> int:
        return self.start - sum(step.begins for step in self.want.before) - ARRIVE

    @property
    def paying(self) -> bool:
        return self.state == HELD and self.page_until > 0

    def live(self, now: int) -> bool:
        """Whether it takes its time."""
        if self.state == HELD:
            return self.expires is None or self.expires > now
        return self.state in {CONFIRMED, COMPLETED}

    def shoot(self) -> oracle.Shoot:
        return self.want.shoot(self.start, self.who, self.room)

    def rows(self) -> list[Row]:
        """All that it takes while it is live, and how much of it."""
        people = [Row(each, self.start, self.end, 1) for each in (self.who, self.room) if each]
        kit = [Row(pool, self.start, self.end, units) for pool, units in self.shoot().kit]
        return [*people, *kit, *self.steps()]

    def steps(self) -> list[Row]:
        return [
            Row(resource, self.start - step.begins, self.start - step.ends, units)
            for step in self.want.before
            for resource, units in ((self.artist, 1), *step.kit)
        ]


class Diary:
    """All bookings there ever were, and what may happen to them."""

    def __init__(self, town: Town, now: int) -> None:
        self.town = town
        self.now = now
        self.entries: list[Entry] = []

    @property
    def today(self) -> date:
        return oracle.local(self.now, self.town.zone).date()

    def live(self, without: Entry | None = None) -> list[Entry]:
        return [each for each in self.entries if each is not without and each.live(self.now)]

    def house(self, without: Entry | None = None) -> oracle.House:
        """The studio as the oracle knows it, without what one booking takes."""
        town, live = self.town, self.live(without)
        steps = [row for each in live for row in each.steps()]
        return oracle.House(
            zone=town.zone,
            hours={each: town.hours(each) for each in town.workers},
            blocked=town.blocked(),
            shoots=[each.shoot() for each in live],
            build=town.build,
            strike=town.strike,
            capacity=town.capacity,
            assisted=town.assisted,
            day_limit=town.day_limit,
            studio_limit=town.studio_limit,
            travel=town.travel,
            engaged={
                who: [(row.begin, row.end) for row in steps if row.resource == who]
                for who in town.artists
            },
            used=[(*row,) for row in steps if row.resource == town.chair],
        )

    def options(
        self,
        want: Want,
        start: int,
        without: Entry | None = None,
        *,
        agreed: bool = False,
        far: bool = False,
    ) -> dict[int, tuple[int, ...]]:
        """Who could shoot it then, and in which rooms; *agreed* was sold before.

        What is *far* may be so.
        """
        house, rules = self.house(without), replace(want.offer.rules, before=want.before)
        if agreed:
            rules = replace(rules, lead=0, package_limit=None)
        if agreed or far:
            rules = replace(rules, horizon=36_500)
        found = {}
        for who in want.crew:
            rooms = tuple(
                room
                for room in ((0,) if want.place else want.offer.rooms)
                if oracle.is_possible(house, rules, want.shoot(start, who, room), self.now)
            )
            if rooms:
                found[who] = rooms
        return found

    def assigned(
        self,
        want: Want,
        start: int,
        options: dict[int, tuple[int, ...]],
        without: Entry | None = None,
    ) -> tuple[int, int]:
        """The least busy of those who could, in the room where the set stands, or the first."""
        zone, others = self.town.zone, self.live(without)
        day = oracle.local(start, zone).date()
        dates = [(each.who, oracle.local(each.start, zone).date()) for each in others]
        on_day = Counter(who for who, date in dates if date == day)
        week = day.isocalendar()[:2]
        in_week = Counter(who for who, date in dates if date.isocalendar()[:2] == week)
        who = min(options, key=lambda w: (on_day[w], in_week[w], self.town.names[w]))
        house = self.house(without)
        standing = [
            room
            for room in options[who]
            if room and oracle.set_stands(house, want.shoot(start, who, room))
        ]
        return who, (standing or list(options[who]))[0]

    def artist(self, want: Want, start: int, without: Entry | None = None, own: int = 0) -> int:
        """Their *own* or the first who is there and free; staff may take one who is only free."""
        house = self.house(without)
        for step in want.before:
            minutes = range(start - step.begins, start - step.ends)
            spare = [
                who
                for who in sorted(step.artists, key=lambda each: each != own)
                if not any(a < minutes.stop and minutes.start < b for a, b in house.engaged[who])
            ]
            free = [who for who in spare if oracle.resource_is_free(house, who, minutes)]
            return (free or spare)[0]
        return 0

    def could_be_forced(
        self, want: Want, start: int, who: int, room: int, without: Entry | None = None
    ) -> bool:
        """Whether nothing is in the way but rules: everybody and everything is free meanwhile.

        What is over is no rule.
        """
        if start < self.now:
            return False
        rows = [row for each in self.live(without) for row in each.rows()]
        wanted = want.shoot(start, who, room)
        own = [Row(each, wanted.start, wanted.end, 1) for each in (who, room) if each]
        if any(_meet(one, row) for one in own for row in rows):
            return False
        kit = [Row(pool, wanted.start, wanted.end, units) for pool, units in wanted.kit]
        for step in want.before:
            span = start - step.begins, start - step.ends
            kit += [Row(pool, *span, units) for pool, units in step.kit]
            if all(any(_meet(Row(a, *span, 1), row) for row in rows) for a in step.artists):
                return False
        return all(
            self.out(row.resource, minute, rows) + row.units <= self.town.capacity[row.resource]
            for row in kit
            for minute in range(row.begin, row.end)
        )

    @staticmethod
    def out(pool: int, minute: int, rows: Iterable[Row]) -> int:
        return sum(
            row.units for row in rows if row.resource == pool and row.begin <= minute < row.end
        )

    def contradictions(self) -> set[tuple[int, int]]:
        """What is booked or held and still to come, and who or which room is not there for it."""
        house, coming = self.house(), self.live()
        found = {
            (each.id, who)
            for each in coming
            for who, minutes in self._needed(house, each)
            if not oracle.resource_is_free(house, who, minutes)
        }
        shoots = sorted((e.start, e.id, e) for e in coming if e.end > self.now)
        for who in (*self.town.people, *self.town.rooms):
            own = [each for _, _, each in shoots if who in (each.who, each.room)]
            found |= {
                (other.id, who)
                for one, other in pairwise(own)
                if self._too_soon(house, who, one.shoot(), other.shoot())
            }
        return found

    @staticmethod
    def _too_soon(house: oracle.House, who: int, one: oracle.Shoot, other: oracle.Shoot) -> bool:
        """Whether *who* cannot turn over or get there: staff may have set that aside."""
        inside = not one.place and not other.place
        if inside and who in house.assisted:
            return False
        way = house.way(one.place, other.place)
        stays = one.room == other.room if inside else one.place == other.place and not way
        return one.end + oracle.gap(house, one, other, stays=stays) + way > other.start

    def _needed(self, house: oracle.House, entry: Entry) -> Iterator[tuple[int, range]]:
        """Who is needed and when, from leaving and building to striking and coming back."""
        shoot = entry.shoot()
        padded = oracle.padded(house, shoot)
        if entry.end > self.now:
            helped = entry.who in house.assisted and not shoot.place
            yield entry.who, oracle.bare(shoot) if helped else padded
            if entry.room:
                yield entry.room, padded
        for row in entry.steps():
            if row.resource == entry.artist and row.end > self.now:
                yield row.resource, range(row.begin, row.end)


def _meet(one: Row, other: Row) -> bool:
    return one.resource == other.resource and one.begin < other.end and other.begin < one.end
