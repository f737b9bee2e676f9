"""Who works when, what is planned otherwise, and which sessions that contradicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from studio.db import db, from_epoch
from studio.office.hours import asker, bp, words
from studio.office.misfits import misfits
from studio.ports import ports
from studio.scheduling import overrides, queries
from studio.scheduling.contradictions import contradictions
from studio.scheduling.copying import week_of
from studio.scheduling.forms import WEEKDAYS
from studio.scheduling.hours_text import write_hours
from studio.scheduling.house import House
from studio.scheduling.openings import known_house
from studio.scheduling.overrides import OtherHours
from studio.web.guards import staff


class OtherDays(NamedTuple):
    """One line of the list of other hours; *id* is one of the rows it is made of.

    *remark* says what becomes of it where another range meets it.
    """

    id: int
    whom: str
    first_on: date
    last_on: date
    hours: str
    note: str
    remark: str


class Off(NamedTuple):
    """One line of the list of time off, on the studio's wall clock."""

    id: int
    whom: str
    since: datetime
    until: datetime
    note: str


@bp.get("")
@staff("block_time")
def studio() -> ResponseReturnValue:
    """A photographer sees their own time and what closes the studio."""
    session, now, within = db.session(), ports().now(), asker.within()
    workers = queries.workers(session, within)
    names = {each.id: each.name for each in workers}
    zone, known = asker.zone(), known_house(session)
    return render_template(
        "office/studio/studio.html",
        weekdays=WEEKDAYS,
        workers=[(each, _week(known, each.id)) for each in workers],
        other_days=_other_days(
            known, overrides.ranges(session, now.astimezone(zone).date()), {None, *names}
        ),
        time_off=[
            Off(
                block.id,
                names[block.resource_id],
                from_epoch(block.busy_from).astimezone(zone),
                from_epoch(block.busy_to).astimezone(zone),
                block.note,
            )
            for block in queries.blocks_from(session, now)
            if block.resource_id in names
        ],
        misfits=misfits(session, contradictions(session, now, within)),
    )


def _week(known: House, resource_id: int) -> list[list[str]]:
    """The hours of Monday to Sunday, span by span."""
    week = week_of(known, resource_id, None)
    return [[write_hours([span]) for span in spans] for spans in week.values()]


def _other_days(
    known: House, found: Sequence[tuple[int, OtherHours]], seen: Collection[int | None]
) -> list[OtherDays]:
    """One line for each range of those who are *seen*."""
    found = [(override_id, each) for override_id, each in found if each.resource_id in seen]
    ranges = [each for _, each in found]
    return [
        OtherDays(
            override_id,
            words.whose(known, each.resource_id),
            each.first_on,
            each.last_on,
            write_hours(each.spans),
            each.note,
            "; ".join(
                words.remark(overlap, words.whose(known, overlap.other.resource_id))
                for overlap in overrides.meeting(each, ranges)
            ),
        )
        for override_id, each in found
    ]
