"""What prepares a client, planned anew when something about their booking changed but its time.

Another package, an extra more or less, more people, answers: whoever writes one of these calls
`replan` in the same transaction, with the booking locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from studio.booking import letters_of_prep, prep_facts, together
from studio.booking.letter_facts import Facts, facts_now
from studio.booking.models import Booking
from studio.domain.lifecycle import BookingState
from studio.messaging import outbox
from studio.messaging.models import Message, MessageState
from studio.messaging.outbox import NewMessage
from studio.messaging.rendering import WRITTEN
from studio.prep import planner, tailoring
from studio.prep.models import PrepStep
from studio.prep.queries import Track

_UNSENT = (MessageState.PLANNED, MessageState.HELD, MessageState.JOINED)


def replan(session: Session, booking: Booking, now: datetime) -> None:
    """Plan what has not left by what is known of *booking* now.

    What staff have rewritten stays as they wrote it, what they hold back stays held, and what was
    sent is not sent again, unless it prepared for another kind of session. Where nothing was ever
    planned, nothing is now, and no more once the session has begun.
    """
    session.flush()
    session.expire(booking, ["lines"])
    gone = booking.state is not BookingState.CONFIRMED or booking.starts_at <= now
    known = [] if gone else _planned(session, booking)
    if not known:
        return
    facts = facts_now(session, booking)
    if facts.guide and facts.guide.session_type_id != booking.package.session_type_id:
        for message in dict.fromkeys([*known, *letters_of_prep.sent_unmarked(session, booking)]):
            _free(message, letters_of_prep.of_kind(facts.guide.session_type_id, message.id))
        booking.guide_id = None
        session.flush()
        letters_of_prep.plan_prep(session, booking, now)
        return
    _renew(session, facts, letters_of_prep.newest_track(session, booking), known, now)


def renew(session: Session, booking: Booking, track: Track, now: datetime) -> None:
    """Let what has not left say what *track* says now, when it says it.

    Times and words are those it would have had when the session was agreed upon. A step that
    concerns the client only now, when its time has passed, is carried by the next message, or says
    what matters at once where none is to come.
    """
    session.flush()
    _renew(session, facts_now(session, booking), track, _planned(session, booking), now)


def _renew(
    session: Session, facts: Facts, track: Track, known: Sequence[Message], now: datetime
) -> None:
    booking = facts.booking
    agreed_at = min((each.created_at for each in known), default=booking.booked_at)
    by_hand = {key for each in known if each.body is not None for key in _steps(each)}
    had = letters_of_prep.had(session, booking) | by_hand
    planned = letters_of_prep.messages(session, facts, track, agreed_at, had)
    said = by_hand | {key for each in known if each.state not in _UNSENT for key in _steps(each)}
    wanted = {each.step: each for each in planned if each.step not in said}
    # What has left has its key, and says nothing of a step that concerns them only now.
    late = [each for each in planned if each.step in said and each.use_by]
    for message in known:
        new = wanted.pop(message.step, None)
        if message.state not in _UNSENT or message.body is not None:
            continue
        new = new or _taken_over(message, wanted, known)
        if new is None:
            _free(message, f"before-{track.guide.version if track.guide else 0}-{message.id}")
        elif "more" in message.context:
            message.context = {**message.context, "essentials": [], "steps": []}
            late.append(new)
        else:
            message.context, message.use_by = new.context, new.use_by
            # What is about to leave, was put off or is tried again keeps its own time.
            if message.due_at > now < new.due_at and not message.attempts:
                message.due_at = new.due_at
    outbox.post_all(session, [each for each in wanted.values() if each.due_at > now], now)
    late += [each for each in wanted.values() if each.due_at <= now and each.use_by]
    keys = {key for each in late for key in each.context.get("steps", ())} - had - said
    steps = [step for step in track.steps if step.key in keys]
    if steps:
        lines = _essentials(session, booking, steps)
        carried = _carried(session, booking, steps, lines)
        if lines and not carried and booking.starts_at > now:
            outbox.post(session, _more(late[-1], steps, lines, now), now)
    together.join(session, booking, facts.studio, now)


def _taken_over(
    message: Message, wanted: dict[str, NewMessage], known: Sequence[Message]
) -> NewMessage | None:
    """What says now what *message* said, when another of its steps gives the words, and the key.

    It is no new message: staff may hold it back, and the time of what is merged may have passed.
    """
    keys = {each.step for each in known}
    for step, new in wanted.items():
        if step not in keys and not set(_steps(message)).isdisjoint(new.context.get("steps", ())):
            message.step, message.dedupe_key = step, new.dedupe_key
            return wanted.pop(step)
    return None


def _carried(
    session: Session, booking: Booking, late: Sequence[PrepStep], lines: Sequence[str]
) -> bool:
    """Whether a message is to come that prepares: it says what matters of steps that are *late*."""
    waiting = [
        each
        for each in _planned(session, booking)
        if each.state in _UNSENT and each.body is None and each.use_by and "steps" in each.context
    ]
    if not waiting:
        return False
    first = min(waiting, key=lambda each: ("more" not in each.context, each.due_at, each.id))
    first.context = {
        **first.context,
        "essentials": list(dict.fromkeys([*first.context["essentials"], *lines])),
        "steps": [*(each.key for each in late), *first.context["steps"]],
    }
    return True


def _more(
    like: NewMessage, late: Sequence[PrepStep], lines: Sequence[str], now: datetime
) -> NewMessage:
    """What says at once what matters of steps that nothing else can carry, to whom *like* goes."""
    key, words = late[-1].key, planner.MORE
    about = {"subject": words.subject, "body": words.body, "more": True}
    about |= {"essentials": list(dict.fromkeys(lines)), "steps": [each.key for each in late]}
    return replace(
        like,
        dedupe_key=like.dedupe_key.replace(f":{like.step}:", f":{key}:"),
        step=key,
        context=like.context | about,
        due_at=now,
    )


def _essentials(session: Session, booking: Booking, steps: Sequence[PrepStep]) -> list[str]:
    known = prep_facts.of(session, booking)
    return [line for each in steps for line in tailoring.lines(each.essentials, known)]


def _steps(message: Message) -> Sequence[str]:
    steps: Sequence[str] = message.context.get("steps", ())
    return steps


def _free(message: Message, why: str) -> None:
    """Take *message* back if it has not left, and let another one have its key."""
    if message.state in _UNSENT:
        if message.body is not None:
            return
        message.state, message.into_id = MessageState.CANCELLED, None
    message.dedupe_key = f"{message.dedupe_key}:{why}"


def _planned(session: Session, booking: Booking) -> list[Message]:
    """What prepares for the session as it is now, locked and in order."""
    generation = f":{booking.generation}"
    wanted = (
        select(Message)
        .where(
            Message.booking_id == booking.id,
            Message.template == WRITTEN,
            Message.dedupe_key == literal(f"booking:{booking.id}:") + Message.step + generation,
        )
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(wanted))
