"""Bugs to be planted in the calendar: what watches it is judged by whether it sees them.

Each is a patch of the real code, as somebody in a hurry might have written it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from studio.domain import assignment
from studio.domain.availability import engine, rules, sessions
from studio.domain.availability.sessions import Turnaround
from studio.scheduling import calendar, openings, service

Patch = pytest.MonkeyPatch


def sets_need_no_time_between_them(patch: Patch) -> None:
    def touching(self: Turnaround, those: Iterable[Any]) -> list[tuple[int, int]]:
        return self.assisted(those)

    patch.setattr(Turnaround, "in_room", touching)


def photographers_need_no_time_of_their_own(patch: Patch) -> None:
    patch.setattr(Turnaround, "alone", lambda self, those: self.assisted(those))


def the_way_back_takes_no_time(patch: Patch) -> None:
    real = Turnaround.__init__

    def made(self: Turnaround, studio: Any, needs: Any) -> None:
        real(self, studio, needs)
        self.whole = self.whole[0], self._struck

    patch.setattr(Turnaround, "__init__", made)


def equipment_is_always_there(patch: Patch) -> None:
    def enough(_studio: Any, _needs: Any, _users: Any, spots: Iterable[int]) -> Any:
        return {spot: [] for spot in spots}

    patch.setattr(engine, "short_of_kit", enough)


def a_day_is_never_full(patch: Patch) -> None:
    def all_of(starts: Sequence[int], *_: Any) -> Sequence[int]:
        return starts

    patch.setattr(engine, "below", all_of)
    patch.setattr(rules, "below", all_of)


def what_comes_before_needs_no_place(patch: Patch) -> None:
    patch.setattr(engine, "after_step", lambda _studio, _step, _users, starts: starts)


def what_comes_before_takes_nothing(patch: Patch) -> None:
    patch.setattr(calendar, "before_session", lambda *_: ())


def a_hold_that_ran_out_lies_in_the_way(patch: Patch) -> None:
    patch.setattr(calendar, "drop_expired", _nothing)


def a_change_is_not_noticed(patch: Patch) -> None:
    """By what is kept in memory."""
    patch.setattr(calendar, "_taken_changed", _nothing)


def a_hold_in_memory_never_runs_out(patch: Patch) -> None:
    real = openings._open

    def for_ever(*given: Any) -> Any:
        found = real(*given)
        return found._replace(reading=found.reading._replace(good_until=2**60))

    patch.setattr(openings, "_open", for_ever)


def time_is_not_given_back(patch: Patch) -> None:
    """When a session is cancelled or its hold is over."""
    patch.setattr(calendar, "release", _nothing)


def who_pays_may_lose_the_time(patch: Patch) -> None:
    """The hold runs out while the payment page is open."""
    real = calendar.expire_at

    def still_running(session: Any, booking: int, instant: Any) -> bool:
        return True if instant is None else real(session, booking, instant)

    patch.setattr(calendar, "expire_at", still_running)


def a_session_is_in_its_own_way(patch: Patch) -> None:
    """When it is moved."""
    real = calendar.claim

    def strict(*given: Any, leaving_out: int | None = None) -> Any:
        return real(*given, leaving_out=None)

    patch.setattr(calendar, "claim", strict)


def the_first_by_name_does_it_all(patch: Patch) -> None:
    def first(start: Any, _day: Any, _week: Any, names: Any) -> tuple[int, int | None]:
        who = min(start.options, key=names.__getitem__)
        return who, assignment.room_for(start, who)

    patch.setattr(assignment, "choose", first)


def a_set_that_stands_is_not_seen(patch: Patch) -> None:
    patch.setattr(engine, "still_standing", lambda *_: [])


def kit_is_out_for_the_session_alone(patch: Patch) -> None:
    """And not while it is built and struck."""

    def bare(studio: Any, pool: int, users: Iterable[Any]) -> Any:
        found: Any = real(studio, pool, users)
        for each in users:
            if pool in each.equipment and each.place == 0:
                spans = found[each.room][each.equipment[pool]]
                spans[:] = [
                    (each.start, each.end) if span == (each.since, each.until) else span
                    for span in spans
                ]
        return found

    real = sessions._uses
    patch.setattr(sessions, "_uses", bare)


def a_change_of_hours_hides_what_it_breaks(patch: Patch) -> None:
    patch.setattr(service, "contradictions", lambda *_, **__: [])


BUGS: dict[str, Callable[[Patch], None]] = {
    plant.__name__: plant
    for plant in (
        sets_need_no_time_between_them,
        photographers_need_no_time_of_their_own,
        the_way_back_takes_no_time,
        equipment_is_always_there,
        a_day_is_never_full,
        what_comes_before_needs_no_place,
        what_comes_before_takes_nothing,
        a_hold_that_ran_out_lies_in_the_way,
        a_change_is_not_noticed,
        a_hold_in_memory_never_runs_out,
        time_is_not_given_back,
        who_pays_may_lose_the_time,
        a_session_is_in_its_own_way,
        the_first_by_name_does_it_all,
        a_set_that_stands_is_not_seen,
        kit_is_out_for_the_session_alone,
        a_change_of_hours_hides_what_it_breaks,
    )
}


def _nothing(*_: Any, **__: Any) -> None:
    return None
