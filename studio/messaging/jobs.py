"""The worker's part: one message at a time is taken, written, handed over and marked.

A mail may arrive twice, if a worker dies between the server's yes and our mark, but none is lost;
its Message-ID is the same both times. Logs name a message by its number and kind: never its
recipient, its words or the server's answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from studio.db import retried, transaction
from studio.messaging import claims, origin
from studio.messaging.models import Message, MessageState
from studio.messaging.rendering import Draft, Letter, Stationery, envelope, masked_link, write
from studio.ports import ports
from studio.ports.mailer import MailNotTaken
from studio.scheduling.models import Studio

log = logging.getLogger(__name__)

LinkFor = Callable[[Session, int, str], str]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message that is ours until its lease runs out."""

    id: int
    lease: str
    draft: Draft
    studio: Stationery
    link: str


def send_due_mail(
    link_for: LinkFor, limit: int = 20, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Send what is due, at most *limit* messages, and say how many were sent.

    *link_for* (session, booking_id, "booking", "prep" or "checkout") makes the client's link, in
    the transaction that takes the message. None is begun once *stopping* says yes: a slow mail
    server may take a minute for each.
    """
    sent = 0
    while sent < limit and not stopping():
        some_due, taken = _take(link_for)
        if not some_due:
            break
        if taken:
            sent += _deliver(taken)
    return sent


@retried
def _take(link_for: LinkFor) -> tuple[bool, _Taken | None]:
    """Whether a message was due, and the message, unless it turned out that it must not go."""
    now = ports().now()
    with transaction() as session:
        message = claims.take(session, now)
        if message is None:
            return False, None
        if message.attempts > claims.TRIES:
            _drop(message, MessageState.DEAD, "Every try ended before the mail server answered.")
            return True, None
        if message.use_by and now >= message.use_by:
            _drop(message, MessageState.SKIPPED, "Its time had passed.")
            return True, None
        draft = Draft.of(message)
        link = _link(session, message, draft, link_for)
        if link is None:
            return True, None
        studio = Stationery.of(session.get_one(Studio, 1))
        return True, _Taken(message.id, message.lease or "", draft, studio, link)


def _link(session: Session, message: Message, draft: Draft, link_for: LinkFor) -> str | None:
    """The real link; None if there can be none, and then the message is given up."""
    if draft.link_to is None or message.booking_id is None:
        return origin.base_url()
    try:
        with session.begin_nested():
            return link_for(session, message.booking_id, draft.link_to)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 -- else this one message would stop all others
        _drop(message, MessageState.DEAD, f"No link could be made ({type(error).__name__}).")
        return None


def _drop(message: Message, state: MessageState, why: str) -> None:
    message.state, message.error, message.lease = state, why, None
    log.warning("message %s (%s) is %s: %s", message.id, message.kind, state, why)


def _deliver(taken: _Taken) -> bool:
    """Whether the message was handed over."""
    try:
        letter = write(taken.draft, taken.studio, taken.link)
        mail = envelope(taken.draft, letter, taken.studio, ports().now())
        kept = write(taken.draft, taken.studio, masked_link(taken.draft))
    except Exception as error:  # noqa: BLE001 -- whatever it is, trying again cannot help
        log.warning("message %s could not be written: %s", taken.id, type(error).__name__)
        _failed(taken, f"It could not be written: {error}", permanent=True)
        return False

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
        return False
    if not begun:
        log.info("message %s was taken by somebody else or withdrawn", taken.id)
        return False
    _sent(taken, kept)
    log.info("message %s (%s) sent", taken.id, taken.draft.kind)
    return True


@retried
def _begin_data(taken: _Taken) -> bool:
    with transaction() as session:
        return claims.begin_data(session, taken.id, taken.lease, ports().now())


@retried
def _sent(taken: _Taken, kept: Letter) -> None:
    with transaction() as session:
        message = claims.mark_sent(session, taken.id, ports().now())
        if message:
            message.sent_subject = kept.subject
            message.sent_text, message.sent_html = kept.text, kept.html


@retried
def _failed(taken: _Taken, error: str, *, permanent: bool) -> None:
    with transaction() as session:
        claims.mark_failed(
            session, taken.id, taken.lease, ports().now(), error=error, permanent=permanent
        )
