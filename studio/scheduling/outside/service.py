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
from studio.scheduling.models import Photographer
from studio.scheduling.outside.models import OutsideBusy, OutsideCalendar
from studio.scheduling.outside.reading import Unreadable, busy_spans
from studio.scheduling.queries import the_studio
from studio.scheduling.service import NotTheirs
from studio.settings import Settings

EVERY = timedelta(minutes=15)
# Whoever took it to fetch has surely ended by then; somebody else tries next.
_LEASE = timedelta(minutes=2)


@retried
def add_calendar(photographer_id: int, url: str, within: int | None = None) -> int:
    """Read a photographer's calendar from *url* from now on; *within* is the only one allowed.

    Raises:
        NotTheirs: if it is another photographer's.
    """
    _own(photographer_id, within)
    with transaction() as session:
        now = ports().now()
        session.get_one(Photographer, photographer_id)
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
        spans = None
        if fetched.body is not None:
            spans = busy_spans(fetched.body, zone=zone, now=now, own_host=own_host)
    except (SourceFailed, Unreadable) as error:
        _failed(calendar_id, str(error))
        return True
    _read(calendar_id, fetched, spans)
    return True


def due(session: Session, now: datetime) -> list[int]:
    return list(
        session.scalars(
            select(OutsideCalendar.id)
            .where(OutsideCalendar.next_fetch_at <= now)
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
def _read(calendar_id: int, fetched: Fetched, spans: list[Span] | None) -> None:
    """Write down what it says; *spans* None is what it said before."""
    with transaction() as session:
        if spans is not None:
            calendar.lock(session)
        now = ports().now()
        row = session.get(OutsideCalendar, calendar_id, with_for_update=True)
        if row is None:
            return
        row.fetched_at, row.stale_since, row.trouble = now, None, ""
        row.next_fetch_at = now + EVERY
        if spans is None:
            return
        row.etag, row.last_modified = fetched.etag, fetched.last_modified
        session.execute(delete(OutsideBusy).where(OutsideBusy.calendar_id == row.id))
        if spans:
            busy = {"calendar_id": row.id, "resource_id": row.photographer_id}
            session.execute(
                insert(OutsideBusy),
                [{**busy, "busy_from": begin, "busy_to": end} for begin, end in spans],
            )


def _own(photographer_id: int, within: int | None) -> None:
    if within is not None and photographer_id != within:
        raise NotTheirs


def is_ours(url: str) -> bool:
    """Whether somebody subscribes us to our own feed."""
    settings: Settings = current_app.extensions["settings"]
    return urlsplit(url).hostname == urlsplit(settings.base_url).hostname
