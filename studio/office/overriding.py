"""A time that is refused, explained to staff, who may set soft rules aside."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking import sale
from studio.db import db, epoch, from_epoch
from studio.domain.availability import Needs, Start, Why
from studio.domain.wall_clock import is_repeated, is_skipped
from studio.ports import ports
from studio.scheduling import judgement, openings
from studio.scheduling.explain import Explanation, explain
from studio.web.fields import PLANNED_YEARS
from studio.web.filters import clock as read_clock
from studio.web.filters import short_day

# What a form sends the rules' names with.
_BETWEEN = ","


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a time is not open, the nearest that are, and what setting it aside would break.

    *set_aside* names the rules, for the form; "" where nobody can, or as long as nobody has been
    chosen: rules are set aside for somebody. *for_somebody* says that some could then. Where there
    are several rooms, *room* is the one that would be taken, and *against* what that would break.
    """

    because: Explanation
    near: Sequence[tuple[datetime, str]]
    set_aside: str
    for_somebody: bool
    room: str = ""
    against: Sequence[str] = ()


def refusal(
    session: Session,
    needs: Needs,
    starts_at: datetime,
    now: datetime,
    *,
    leaving_out: int | None = None,
    notes: bool = True,
) -> Refusal:
    """What is in the way of *needs* at *starts_at*; open if `because.first` is empty.

    Without *notes* nobody's reason for time off is told.
    """
    whys = judgement.why_not(session, needs, starts_at, now, leaving_out=leaving_out)
    known = openings.known_house(session)
    near = openings.nearest(session, needs, starts_at, now, leaving_out=leaving_out)
    best = _easiest(needs, whys)
    room, against = "", list[str]()
    if best is not None and best.room is not None and len(whys) > 1:
        room = known.things[best.room].name
        only = explain(session, needs, starts_at, [best], notes=notes)
        against = list(only.everybody)
    return Refusal(
        explain(
            session,
            needs,
            starts_at,
            whys,
            standing=next((each.same_set for each in near if each.at == epoch(starts_at)), ()),
            notes=notes,
        ),
        [(from_epoch(each.at), _when(each, known.zone)) for each in near],
        _BETWEEN.join(sorted({each.rule.value for each in best.obstacles}) if best else ()),
        any(not each.hard for each in whys),
        room,
        against,
    )


def told(
    package: str,
    at: str,
    *,
    photographer: str | None,
    add_ons: Sequence[str],
    people: int | None,
    place: str | None,
) -> tuple[list[str], bool]:
    """What is in the way of a package at *at*, a wall time or one with its offset, line by line.

    The second answer is whether it is open.

    Raises:
        sale.NotOffered: if it is not on sale like that.
        ValueError: if *at* is no time.
    """
    session = db.session()
    wanted = sale.sale_of(
        session, package, add_ons=add_ons, photographer=photographer, people=people, place=place
    )
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise ValueError(f"{at} is no time; 2026-12-08T10:00 is one.") from None
    if moment.year not in PLANNED_YEARS:
        raise ValueError(f"{at} is in a year that no studio plans.")
    if moment.tzinfo is None:
        zone = openings.known_house(session).zone
        if is_skipped(moment, zone):
            raise ValueError(f"{at} is skipped by the clocks of that night.")
        if is_repeated(moment, zone):
            first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
            raise ValueError(
                f"The clocks read {at} twice on that night: {first.isoformat()} and then"
                f" {second.isoformat()}; please give one of these."
            )
        moment = moment.replace(tzinfo=zone)
    found = refusal(session, wanted.needs, moment, ports().now())
    because = found.because
    lines = [because.first or "It is open."]
    lines += [each for each in because.everybody if each != because.first]
    for each in because.each:
        lines.append(f"{each.title}: {' '.join(each.sentences) or each.free}")
        lines += [
            f"  {other.title}: {' '.join(other.sentences) or other.free}"
            for other in each.elsewhere
        ]
    return lines, not because.first


def sealed(found: Refusal, asked: object) -> str:
    """The rules that a page shows *asked* to break, for its form to send back."""
    return _BETWEEN.join((_seal(asked), found.set_aside)) if found.set_aside else ""


def named(set_aside: str, asked: object) -> frozenset[str]:
    """The rules that a form has sent back; none if it was shown them of something else.

    Another day may break the same rule for a reason that nobody has read.
    """
    seal, *rules = set_aside.split(_BETWEEN)
    return frozenset(rules) if seal == _seal(asked) else frozenset()


def _seal(asked: object) -> str:
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def _easiest(needs: Needs, whys: Sequence[Why]) -> Why | None:
    """What setting rules aside would break for the photographer asked for, where that is least.

    None where nobody can, and for anybody: their rules would be nobody's.
    """
    possible = [each for each in whys if not each.hard] if len(needs.photographers) == 1 else ()
    return min(possible, key=lambda each: len(each.obstacles), default=None)


def _when(start: Start, zone: ZoneInfo) -> str:
    moment = from_epoch(start.at)
    stands = ", where the set stands already" if start.same_set else ""
    return f"{short_day(moment, zone.key)}, {read_clock(moment, zone.key)}{stands}"
