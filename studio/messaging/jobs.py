"""The worker's part: one message at a time is taken, written, handed over and marked.

A mail may arrive twice, if a worker dies between the server's yes and our mark, but none is lost;
its Message-ID is the same both times. Logs name a message by its number and kind: never its
recipient, its words or the server's answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.db import retried, transaction
from studio.messaging import bounces, claims, joined, origin, outbox
from studio.messaging.bounces import Bounce
from studio.messaging.models import Message, MessageKind, MessageState
from studio.messaging.rendering import (
    Draft,
    Letter,
    Paper,
    Stationery,
    envelope,
    masked,
    with_missing,
    write,
)
from studio.ports import ports
from studio.ports.bounce_box import BoxUnreachable
from studio.ports.mailer import MailNotTaken
from studio.scheduling.models import Studio

log = logging.getLogger(__name__)

LinkFor = Callable[[Session, int, str], str]
PaperFor = Callable[[str, int], Paper]
MissingFor = Callable[[Session, int, str | None], list[str]]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message that is ours until its lease runs out."""

    id: int
    lease: str
    draft: Draft
    studio: Stationery
    link: str
    joined: tuple[str, ...]
    unsubscribe: str


@dataclass(frozen=True, slots=True)
class _HandedOver:
    """A message that the mail server has, and what is kept of it."""

    id: int
    kept: Letter


def send_due_mail(
    link_for: LinkFor,
    limit: int = 20,
    stopping: Callable[[], bool] = lambda: False,
    paper_for: PaperFor | None = None,
    missing_for: MissingFor | None = None,
) -> int:
    """Send what is due, at most *limit* messages, and say how many were sent.

    *link_for* (session, booking_id, "booking", "prep" or "checkout") makes the client's link, in
    the transaction that takes the message. A message about no booking says in its context what
    it is ``about``, and with ``enclose`` that *paper_for* is to draw what goes along. One that goes
    ``only_if_missing`` says what *missing_for* answers (of its ``task`` alone, if it has one), and
    is skipped if that is nothing. None is begun once *stopping* says yes: a slow mail server may
    take a minute for each.
    """
    sent, handed_over = 0, None
    try:
        while sent < limit and not stopping():
            some_due, taken = _take(link_for, missing_for, handed_over)
            handed_over = None
            if not some_due:
                break
            if taken:
                handed_over = _deliver(taken, paper_for)
                sent += handed_over is not None
    finally:
        if handed_over:
            _sent(handed_over)
        ports().mailer.rest()
    return sent


def read_bounces() -> int:
    """Read what came back, and mark what did not arrive; how many mails were read."""
    box = ports().bounces
    if box is None:
        return 0

    def keep(raw: bytes) -> None:
        bounce = bounces.read(raw)
        if bounce:
            note_bounce(bounce)

    try:
        return box.each(keep)
    except BoxUnreachable as error:
        log.warning("the mailbox for what comes back cannot be read: %s", error)
        return 0


@retried
def note_bounce(bounce: Bounce) -> bool:
    """Mark a message as not delivered; whether there is such a one."""
    with transaction() as session:
        return bounces.mark(session, bounce)


@retried
def _take(
    link_for: LinkFor, missing_for: MissingFor | None, handed_over: _HandedOver | None
) -> tuple[bool, _Taken | None]:
    """Whether a message was due, and the message, unless it turned out that it must not go.

    The one before it, if it was *handed_over*, is marked in the same transaction: a disk takes as
    long to keep one as to keep both.
    """
    now = ports().now()
    with transaction() as session:
        if handed_over:
            claims.mark_sent(session, handed_over.id, handed_over.kept, now)
        message = claims.take(session, now, ports().shared_now(), origin.pace())
        if message is None:
            return False, None
        if not _is_worth_it(session, message, missing_for, now):
            return True, None
        along = joined.to(session, message) if message.use_by else ()
        draft = Draft.of(message, [e for e in along if _has_a_reason(session, e, missing_for)])
        links = _links(session, message, draft, link_for)
        if links is None:
            return True, None
        studio = Stationery.of(session.get_one(Studio, 1))
        return True, _Taken(message.id, message.lease or "", draft, studio, *links)


