"""One day of the demo's diary: what it still has room for, asked of the engine itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from random import Random

from sqlalchemy.orm import Session

from studio.db import epoch, from_epoch
from studio.domain import availability
from studio.domain.availability import STUDIO, Gaps, Needs, Start, Taken
from studio.domain.availability.values import Rise
from studio.domain.intervals import Span
from studio.domain.wall_clock import local_date
from studio.scheduling import calendar, queries
from studio.scheduling.house import House
from studio.scheduling.models import ResourceKind
from studio.scheduling.queries import Reading


class Day:
    """What is taken on *day* so far; each session claimed is added to it."""

    def __init__(self, session: Session, house: House, day: date, booked_at: datetime) -> None:
        self._house, self._day, self._now = house, day, epoch(booked_at)
        read = queries.taken(session, house, *queries.window([day], house.zone), self._now)
        self._taken: list[Taken] = list(read.taken)
        self._engaged = defaultdict[int, list[Span]](list)
        self._used = defaultdict[int, list[Rise]](list)
        for who, spans in read.engaged.items():
            self._engaged[who] += spans
        for pool, rises in read.used.items():
            self._used[pool] += rises
        self._reading = Reading(self._taken, self._engaged, self._used, read.good_until, read.stale)
        self._studio = queries.studio_of(house, [day], self._reading, house.things)

    @property
    def seconds(self) -> int:
        """How long sessions can be shot: by the photographers, or by the rooms if less.

        With the rooms closed it is the photographers alone, who go out.
        """
        totals = dict.fromkeys(ResourceKind, 0)
        for thing in self._house.things.values():
            totals[thing.kind] += sum(
                end - begin
                for begin, end in self._studio.open.get(thing.id, ())
                if local_date(begin, self._house.zone) == self._day
            )
        out = totals[ResourceKind.PHOTOGRAPHER]
        return min(out, totals[ResourceKind.ROOM] or out)

    def starts(self, needs: Needs) -> list[Start]:
        """Those open, or of them those that leave no gap, where that is preferred."""
        sunset = queries.sunsets(self._house, needs.place, [self._day])
        studio = replace(self._studio, sunset=sunset)
        found = availability.open_starts(studio, needs, [self._day], self._now)
        if (needs.gaps or self._house.gaps) is not Gaps.ANY:
            return availability.gap_free(found, needs.step_minutes)
        return found

    def claim(self, needs: Needs, start: Start, rng: Random) -> calendar.Claim:
        """Take *start*, which is open, with somebody who is free, somewhere that is."""
        who = rng.choice(list(start.options))
        room = rng.choice(start.options[who]) if needs.place == STUDIO else None
        before = calendar.before_session(self._house, needs, self._reading, start.at, self._day)
        found = calendar.Claim(needs, from_epoch(start.at), who, room, before)
        self._take(found)
        return found

    def _take(self, claim: calendar.Claim) -> None:
        needs = claim.needs
        self._taken.append(
            Taken.of(
                self._house.sets,
                needs.package_id,
                claim.photographer_id,
                claim.room_id or 0,
                epoch(claim.starts_at),
                epoch(claim.ends_at),
                needs.first_set,
                needs.last_set,
                needs.same,
                needs.clear,
                needs.equipment,
                needs.place,
            )
        )
        for part in claim.before:
            if self._house.things[part.resource_id].kind is ResourceKind.ARTIST:
                self._engaged[part.resource_id].append((part.since, part.until))
            else:
                self._used[part.resource_id].append((part.since, part.until, part.units))
