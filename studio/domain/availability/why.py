"""Why a start is not open, by the rules and the spans that decide it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from studio.domain.availability.grid import day_spans, grid
from studio.domain.availability.obstacles import Obstacle, Rule, Why
from studio.domain.availability.rules import (
    artist_free,
    can_be_had_on,
    light_on,
)
from studio.domain.availability.sessions import (
    Turnaround,
    below,
    carried_by,
    concerning,
    out_of,
    short_of_kit,
)
from studio.domain.availability.values import STUDIO
from studio.domain.intervals import meeting
from studio.domain.wall_clock import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from studio.domain.availability.values import Needs, Step, Studio, Taken
    from studio.domain.intervals import Reach, Span


def why_not(studio: Studio, needs: Needs, start: int, now: int) -> list[Why]:
    """What is in the way of a session at *start* (epoch seconds), for each photographer and room.

    Both in the order of *needs*; on location there is one answer a photographer. Exactly those
    that ``is_open`` would name have no obstacle. *studio* must hold what lies on
    ``wall_clock.around`` the local date of *start*.
    """
    asked = _Question(studio, needs, start)
    for_all = [*asked.date_and_notice(now), *asked.limits(), *asked.never(), *asked.before()]
    found = []
    for who in needs.photographers:
        theirs = [*for_all, *asked.presence_of(who)]
        for room in needs.rooms if needs.place == STUDIO else (None,):
            obstacles = [
                *theirs,
                *asked.sessions_of(who, room),
                *(() if room is None else asked.room(room)),
                *asked.equipment(carried_by(who) if room is None else room),
            ]
            found.append(Why(who, room, tuple(obstacles)))
    return found


class _Question:
    """One start, with what every rule needs to judge it."""

    def __init__(self, studio: Studio, needs: Needs, start: int) -> None:
        self._studio, self._needs, self._start = studio, needs, start
        self._shoot = start, start + needs.seconds
        self._day = local_date(start, studio.zone)
        self._days = day_spans((self._day,), studio.zone)
        self._sessions = concerning(needs, studio.taken)
        self._turnaround = Turnaround(studio, needs)
        self._whole = self._turnaround.whole

    def date_and_notice(self, now: int) -> Iterator[Obstacle]:
        studio, needs, start = self._studio, self._needs, self._start
        if start < now:
            yield Obstacle(rule=Rule.OVER, free_from=now)
        if not can_be_had_on(needs, [self._day]):
            yield Obstacle(rule=Rule.OPEN_DAYS, dates=needs.only_on or ())
        last = local_date(now, studio.zone) + timedelta(days=needs.horizon_days)
        if self._day > last:
            yield Obstacle(rule=Rule.HORIZON, dates=((last, last),))
        if now <= start < now + needs.lead:
            yield Obstacle(rule=Rule.NOTICE, free_from=now + needs.lead)
        if start not in grid((self._day,), needs.step_minutes, studio.zone):
            yield Obstacle(rule=Rule.GRID)
        if needs.light is None:
            return
        (light,) = light_on(studio, needs, [self._day])
        if light is None:
            yield Obstacle(rule=Rule.NO_SUNSET)
        elif not (light[0] <= start and start + needs.seconds <= light[1]):
            yield Obstacle(
                rule=Rule.LIGHT, span=light, free_from=light[0] if start < light[0] else None
            )

    def limits(self) -> Iterator[Obstacle]:
        """Those of the package and of the studio."""
        taken, needs = self._studio.taken, self._needs
        alike = [each for each in taken if each.package_id == needs.package_id]
        yield from self._limit(Rule.PACKAGE_LIMIT, alike, needs.max_per_day)
        yield from self._limit(Rule.STUDIO_LIMIT, taken, self._studio.max_per_day)

    def never(self) -> Iterator[Obstacle]:
        """Pools that are too small whatever the time."""
        for pool, units in self._wanted():
            if units > self._studio.capacity[pool]:
                yield Obstacle(
                    rule=Rule.NEVER_ENOUGH,
                    resource=pool,
                    units=(units, self._studio.capacity[pool]),
                )

    def before(self) -> Iterator[Obstacle]:
        """What comes before the session and cannot be had then."""
        for step in self._needs.before:
            reach = step.begins, -step.ends
            needed = self._start - step.begins, self._start - step.ends
            for pool, units in step.equipment.items():
                spans = out_of(self._studio, pool, units, self._studio.taken)
                yield from self._too_few(Rule.USED, pool, units, spans, reach, needed)
            if step.artists:
                yield from self._artists(step, reach, needed)

    def presence_of(self, who: int) -> Iterator[Obstacle]:
        """Hours, time off and the daily limit of a photographer."""
        reach = self._turnaround.presence(who)
        yield from self._hours_and_blocks(who, reach)
        most = self._studio.max_per_photographer_day.get(who)
        yield from self._limit(Rule.LIMIT, self._sessions.of[who], most, who)

    def sessions_of(self, who: int, room: int | None) -> Iterator[Obstacle]:
        """Sessions of the photographer elsewhere that one in *room* cannot stand beside."""
        for each in self._sessions.of[who]:
            if room is None or each.room != room:
                yield from self._session(who, each, self._turnaround.apart(who, [each]))

    def room(self, room: int) -> Iterator[Obstacle]:
        """Hours and blocks of a room, and the sessions in it, whoever the photographer."""
        yield from self._hours_and_blocks(room, self._whole)
        for each in self._sessions.in_room[room]:
            yield from self._session(room, each, self._turnaround.in_room([each]))

    def equipment(self, spot: int) -> Iterator[Obstacle]:
        """Pools that leave too little at *spot*."""
        needed = self._start - self._whole[0], self._start + self._whole[1]
        for pool, units in self._needs.equipment.items():
            only = replace(self._needs, equipment={pool: units})
            spans = short_of_kit(self._studio, only, self._sessions.with_kit, [spot])[spot]
            yield from self._too_few(Rule.EQUIPMENT, pool, units, spans, self._whole, needed)

    def _limit(
        self, rule: Rule, sessions: Iterable[Taken], most: int | None, who: int | None = None
    ) -> Iterator[Obstacle]:
        if most is None:
            return
        begins = [each.start for each in sessions]
        if not below([self._start], self._days, begins, most):
            yield Obstacle(rule=rule, resource=who, units=(most, most))

    def _artists(self, step: Step, reach: Reach, needed: Span) -> Iterator[Obstacle]:
        """Unless one of the artists is free: what keeps those who could come after all, if any."""
        studio = self._studio
        if any(artist_free(studio, step, who, [self._start]) for who in step.artists):
            return
        engaged = {
            who: [each for each in studio.engaged.get(who, ()) if _meet(each, needed)]
            for who in step.artists
        }
        could = [who for who in step.artists if not engaged[who]]
        for who in could or step.artists:
            blocks = [*engaged[who], *studio.blocked.get(who, ())]
            yield Obstacle(
                rule=Rule.ARTIST,
                resource=who,
                span=next((each for each in blocks if _meet(each, needed)), None),
                needed=needed,
                free_from=self._free_from(meeting(blocks, reach)),
                certain=bool(engaged[who]),
            )

    def _hours_and_blocks(self, resource: int, reach: Reach) -> Iterator[Obstacle]:
        needed = self._start - reach[0], self._start + reach[1]
        hours = self._studio.open.get(resource, ())
        if not any(begin <= needed[0] and needed[1] <= end for begin, end in hours):
            today = [each for each in hours if _meet(each, self._days[0])]
            near = min(today, key=lambda each: _distance(each, self._start), default=None)
            yield Obstacle(rule=Rule.HOURS, resource=resource, span=near, needed=needed)
        blocks = self._studio.blocked.get(resource, ())
        for block in blocks:
            if _meet(block, needed):
                free_from = self._free_from(meeting(blocks, reach))
                yield Obstacle(
                    rule=Rule.BLOCKED,
                    resource=resource,
                    span=block,
                    needed=needed,
                    free_from=free_from,
                )

    def _session(self, resource: int, session: Taken, spans: Sequence[Span]) -> Iterator[Obstacle]:
        if self._forbidden_by(spans):
            overlap = _meet((session.start, session.end), self._shoot)
            yield Obstacle(
                rule=Rule.OVERLAP if overlap else Rule.TURNAROUND,
                resource=resource,
                session=session,
                free_from=self._free_from(spans),
            )

    def _too_few(
        self, rule: Rule, pool: int, units: int, spans: Sequence[Span], reach: Reach, needed: Span
    ) -> Iterator[Obstacle]:
        capacity = self._studio.capacity[pool]
        starts = meeting(spans, reach)
        if units <= capacity and self._forbidden_by(starts):
            # The database counts what is out while a session or step lasts, without the padding.
            counted = self._shoot if rule is Rule.EQUIPMENT else needed
            yield Obstacle(
                rule=rule,
                resource=pool,
                needed=needed,
                free_from=self._free_from(starts),
                units=(units, capacity),
                certain=self._most_out(pool, counted) + units > capacity,
            )

    def _most_out(self, pool: int, span: Span) -> int:
        """The most units of *pool* that bookings have at once within *span*."""
        uses = [
            (each.start, each.end, each.equipment[pool])
            for each in self._studio.taken
            if pool in each.equipment
        ]
        uses += self._studio.used.get(pool, ())
        at = [span[0], *(begin for begin, _, _ in uses if span[0] < begin < span[1])]
        return max(sum(out for begin, end, out in uses if begin <= each < end) for each in at)

    def _wanted(self) -> Iterator[tuple[int, int]]:
        for each in (self._needs.equipment, *(step.equipment for step in self._needs.before)):
            yield from each.items()

    def _forbidden_by(self, spans: Iterable[Span]) -> bool:
        return any(low < self._start < high for low, high in spans)

    def _free_from(self, spans: Iterable[Span]) -> int | None:
        """The first instant from the start on that none of *spans* forbids."""
        at = self._start
        for low, high in sorted(spans):
            if low < at < high:
                at = high
        return at if at > self._start else None


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _distance(span: Span, at: int) -> int:
    """How far *at* lies outside *span*."""
    return max(span[0] - at, at - span[1], 0)