def _is_worth_it(
    session: Session, message: Message, missing_for: MissingFor | None, now: datetime
) -> bool:
    """Whether it should leave; else it is given up, and what was to leave with it goes alone."""
    if message.attempts > claims.TRIES:
        _drop(message, MessageState.DEAD, "Every try ended before the mail server answered.")
        return False
    if message.use_by and now >= message.use_by:
        _drop(message, MessageState.SKIPPED, "Its time had passed.")
    elif message.ambiguous and message.kind is MessageKind.COURTESY:
        _drop(message, MessageState.SKIPPED, "It may have arrived, and is not worth a second.")
    elif _has_a_reason(session, message, missing_for):
        return True
    outbox.part(session, message)
    return False


def _has_a_reason(session: Session, message: Message, missing_for: MissingFor | None) -> bool:
    """Fill in what is missing now where a message asks for it; without that it is skipped."""
    if (
        missing_for is None
        or message.booking_id is None
        or not message.context.get("only_if_missing")
    ):
        return True
    missing = missing_for(session, message.booking_id, message.context.get("task"))
    message.context = with_missing(message.context, missing)
    if not missing:
        _drop(message, MessageState.SKIPPED, "Nothing was missing any more.")
    return bool(missing)


def _links(
    session: Session, message: Message, draft: Draft, link_for: LinkFor
) -> tuple[str, tuple[str, ...], str] | None:
    """The real links: of the message, of what is joined to it, and to have no more like it.

    If one cannot be made, the message is given up.
    """
    try:
        with session.begin_nested():
            joined = tuple(_link(session, each, link_for) for each in draft.joined)
            off = ""
            if message.kind is MessageKind.COURTESY and message.booking_id is not None:
                off = link_for(session, message.booking_id, "unsubscribe")
            return _link(session, draft, link_for), joined, off
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 -- else this one message would stop all others
        _drop(message, MessageState.DEAD, f"No link could be made ({type(error).__name__}).")
        return None


def _link(session: Session, draft: Draft, link_for: LinkFor) -> str:
    about = draft.context.get("about") if draft.booking_id is None else draft.booking_id
    if draft.link_to is None or about is None:
        return origin.base_url()
    return link_for(session, about, draft.link_to)


def _drop(message: Message, state: MessageState, why: str) -> None:
    message.state, message.error, message.lease = state, why, None
    log.warning("message %s (%s) is %s: %s", message.id, message.kind, state, why)


def _deliver(taken: _Taken, paper_for: PaperFor | None) -> _HandedOver | None:
    """What was handed over, if it was."""
    try:
        letter = write(taken.draft, taken.studio, taken.link, taken.joined, taken.unsubscribe)
        paper = None
        enclosed = taken.draft.context.get("enclose")
        if paper_for is not None and enclosed:
            paper = paper_for(enclosed, taken.draft.context["about"])
        mail = envelope(taken.draft, letter, taken.studio, ports().now(), paper, taken.unsubscribe)
        kept = masked(taken.draft, letter, taken.link, taken.joined, taken.unsubscribe)
    except Exception as error:  # noqa: BLE001 -- whatever it is, trying again cannot help
        log.warning("message %s could not be written: %s", taken.id, type(error).__name__)
        _failed(taken, f"It could not be written: {error}", permanent=True)
        return None

    begun = False

    def before_data() -> bool:
        nonlocal begun
        begun = _begin_data(taken)
        return begun

    try:
        ports().mailer.send(mail, before_data=before_data)
    except MailNotTaken as refusal:
        log.warning("message %s not taken, permanent: %s", taken.id, refusal.permanent)
        _failed(taken, refusal.answer, permanent=refusal.permanent)
        return None
    if not begun:
        log.info("message %s was taken by somebody else or withdrawn", taken.id)
        return None
    log.info("message %s (%s) sent", taken.id, taken.draft.kind)
    return _HandedOver(taken.id, kept)


@retried
def _begin_data(taken: _Taken) -> bool:
    with transaction() as session:
        return claims.begin_data(session, taken.id, taken.lease, ports().shared_now())


@retried
def _sent(message: _HandedOver) -> None:
    with transaction() as session:
        claims.mark_sent(session, message.id, message.kept, ports().now())


@retried
def _failed(taken: _Taken, error: str, *, permanent: bool) -> None:
    with transaction() as session:
        claims.mark_failed(
            session, taken.id, taken.lease, ports().now(), error=error, permanent=permanent
        )
