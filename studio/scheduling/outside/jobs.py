from __future__ import annotations

import structlog

from studio.db import db
from studio.ports import ports
from studio.scheduling.outside import service

log = structlog.get_logger()


def fetch_outside_calendars(own_host: str) -> int:
    """Read the calendars that are due; how many."""
    session = db.session()
    due = service.due(session, ports().now())
    session.rollback()
    done = 0
    for calendar_id in due:
        try:
            done += service.fetch(calendar_id, own_host)
        except Exception as error:
            log.exception("calendar_not_read", calendar=calendar_id, error=type(error).__name__)
    return done
