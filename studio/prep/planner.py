"""From a session type's track and guide to the messages of one session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.domain import prep_plan
from studio.domain.prep_plan import PlannedMessage, QuietHours, SessionFacts, Step, Words
from studio.prep import queries
from studio.prep.models import PrepGuide, PrepStep
from studio.prep.sections import sections

_LATE = Words(
    "Your guide for {day}: everything at once",
    """Hello {first_name},

your {session} is on {day} at {time}, so here is everything at once. Please come at \
**{arrive_time}**.

The few lines above matter most. The list to tick off and the way to the door are on your page: \
{link}

Questions? Reply to this message or ring {phone}.

{studio}""",
)
_SOON = Words(
    "See you {day} at {arrive_time}",
    """Hello {first_name},

{photographer} is looking forward to your {session}: {day} at {time}. Please come at \
**{arrive_time}**.

{place}

There is little time, so the lines above are enough; leave out what cannot be done any more. \
The way to the door and your list are here: {link}

If you run late, ring {phone} at once. The session ends on time, but we can often change the \
order.

{studio}""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """What planning needs to know of a booking; the minutes are the studio's quiet hours."""

    session_type_id: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    quiet_from_minute: int
    quiet_to_minute: int
    guide_id: int | None


def plan(session: Session, facts: BookingFacts, now: datetime) -> list[PlannedMessage]:
    """The prep messages of a session confirmed at *now*, the soonest first; writes nothing."""
    guide = session.get_one(PrepGuide, facts.guide_id) if facts.guide_id else None
    track = [_step(row, guide) for row in queries.steps_of(session, facts.session_type_id)]
    return prep_plan.plan(
        track,
        SessionFacts(
            starts_at=facts.starts_at,
            ends_at=facts.ends_at,
            zone=ZoneInfo(facts.zone),
            quiet=QuietHours(facts.quiet_from_minute, facts.quiet_to_minute),
            now=now,
            late=Words(_LATE.subject, f"{_LATE.body}\n\n{guide.body}" if guide else _LATE.body),
            soon=_SOON,
            essentials=tuple(guide.essentials) if guide else (),
        ),
    )


def _step(row: PrepStep, guide: PrepGuide | None) -> Step:
    return Step(
        key=row.key,
        anchor=row.anchor,
        days=row.days,
        hours=row.hours,
        minute=row.minute,
        subject=row.subject,
        body="\n\n".join([row.body, *_from_guide(row, guide)]),
        essentials=tuple(row.essentials),
    )


def _from_guide(row: PrepStep, guide: PrepGuide | None) -> list[str]:
    """What of the guide goes along with a step, in the guide's order."""
    if guide is None:
        return []
    if "*" in row.guide_sections:
        return [guide.body]
    return [
        f"## {section.title}\n\n{section.text}"
        for section in sections(guide.body)
        if section.title in row.guide_sections
    ]
