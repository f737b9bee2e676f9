"""Today: who comes, who is choosing, what somebody has to look at, and the money that is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.db import db
from studio.office import concerns, prep_board, queries
from studio.office.prep_board import Preparation
from studio.office.shell import bp
from studio.office.slots import Slot, slots
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.guards import staff


@dataclass(frozen=True, slots=True)
class Line:
    """A session of the day, and how far it is prepared."""

    slot: Slot
    ready: Preparation


@bp.get("/")
@staff("see_own_sessions")
def today() -> ResponseReturnValue:
    session, now = db.session(), ports().now()
    studio = the_studio(session)
    zone, currency = ZoneInfo(studio.zone), studio.currency
    mine = people.scope(people.asking())
    on = now.astimezone(zone).date()
    lines, tomorrow = _two_days(session, on, zone, now, mine)
    monday = on - timedelta(days=on.weekday())
    return render_template(
        "office/today/today.html",
        today=on,
        zone=studio.zone,
        now=now,
        lines=lines,
        tomorrow=tomorrow,
        holds=queries.live_holds(session, now, mine),
        time_left=queries.time_left,
        waits_for=queries.waits_for,
        concerns=concerns.of(session, now, mine, studio.zone),
        this_week=queries.standing_between(
            session,
            queries.midnight(monday, zone),
            queries.midnight(monday + timedelta(days=7), zone),
            mine,
        ),
        balances=queries.open_balances(session, currency) if people.may("see_money") else None,
    )


def _two_days(
    session: Session, on: date, zone: ZoneInfo, now: datetime, mine: int | None
) -> tuple[list[Line], list[Line]]:
    """The sessions of *on* and of the day after, holds left out."""
    next_day = queries.midnight(on + timedelta(days=1), zone)
    found = [
        each
        for each in slots(
            session,
            queries.midnight(on, zone),
            queries.midnight(on + timedelta(days=2), zone),
            now,
            zone=zone,
            photographer_id=mine,
        )
        if not each.held
    ]
    ready = prep_board.preparation(session, [each.booking for each in found], now)
    lines = [Line(slot, each) for slot, each in zip(found, ready, strict=True)]
    first = [each for each in lines if each.slot.booking.starts_at < next_day]
    return first, lines[len(first) :]
