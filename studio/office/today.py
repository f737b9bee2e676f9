"""Today: who comes, who is choosing, what somebody has to look at, and the money that is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.db import db
from studio.office import prep_board, queries
from studio.office.prep_board import Reach, Readiness
from studio.office.shell import bp
from studio.office.slots import Slot, slots
from studio.payments import inbox
from studio.ports import ports
from studio.scheduling.contradictions import contradictions
from studio.scheduling.queries import the_studio
from studio.web.guards import staff

# What lies further ahead is listed where hours are changed.
_SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Line:
    """A session of the day, and how far it is prepared."""

    slot: Slot
    ready: Readiness


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that somebody has to look at, and where; *href* may be empty."""

    words: str
    detail: str
    href: str


@bp.get("/")
@staff("see_own_sessions")
def today() -> ResponseReturnValue:
    session, now = db.session(), ports().now()
    studio = the_studio(session)
    zone, currency = ZoneInfo(studio.zone), studio.currency
    mine = people.scope(people.current() or abort(403))
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
        minutes_left=queries.minutes_left,
        concerns=_concerns(session, now, mine),
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
    ready = prep_board.readiness(session, [each.booking for each in found])
    lines = [Line(slot, each) for slot, each in zip(found, ready, strict=True)]
    first = [each for each in lines if each.slot.booking.starts_at < next_day]
    return first, lines[len(first) :]


def _concerns(session: Session, now: datetime, mine: int | None) -> list[Concern]:
    found = []
    if people.may("see_money"):
        found += [
            Concern(
                f"{each.contact.name if each.contact else 'A hold'}: {each.attention}",
                each.package.name,
                url_for("office.session", booking_id=each.id),
            )
            for each in queries.flagged(session)
        ]
        payments = url_for("office.payments")
        found += _counted(
            queries.failed_refunds(session),
            "refund was refused by the bank",
            "refunds were refused by the bank",
            payments,
        )
        found += _counted(
            inbox.stuck(session),
            "notice from Stripe could not be settled",
            "notices from Stripe could not be settled",
            payments,
        )
    found += _counted(
        prep_board.counts(session, Reach(mine, people.may("see_money")))[1],
        "message was not delivered",
        "messages were not delivered",
        url_for("office.prep_not_delivered"),
    )
    if people.may("block_time"):
        soon = now + _SOON
        found += _counted(
            len({each.booking_id for each in contradictions(session, now, mine, until=soon)}),
            f"session of the next {_SOON.days} days does not fit the hours or time off",
            f"sessions of the next {_SOON.days} days do not fit the hours or time off",
            url_for("scheduling_office.studio"),
        )
    return found


def _counted(count: int, one: str, many: str, href: str) -> list[Concern]:
    return [Concern(f"{count} {one if count == 1 else many}", "", href)] if count else []
