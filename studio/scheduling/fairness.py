"""How much work photographers have already: the next session goes to whoever has least."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from studio.scheduling.models import Allocation
from studio.scheduling.queries import midnight

_columns: Any = Allocation.__table__.c
_WORK = (
    select(
        _columns.resource_id,
        func.sum(
            case((_columns.busy_from.between(bindparam("begin"), bindparam("end") - 1), 1), else_=0)
        ),
        func.count(),
    )
    .where(
        _columns.resource_id.in_(bindparam("who", expanding=True)),
        _columns.busy_from >= bindparam("since"),
        _columns.busy_from < bindparam("until"),
        or_(_columns.expires_at.is_(None), _columns.expires_at > bindparam("now")),
        _columns.booking_id != bindparam("leaving_out"),
    )
    .group_by(_columns.resource_id)
)


def workload(
    session: Session,
    who: Collection[int],
    day: date,
    zone: ZoneInfo,
    *,
    now: int,
    leaving_out: int | None = None,
) -> tuple[dict[int, int], dict[int, int]]:
    """Sessions of each photographer *who* has on the local *day*, and in its ISO week.

    Holds that have run out by *now* and the booking *leaving_out* are not counted.
    """
    monday = day - timedelta(days=day.weekday())
    begin, end = (midnight(each, zone) for each in (day, day + timedelta(days=1)))
    since, until = (midnight(each, zone) for each in (monday, monday + timedelta(days=7)))
    counted = session.execute(
        _WORK,
        {
            "who": list(who), "begin": begin, "end": end, "since": since, "until": until,
            "now": now, "leaving_out": leaving_out or 0,
        },
    ).all()  # fmt: skip
    return {each: of_day for each, of_day, _ in counted}, {each: of for each, _, of in counted}
