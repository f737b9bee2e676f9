"""The reminder: to clients who are not ready, of just what is missing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from studio.booking.letter_facts import Facts
from studio.domain.prep_plan import QuietHours, held_back, wall_time
from studio.messaging.models import MessageKind
from studio.messaging.outbox import NewMessage

_STEP = "reminder"
_AT_MINUTE = 10 * 60
# Two days before, when whether they come has been asked; sooner where that day has its message.
_DAYS = (2, 4, 5)
# Whoever has just booked is not reminded.
_NOT_BEFORE = timedelta(hours=24)

_SUBJECT = "Still open for {day}"
_BODY = """Hello {first_name},

Your {session} is on {day} at {time}. This is still open:

{missing}

It takes a few minutes on your page: {link}

Questions? Reply to this message or ring {phone}.

{studio}"""
# What a preview shows where nobody has looked; the worker looks when the message leaves.
_AT_LEAVING = ["What is still open stands here when this leaves. If nothing is, it is not sent."]


def reminder(facts: Facts, taken: Collection[date], now: datetime) -> list[NewMessage]:
    """The reminder of a session whose days *taken* have a message already; none for late ones.

    It is sent only if something is missing by then, and `{missing}` says what.
    """
    booking = facts.booking
    due_at = _due_at(facts, taken, now)
    if due_at is None:
        return []
    return [
        NewMessage(
            dedupe_key=f"booking:{booking.id}:{_STEP}:{booking.generation}",
            kind=MessageKind.PREP,
            template="prep",
            recipient=facts.client.email,
            context={
                "link_to": "prep",
                "subject": _SUBJECT,
                "body": _BODY,
                "essentials": [],
                "values": {**facts.values(), "missing": _AT_LEAVING},
                "only_if_missing": True,
            },
            due_at=due_at,
            booking_id=booking.id,
            step=_STEP,
            use_by=booking.starts_at,
            language=booking.language,
            review=booking.package.session_type.review_prep,
        )
    ]


def _due_at(facts: Facts, taken: Collection[date], now: datetime) -> datetime | None:
    zone = ZoneInfo(facts.booking.zone)
    quiet = QuietHours(facts.studio.quiet_from_minute, facts.studio.quiet_to_minute)
    on = facts.booking.starts_at.astimezone(zone).date()
    for days in _DAYS:
        due = held_back(wall_time(on - timedelta(days=days), _AT_MINUTE, zone), zone, quiet)
        free = due.astimezone(zone).date() not in taken
        if free and now + _NOT_BEFORE < due < facts.booking.starts_at:
            return due
    return None
