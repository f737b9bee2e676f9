"""From a session type's track and guide to the messages of one session."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from studio.domain import prep_plan
from studio.domain.conditions import Known
from studio.domain.prep_plan import PlannedMessage, QuietHours, SessionFacts, Step, Words
from studio.prep.models import PrepStep
from studio.prep.queries import Track
from studio.prep.tailoring import Tailored, concerns, lines, tailored, words, written

# What concerns a client only after the last message that could have carried it has left.
MORE = Words(
    "One more thing for {day}",
    """Hello {first_name},

something about your {session} on {day} at {time} has changed, so the lines above matter, too. \
Your list and all else you need are on your page: {link}

Questions? Reply to this message or ring {phone}.

{studio}""",
)

_COME, _WE_COME = "Please come at **{arrive_time}**.", "We are with you at **{arrive_time}**."
_WE_RING = "Please be ready at **{arrive_time}**: we ring you at {time}."


def _late(come: str) -> Words:
    return Words(
        "Your guide for {day}: everything at once",
        f"""Hello {{first_name}},

Your {{session}} is on {{day}} at {{time}}, so here is everything at once. {come}

The few lines above matter most. The list to tick off and all else you need are on your page: \
{{link}}

Questions? Reply to this message or ring {{phone}}.

{{studio}}""",
    )


def _soon(come: str) -> Words:
    return Words(
        "See you {day} at {arrive_time}",
        f"""Hello {{first_name}},

{{photographer}} is looking forward to your {{session}}: {{day}} at {{time}}. {come}

{{place}}

There is little time, so the lines above are enough; leave out what cannot be done any more. \
Your list and all else you need are here: {{link}}

If you run late, ring {{phone}} at once. The session ends on time, but we can often change the \
order.

{{studio}}""",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """What planning needs to know of a booking; the minutes are the studio's quiet hours.

    With *comes_to_client* it is the studio that arrives, or rings if it is *remote*. *known* is
    what conditions may ask for.
    """

    starts_at: datetime
    ends_at: datetime
    zone: str
    quiet_from_minute: int
    quiet_to_minute: int
    comes_to_client: bool = False
    remote: bool = False
    known: Known = field(default_factory=dict)


def plan(
    track: Track, facts: BookingFacts, now: datetime, had: Collection[str] = ()
) -> list[PlannedMessage]:
    """The prep messages of a session confirmed or moved at *now*, the soonest first.

    The steps that the client has *had* are not repeated without need, and what is not for them
    is left out.
    """
    known = facts.known
    guide = tailored(track.guide, known) if track.guide else None
    come = _WE_RING if facts.remote else _WE_COME if facts.comes_to_client else _COME
    late = _late(come)
    return prep_plan.plan(
        [_step(row, guide, known) for row in track.steps if concerns(row, known)],
        SessionFacts(
            starts_at=facts.starts_at,
            ends_at=facts.ends_at,
            zone=ZoneInfo(facts.zone),
            quiet=QuietHours(facts.quiet_from_minute, facts.quiet_to_minute),
            now=now,
            late=Words(late.subject, f"{late.body}\n\n{guide.body}" if guide else late.body),
            soon=_soon(come),
            essentials=guide.essentials if guide else (),
        ),
        had,
    )


def _step(row: PrepStep, guide: Tailored | None, known: Known) -> Step:
    return Step(
        key=row.key,
        anchor=row.anchor,
        days=row.days,
        hours=row.hours,
        minute=row.minute,
        subject=row.subject,
        body="\n\n".join([words(row.body, known), *_from_guide(row, guide)]),
        essentials=lines(row.essentials, known),
    )


def _from_guide(row: PrepStep, guide: Tailored | None) -> list[str]:
    """What of the guide goes along with a step, in the guide's order."""
    if guide is None:
        return []
    if "*" in row.guide_sections:
        return [guide.body]
    return [written([each]) for each in guide.sections if each.title in row.guide_sections]
