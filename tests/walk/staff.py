"""What staff do: book at the desk, move, answer requests, change hours, time off and equipment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from studio.booking import service
from studio.booking.models import Booking
from studio.booking.service import DeskRequest, MoveRequest
from studio.db import db
from studio.domain.availability import Rule
from studio.scheduling import equipment_service
from studio.scheduling import service as hours
from studio.scheduling.effects import Effect, NotAgreed
from studio.scheduling.models import Block, HoursOverride
from studio.scheduling.overrides import OtherHours
from studio.scheduling.service import TimeOff
from tests.domain import oracle
from tests.walk.clients import WHO, Clients
from tests.walk.diary import ACCEPTED_LASTS, CANCELLED, CONFIRMED, HELD, REQUESTED, Entry, Want
from tests.walk.machine import below, instant, one_of, step, wants, whens, whiches

ALL_RULES = frozenset(each.value for each in Rule)
SPANS = (((9 * 60, 18 * 60),), ((10 * 60, 15 * 60),), ((8 * 60, 720), (780, 60)), ())
# Whether staff set rules aside, and whether they were told which.
forces = one_of("", "", "", "blindly", "knowingly", "knowingly")


class Staff(Clients):
    @step(8, told=wants, when=whens, force=forces)
    def book_at_desk(self, told: Any, when: Any, force: str) -> None:
        want, start = self.want(told), self.at(when)
        if force and not want.asked:
            want = want._replace(asked=want.offer.crew[0])
        options = self.diary.options(want, start)
        request = DeskRequest(
            package=want.offer.slug,
            starts_at=instant(start),
            details=WHO,
            by="Front desk",
            key=f"{len(self.diary.entries)} {start} {self.now}",
            deposit_due_at=instant(start),
            reason="They asked nicely" if force else "",
            set_aside=ALL_RULES if force == "knowingly" else frozenset(),
            **self.asked(want),
        )
        booking, refused = self.said(lambda: service.book_at_desk(request))
        assert refused == self._answer(want, start, options, force)
        if booking is not None:
            who, room, forced = self._taken(booking, want, start, options, force)
            entry = self.enter(booking, want, start, who, room)
            entry.forced = forced
            entry.history += ["booked by staff"]
            self.confirmed(entry)

    @step(10, which=whiches, when=whens, asked=below(4), force=forces)
    def move(self, which: int, when: Any, asked: int, force: str) -> None:
        entry = self.pick(which, CONFIRMED)
        if entry is None:
            return
        start, town = self.at(when), self.town
        who = town.people[asked - 1] if asked else entry.who
        want = entry.want._replace(asked=who)
        options = self.diary.options(want, start, entry)
        request = MoveRequest(
            starts_at=instant(start),
            photographer=town.slugs[who] if asked else None,
            by="Front desk",
            reason="They asked nicely" if force else "",
            set_aside=ALL_RULES if force == "knowingly" else frozenset(),
        )
        _, refused = self.said(lambda: service.move_booking(entry.id, request))
        if entry.state != CONFIRMED or entry.start <= self.now:
            assert refused == "CannotMove"
        elif who not in want.offer.crew:
            assert refused == "NobodySuch"
        else:
            assert refused == self._answer(want, start, options, force, entry)
            self.last = want, start
            if not refused:
                who, room, forced = self._taken(entry.id, want, start, options, force, entry)
                entry.artist = self.diary.artist(want, start, entry)
                entry.start, entry.who, entry.room, entry.forced = start, who, room, forced
                entry.given_back = set()
                entry.history.append("moved")

    def _answer(
        self, want: Want, start: int, options: Any, force: str, own: Entry | None = None
    ) -> str:
        """What staff must be told who want this time."""
        if options:
            return ""
        if not force or not self._forceable(want, start, own):
            return "StartNotOpen"
        return "" if force == "knowingly" else "RulesBroken"

    def _forceable(self, want: Want, start: int, own: Entry | None) -> list[int]:
        rooms = (0,) if want.place else want.offer.rooms
        return [
            room for room in rooms if self.diary.could_be_forced(want, start, want.asked, room, own)
        ]

    def _taken(
        self,
        booking: int,
        want: Want,
        start: int,
        options: Any,
        force: str,
        own: Entry | None = None,
    ) -> tuple[int, int, bool]:
        """Who and where it must be; rules are broken in any room that can be had."""
        if not force:
            return *self.diary.assigned(want, start, options, own), False
        with self.stage.app.app_context():
            room = db.session.get_one(Booking, booking).room_id or 0
        possible = options[want.asked] if options else self._forceable(want, start, own)
        assert room in possible
        return want.asked, room, not options

    @step(4, which=whiches, yes=one_of(True, True, False))
    def answer_request(self, which: int, yes: bool) -> None:
        entry = self.pick(which, REQUESTED)
        if entry is None:
            return
        if not yes:
            _, refused = self.said(
                lambda: service.decline_request(entry.id, reason="No", by="Owner")
            )
            assert refused == ("" if entry.state == REQUESTED else "IllegalMove")
            if not refused:
                self.end(entry, CANCELLED, "cancel", "declined")
            return
        options = self.diary.options(entry.want, entry.start, agreed=True)
        _, refused = self.said(lambda: service.accept_request(entry.id, by="Owner"))
        if entry.state != REQUESTED or entry.start <= self.now:
            assert refused == "IllegalMove"
        elif not options:
            assert refused == "StartNotOpen"
        else:
            assert refused == ""
            entry.who, entry.room = self.diary.assigned(entry.want, entry.start, options)
            entry.artist = self.diary.artist(entry.want, entry.start)
            entry.state, entry.accepted = HELD, True
            entry.expires = entry.over = min(self.now + ACCEPTED_LASTS, entry.start)
            entry.history.append("accept")

    @step(2, who=below(7), when=whens, halves=one_of(1, 4, 20))
    def block(self, who: int, when: Any, halves: int) -> None:
        resource, begin = self.town.workers[who], self.at(when)
        off = TimeOff(resource, instant(begin), instant(begin + 30 * halves), "")
        before = self.diary.contradictions()
        self.town.blocks[0] = resource, begin, begin + 30 * halves
        self._agreed(before, lambda seal: hours.block_time(off, agreed=seal))
        with self.stage.app.app_context():
            newest = select(Block.id).order_by(Block.id.desc()).limit(1)
            self.town.blocks[db.session.scalars(newest).one()] = self.town.blocks.pop(0)

    @step(2, which=whiches)
    def unblock(self, which: int) -> None:
        if self.town.blocks:
            block = sorted(self.town.blocks)[which % len(self.town.blocks)]
            self.said(lambda: hours.remove_block(block))
            del self.town.blocks[block]

    @step(2, who=below(7), ahead=below(3), lasts=below(2), spans=one_of(*SPANS))
    def other_hours(self, who: int, ahead: int, lasts: int, spans: Any) -> None:
        resource, first = self.town.workers[who], self.day(ahead)
        last = first + timedelta(days=lasts)
        before = self.diary.contradictions()
        self.town.dated[resource, first, last] = spans
        other = OtherHours(resource, first, last, spans, "")
        also = any(
            begin <= last and first <= end and (begin, end, whose) != (first, last, resource)
            for (whose, begin, end), those in self.town.dated.items()
            if whose == resource and (spans or those)
        ) or any(begin <= last and first <= end for begin, end in self.town.closures)
        self._agreed(before, lambda seal: hours.add_override(other, seal), also=also)

    @step(3, which=whiches)
    def ordinary_hours_again(self, which: int) -> None:
        keys = [*sorted(self.town.dated), *((None, *each) for each in sorted(self.town.closures))]
        if not keys:
            return
        whose, first, last = keys[which % len(keys)]
        before = self.diary.contradictions()
        if whose is None:
            self.town.closures.discard((first, last))
        else:
            del self.town.dated[whose, first, last]
        with self.stage.app.app_context():
            row = db.session.scalars(
                select(HoursOverride.id).where(
                    HoursOverride.resource_id == whose,
                    HoursOverride.first_on == first,
                    HoursOverride.last_on == last,
                )
            ).first()
        self._agreed(before, lambda seal: hours.remove_override(row or 0, seal))

    @step(1, ahead=below(3))
    def close_the_day(self, ahead: int) -> None:
        day = self.day(ahead)
        before = self.diary.contradictions()
        open_yet = not any(first <= day <= last for first, last in self.town.closures)
        if open_yet:
            self.town.closures.add((day, day))
        others = any(
            first <= day <= last for (_, first, last), spans in self.town.dated.items() if spans
        )
        closed = [OtherHours(None, day, day, (), "")]
        self._agreed(before, lambda seal: hours.close_days(closed, seal), also=open_yet and others)

    @step(1, who=below(7), spans=one_of(*SPANS))
    def other_week(self, who: int, spans: Any) -> None:
        resource = self.town.workers[who]
        before = self.diary.contradictions()
        self.town.weekly[resource] = tuple((n, *span) for n in range(1, 8) for span in spans)
        week = dict.fromkeys(range(1, 8), spans)
        self._agreed(before, lambda seal: hours.set_weekly_hours(resource, week, seal))

    def _agreed(
        self, before: set[tuple[int, int]], change: Callable[[str], Effect], *, also: bool = False
    ) -> None:
        """Make a change, agreeing to the effect it must have; the diary has made it already."""
        caused = self.diary.contradictions() - before
        with self.stage.app.app_context():
            try:
                change("")
            except NotAgreed as asked:
                effect = asked.effect
                assert {(each.booking_id, each.resource_id) for each in effect.caused} == caused
                assert bool(effect.overlaps) == also
            else:
                assert not caused
                assert not also
                return
        with self.stage.app.app_context():
            change(effect.seal)

    @step(5, chair=one_of(True, False), units=one_of(1, 2, 3, 4))
    def count_equipment(self, chair: bool, units: int) -> None:
        pool = self.town.chair if chair else self.town.lamps
        lower = units < self.town.capacity[pool]
        must = ""
        if lower and not chair and units < 2:
            must = "SetNeeds"
        elif lower and self._in_use(pool, units):
            must = "InUse"
        _, refused = self.said(lambda: equipment_service.set_capacity(pool, units))
        assert refused == must
        if refused:
            return
        self.town.capacity[pool] = units
        if lower:
            self._given_back(pool)

    def _given_back(self, pool: int) -> None:
        """What is over no longer counts: the chair at once, lamps when they are struck."""
        house = self.diary.house()
        for entry in self.diary.entries:
            struck = oracle.padded(house, entry.shoot()).stop
            ends = [row.end for row in entry.steps() if row.resource == pool]
            ends += [struck for which, _ in entry.shoot().kit if which == pool]
            if ends and max(ends) <= self.now:
                entry.given_back.add(pool)

    def _in_use(self, pool: int, units: int) -> bool:
        """Whether more are out from now on, at some minute, than there would be."""
        house = self.diary.house()
        begins = [oracle.padded(house, shoot).start for shoot in house.shoots]
        begins += [begin for _, begin, _, _ in house.used]
        later = [self.now, *(each for each in begins if each > self.now)]
        return any(oracle.units_out(house, pool, minute) > units for minute in later)
