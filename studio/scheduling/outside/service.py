"""Adding a calendar, reading it, and letting it go."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from studio.db import retried, transaction
from studio.domain.intervals import Span
from studio.ports import ports
from studio.ports.calendar_source import Fetched, SourceFailed
from studio.scheduling import calendar
from studio.scheduling.models import Photographer, Resource
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
from studio.scheduling.outside.reading import Busy, Unreadable, busy_times
from studio.scheduling.queries import the_studio
from studio.scheduling.service import NotTheirs
from studio.settings import Settings

EVERY = timedelta(minutes=15)
# All are read one after the other, and a person has two or three.
MOST = 5
# Whoever took it to fetch has surely ended by then; somebody else tries next.
_LEASE = timedelta(minutes=2)


class TooMany(Exception):
    """The photographer has as many calendars as one may."""


class ReadAlready(Exception):
    """The photographer's calendar at this address is read already."""


@retried
def add_calendar(photographer_id: int, url: str, within: int | None = None) -> int:
    """Read a photographer's calendar from *url* from now on; *within* is the only one allowed.

    Raises:
        NotTheirs: if it is another photographer's.
        ReadAlready: if this one is among theirs.
        TooMany: if they have `MOST` of them.
    """
    _own(photographer_id, within)
    with transaction() as session:
        now = ports().now()
        session.get_one(Photographer, photographer_id, with_for_update=True)
        known = session.scalars(
            select(OutsideCalendar.url).where(OutsideCalendar.photographer_id == photographer_id)
        ).all()
        if _spot(url) in map(_spot, known):
            raise ReadAlready
        if len(known) >= MOST:
            raise TooMany
        row = OutsideCalendar(
            photographer_id=photographer_id, url=url, next_fetch_at=now, created_at=now
        )
        session.add(row)
        session.flush()
        return row.id


@retried
def remove_calendar(calendar_id: int, within: int | None = None) -> None:
    """Stop reading it: what it called busy is free again. Gone already is fine.

    Raises:
        NotTheirs: if it is another photographer's than *within*.
    """
    with transaction() as session:
        calendar.lock(session)
        row = session.get(OutsideCalendar, calendar_id)
        if row is None:
            return
        _own(row.photographer_id, within)
        session.execute(delete(OutsideBusy).where(OutsideBusy.calendar_id == row.id))
        session.delete(row)


def fetch(calendar_id: int, own_host: str) -> bool:
    """Read one calendar now; whether it was due, or there, at all.

    Whatever goes wrong, what it said when it could last be read still counts.
    """
    taken = _take(calendar_id)
    source = ports().calendars
    if taken is None or source is None:
        return False
    url, etag, last_modified, zone = taken
    now = ports().now()
    try:
        fetched = source.fetch(url, etag, last_modified)
        busy = None
        if fetched.body is not None:
            busy = busy_times(fetched.body, zone=zone, now=now, own_host=own_host)
    except (SourceFailed, Unreadable) as error:
        _failed(calendar_id, str(error))
        return True
    _read(calendar_id, fetched, busy)
    return True


def due(session: Session, now: datetime) -> list[int]:
    """Those to be read now; nobody asks after the calendar of somebody who is archived."""
    return list(
        session.scalars(
            select(OutsideCalendar.id)
            .join(Resource, Resource.id == OutsideCalendar.photographer_id)
            .where(OutsideCalendar.next_fetch_at <= now, Resource.archived_at.is_(None))
            .order_by(OutsideCalendar.next_fetch_at)
        )
    )


@retried
def ask_now(calendar_id: int, within: int | None = None) -> None:
    """Have it read at the worker's next turn.

    Raises:
        NotTheirs: if it is another photographer's than *within*.
    """
    with transaction() as session:
        row = session.get(OutsideCalendar, calendar_id, with_for_update=True)
        if row is not None:
            _own(row.photographer_id, within)
            row.next_fetch_at = ports().now()


@retried
def _take(calendar_id: int) -> tuple[str, str, str, str] | None:
    """Put off everybody else's next try, and answer what to ask for; None if it is not due."""
    with transaction() as session:
        now = ports().now()
        row = session.get(OutsideCalendar, calendar_id, with_for_update=True)
        if row is None or row.next_fetch_at > now:
            return None
        row.next_fetch_at = now + _LEASE
        return row.url, row.etag, row.last_modified, the_studio(session).zone


@retried
def _failed(calendar_id: int, trouble: str) -> None:
    with transaction() as session:
        now = ports().now()
        row = session.get(OutsideCalendar, calendar_id, with_for_update=True)
        if row is None:
            return
        row.stale_since = row.stale_since or row.fetched_at or now
        row.trouble, row.next_fetch_at = trouble, now + EVERY


@retried
def _read(calendar_id: int, fetched: Fetched, busy: Busy | None) -> None:
    """Write down what it says; *busy* None is what it said before."""
    with transaction() as session:
        # Mostly nothing is new, and the lock would end what every process keeps in memory.
        new = busy is not None and busy.spans != _spans(session, calendar_id)
        if new:
            calendar.lock(session)
        now = ports().now()
        row = session.get(OutsideCalendar, calendar_id, with_for_update=True)
        if row is None:
            return
        earlier, stale = row.fetched_at, row.stale_since is not None
        row.fetched_at, row.stale_since, row.next_fetch_at = now, None, now + EVERY
        if busy is None:
            # What repeats for ever was followed as far as could be booked then, and the days move
            # on: once a day it is asked for whole. So it is when its trouble was another's.
            if stale or (earlier is not None and earlier.date() != now.date()):
                row.etag = row.last_modified = ""
            if stale:
                row.trouble = ""
            return
        row.etag, row.last_modified = fetched.etag, fetched.last_modified
        row.trouble = busy.trouble
        if not new:
            return
        session.execute(delete(OutsideBusy).where(OutsideBusy.calendar_id == row.id))
        if busy.spans:
            whose = {"calendar_id": row.id, "resource_id": row.photographer_id}
            session.execute(
                insert(OutsideBusy),
                [{**whose, "busy_from": begin, "busy_to": end} for begin, end in busy.spans],
            )


def _spans(session: Session, calendar_id: int) -> list[Span]:
    """What it called busy when it was last read; only whoever reads it now changes that."""
    rows = session.execute(
        select(OutsideBusy.busy_from, OutsideBusy.busy_to)
        .where(OutsideBusy.calendar_id == calendar_id)
        .order_by(OutsideBusy.busy_from)
    )
    return [(row[0], row[1]) for row in rows]


def _own(photographer_id: int, within: int | None) -> None:
    if within is not None and photographer_id != within:
        raise NotTheirs


def _spot(url: str) -> str:
    """What stands behind https and webcal, which are one."""
    return url.partition("://")[2]


def is_ours(url: str) -> bool:
    """Whether somebody subscribes us to our own feed."""
    settings: Settings = current_app.extensions["settings"]
    return urlsplit(url).hostname == urlsplit(settings.base_url).hostname
