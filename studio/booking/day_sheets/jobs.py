"""Planning the sheets of a day, and keeping them true until they have left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.day_sheets import TEMPLATE
from studio.booking.day_sheets.sheets import Sheet, due_at, sheets
from studio.db import db, retried, transaction
from studio.domain.prep_plan import QuietHours, held_back, wall_time
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.outbox import NewMessage
from studio.ports import ports
from studio.scheduling.models import Studio


def plan_day_sheets() -> int:
    """Plan the sheets that are due, renew those that have not left; how many that were.

    There is one for each person and day. Whoever has nothing on that day any more gets none.
    """
    session = db.session()
    studio, now = session.get(Studio, 1), ports().now()
    if studio is None:
        return 0
    today = now.astimezone(ZoneInfo(studio.zone)).date()
    due = [on for on in (today, today + timedelta(days=1)) if due_at(on, studio) <= now]
    session.rollback()
    return sum(_plan(on) for on in due)


@retried
def _plan(on: date) -> int:
    with transaction() as session:
        now, studio = ports().now(), session.get_one(Studio, 1)
        # Whenever it was to leave: the hour may have been changed since.
        since = wall_time(on - timedelta(days=1), 0, ZoneInfo(studio.zone))
        known = {each.dedupe_key: each for each in _known(session, on, since)}
        new, changed = [], 0
        for sheet in sheets(session, on, studio):
            key = f"{TEMPLATE}:{on.isoformat()}:{sheet.email.lower()}"
            message = known.pop(key, None)
            if message is not None:
                changed += _renew(message, sheet)
            elif now < sheet.use_by:
                new.append(_message(key, sheet, _not_quiet(now, studio)))
        for message in known.values():
            if message.state is MessageState.PLANNED:
                message.state = MessageState.CANCELLED
                changed += 1
        return changed + outbox.post_all(session, new, now)


def _known(session: Session, on: date, since: datetime) -> Sequence[Message]:
    """What was planned for the day so far, locked."""
    return session.scalars(
        select(Message)
        .where(
            # Which an index finds; the key alone none does.
            Message.booking_id.is_(None),
            Message.due_at >= since,
            Message.template == TEMPLATE,
            Message.dedupe_key.startswith(f"{TEMPLATE}:{on.isoformat()}:"),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _renew(message: Message, sheet: Sheet) -> bool:
    """Let what has not left say what is so now; what staff wrote themselves stays."""
    waits = message.state in {MessageState.PLANNED, MessageState.HELD, MessageState.CANCELLED}
    gone = message.state is MessageState.CANCELLED
    if not waits or message.body is not None or (message.context == sheet.context and not gone):
        return False
    message.context, message.use_by = sheet.context, sheet.use_by
    if gone:
        message.state = MessageState.PLANNED
    return True


def _not_quiet(now: datetime, studio: Studio) -> datetime:
    quiet = QuietHours(studio.quiet_from_minute, studio.quiet_to_minute)
    return held_back(now, ZoneInfo(studio.zone), quiet)


def _message(key: str, sheet: Sheet, leaves_at: datetime) -> NewMessage:
    return NewMessage(
        dedupe_key=key,
        kind=MessageKind.STAFF,
        template=TEMPLATE,
        recipient=sheet.email,
        context=sheet.context,
        due_at=leaves_at,
        step=TEMPLATE,
        use_by=sheet.use_by,
    )
