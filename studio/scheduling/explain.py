"""Why a start is not open, and for whom it is."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db import epoch
from studio.domain.availability import Needs, Obstacle, Rule, Why
from studio.domain.intervals import Span
from studio.domain.wall_clock import local_date
from studio.scheduling.models import Block, HoursOverride, ResourceKind, Set
from studio.scheduling.openings import known_house
from studio.scheduling.sentences import Words, nobody_works, sentence, studio_closed


@dataclass(frozen=True, slots=True)
class Because:
    """What is in the way for one photographer in one place, first things first.

    *free* says how it can be done, if nothing is; *elsewhere* the same for their other rooms,
    where it is not said already.
    """

    title: str
    sentences: Sequence[str]
    free: str = ""
    elsewhere: Sequence[Because] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """*first* is the first rule that forbids the start, or "" if somebody is free for it.

    *everybody* holds what is so whoever shoots, *each* the rest: one for each photographer, who
    is free or will be soonest first.
    """

    first: str
    everybody: Sequence[str]
    each: Sequence[Because]


def explain(
    session: Session,
    needs: Needs,
    start: datetime,
    whys: Sequence[Why],
    *,
    standing: Collection[int] = (),
    notes: bool = True,
) -> Explanation:
    """*whys*, as the calendar gives them for sessions at *start*, in words.

    In the rooms *standing* the set stands already. Without *notes* nobody's reason for time off
    is told.
    """
    known = known_house(session)
    words = Words(
        epoch(start),
        needs,
        known.zone,
        {each.id: each.name for each in known.things.values()},
        frozenset(t.id for t in known.things.values() if t.kind is ResourceKind.ROOM),
        {row[0]: row[1] for row in session.execute(select(Set.id, Set.name))},
        {each.id: each.name for each in known.places.values()},
        _time_off(session, whys, notes=notes),
        _closure(session, local_date(epoch(start), known.zone)),
    )
    return in_words(words, whys, standing)


def in_words(words: Words, whys: Sequence[Why], standing: Collection[int] = ()) -> Explanation:
    """The same without a database."""
    if not whys:
        nobody = "Nobody who works here can shoot this, or no room takes its sets."
        return Explanation(nobody, [nobody], [])
    is_open = not all(why.obstacles for why in whys)
    everybody, whys = _away(words, whys)
    common = [one for one in whys[0].obstacles if all(one in why.obstacles for why in whys)]
    everybody += [sentence(words, one) for one in common]
    free = None if everybody else standing
    theirs = [
        sorted(group, key=_nearness) for _, group in groupby(whys, key=lambda why: why.photographer)
    ]
    each = [
        _because(words, [_without(why, common) for why in options], free)
        for options in sorted(theirs, key=lambda options: _nearness(options[0]))
    ]
    first = "" if is_open else everybody[0] if everybody else _most_helpful(each, theirs)
    if everybody and not any(because.sentences for because in each):
        each = []
    return Explanation(first, everybody, each)


def _away(words: Words, whys: Sequence[Why]) -> tuple[list[str], Sequence[Why]]:
    """What keeps all of several away for the whole day, said once, and *whys* without it."""
    off = [one for why in whys for one in why.obstacles if one.rule is Rule.HOURS and not one.span]
    if off and words.closed is not None:
        return [studio_closed(words)], [_without(why, off) for why in whys]
    said: list[str] = []
    for rooms in (False, True):
        kind = [one for one in off if (one.resource in words.rooms) is rooms]
        several = len({one.resource for one in kind}) > 1
        if several and all(any(one in kind for one in why.obstacles) for why in whys):
            said.append(nobody_works(words, rooms=rooms))
            whys = [_without(why, kind) for why in whys]
    return said, whys


def _most_helpful(each: Sequence[Because], theirs: Sequence[Sequence[Why]]) -> str:
    """What somebody waits for who is free later that day, or of the only one; else nobody's."""
    soonest = min(_nearness(options[0])[0] for options in theirs)
    if len(each) == 1 or soonest < math.inf:
        return each[0].sentences[0]
    return "Nobody can then, each for a reason of their own."


def _closure(session: Session, on: date) -> str | None:
    """Why the whole studio is closed on a date; None if it is not."""
    notes = session.scalars(
        select(HoursOverride.note)
        .where(
            HoursOverride.resource_id.is_(None),
            HoursOverride.first_on <= on,
            HoursOverride.last_on >= on,
        )
        .order_by(HoursOverride.first_on, HoursOverride.id)
    ).all()
    return ", ".join(dict.fromkeys(filter(None, notes))) if notes else None


def _because(words: Words, options: Sequence[Why], standing: Collection[int] | None) -> Because:
    """For one photographer, whose *options* are in order; None where something forbids them all."""
    nearest, *others = options
    behind = [(why, _without(why, nearest.obstacles).obstacles) for why in others]
    return Because(
        f"{words.resources[nearest.photographer]}, {_place(words, nearest)}",
        [sentence(words, one) for one in nearest.obstacles],
        _free(words, nearest, standing) if not nearest.obstacles else "",
        [
            Because(
                _place(words, why),
                [sentence(words, one) for one in rest],
                _free(words, why, standing) if not rest else "",
            )
            for why, rest in behind
            if rest or not nearest.obstacles
        ],
    )


def _place(words: Words, why: Why) -> str:
    return words.resources[why.room] if why.room else words.places.get(words.needs.place, "")


def _free(words: Words, why: Why, standing: Collection[int] | None) -> str:
    if standing is None:
        return "Nothing else is in the way."
    if why.room in standing:
        return f"Free, and {words.sets[words.needs.first_set]} stands there already."
    return "Free."


def _without(why: Why, said: Collection[Obstacle]) -> Why:
    return why._replace(obstacles=tuple(one for one in why.obstacles if one not in said))


def _nearness(why: Why) -> tuple[float, int]:
    """When it opens, as far as can be told, and how much is in the way."""
    opens = [_opens(one) for one in why.obstacles]
    return max(opens, default=0), len(opens)


def _opens(obstacle: Obstacle) -> float:
    # A gap is told of those who are free: it is the studio's wish that keeps them, nothing else.
    if obstacle.rule is Rule.GAP:
        return 0
    return math.inf if obstacle.free_from is None else obstacle.free_from


def _time_off(
    session: Session, whys: Sequence[Why], *, notes: bool
) -> Mapping[tuple[int, Span], str]:
    """Why resources have the time off that is in the way; nothing of calendars elsewhere."""
    spans = {
        (one.resource, one.span)
        for why in whys
        for one in why.obstacles
        if one.rule is Rule.BLOCKED and one.span
    }
    if not spans:
        return {}
    rows = session.execute(
        select(Block.resource_id, Block.busy_from, Block.busy_to, Block.note).where(
            Block.resource_id.in_({resource for resource, _ in spans}),
            Block.busy_from.in_({span[0] for _, span in spans}),
        )
    )
    return {(row[0], (row[1], row[2])): row[3] if notes else "" for row in rows}
