"""Reminders: to clients who are not ready, of just what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from studio.booking.letter_facts import Facts
from studio.domain.prep_plan import QuietHours, held_back, wall_time
from studio.domain.readiness import Task
from studio.messaging.models import MessageKind
from studio.messaging.outbox import NewMessage
from studio.prep.queries import Track

_AT_MINUTE = 10 * 60
# Whoever has just booked is not reminded.
_NOT_BEFORE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reminder:
    """What is sent only if something is missing by then; of *task* alone where there is one."""

    step: str
    subject: str
    body: str
    task: Task | None = None


_OF_ALL = _Reminder(
    step="reminder",
    subject="Still open for {day}",
    body="""Hello {first_name},

Your {session} is on {day} at {time}. This is still open:

{missing}

It takes a few minutes on your page: {link}

Questions? Reply to this message or ring {phone}.

{studio}""",
)
# Two days before, when whether they come has been asked; sooner where that day has its message.
_DAYS = (2, 4, 5)

_OF_FORM = _Reminder(
    step="form",
    subject="Our questions for {day}",
    body="""Hello {first_name},

What we get ready for your {session} on {day} depends on what you tell us. Please:

{missing}

The form is on your page and keeps every answer as you go: {link}

Questions? Reply to this message or ring {phone}.

{studio}""",
    task=Task.FORM,
)
# The day before the answers are needed, or one of the two before that.
_DAYS_TO_ANSWER = (1, 2, 3)

# What a preview shows where nobody has looked; the worker looks when the message leaves.
_AT_LEAVING = ["What is still open stands here when this leaves. If nothing is, it is not sent."]


def reminders(
    facts: Facts, track: Track, taken: Collection[date], now: datetime
) -> list[NewMessage]:
    """The reminders of a session whose days *taken* have a message already; none for late ones.

    One is sent only if something is missing by then, and `{missing}` says what.
    """
    if not track.steps:
        return []
    zone = ZoneInfo(facts.booking.zone)
    found = []
    due_at = _first_free(facts, _DAYS, taken, now)
    if due_at:
        found.append(_message(facts, _OF_ALL, due_at))
        taken = {*taken, due_at.astimezone(zone).date()}
    if track.form_days is not None:
        days = [track.form_days + each for each in _DAYS_TO_ANSWER]
        due_at = _first_free(facts, days, taken, now)
        if due_at:
            found.append(_message(facts, _OF_FORM, due_at))
    return found


def _message(facts: Facts, reminder: _Reminder, due_at: datetime) -> NewMessage:
    booking = facts.booking
    return NewMessage(
        dedupe_key=f"booking:{booking.id}:{reminder.step}:{booking.generation}",
        kind=MessageKind.PREP,
        template="prep",
        recipient=facts.client.email,
        context={
            "link_to": "prep",
            "subject": reminder.subject,
            "body": reminder.body,
            "essentials": [],
            "values": {**facts.values(), "missing": _AT_LEAVING},
            "only_if_missing": True,
            "task": reminder.task,
        },
        due_at=due_at,
        booking_id=booking.id,
        step=reminder.step,
        use_by=booking.starts_at,
        language=booking.language,
        review=booking.package.session_type.review_prep,
    )


def _first_free(
    facts: Facts, days: Iterable[int], taken: Collection[date], now: datetime
) -> datetime | None:
    """The first of these *days* before the session that has no message yet and lies ahead."""
    zone = ZoneInfo(facts.booking.zone)
    quiet = QuietHours(facts.studio.quiet_from_minute, facts.studio.quiet_to_minute)
    on = facts.booking.starts_at.astimezone(zone).date()
    for each in days:
        due = held_back(wall_time(on - timedelta(days=each), _AT_MINUTE, zone), zone, quiet)
        free = due.astimezone(zone).date() not in taken
        if free and now + _NOT_BEFORE < due < facts.booking.starts_at:
            return due
    return None
