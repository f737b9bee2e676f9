"""Naming who is photographed, answering, taking back, and writing what is asked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from studio.booking import history, posting, replanning
from studio.booking.letter_facts import facts_of
from studio.booking.models import Booking
from studio.booking.releases import paper, queries
from studio.booking.releases.models import Level, Release, ReleaseText, Sitter
from studio.db import retried, transaction
from studio.domain.lifecycle import BookingState
from studio.payments import ledger
from studio.ports import ports
from studio.scheduling.queries import the_studio

# A session that is agreed, or took place already.
OPEN = (BookingState.CONFIRMED, BookingState.COMPLETED)
_ORDER = list(Level)


class NothingToSign(Exception):
    """The session does not take place, or the studio asks for no release."""


class NotNamed(Exception):
    """Nobody of this number is photographed in this session, or not any more."""


class TooMany(Exception):
    """More people are named than one session can hold."""


class HasAnswered(Exception):
    """Whoever has answered stays named, since what they signed stays."""


class TextChanged(Exception):
    """What is asked became something else while the page was open: nobody signs unread."""


class NotTheirName(Exception):
    """The name that was typed is not *signer*, who has to sign."""

    def __init__(self, signer: str) -> None:
        super().__init__("another name")
        self.signer = signer


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSitter:
    name: str
    minor: bool = False
    guardian_name: str = ""
    guardian_relation: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An answer: *version* is of the text that was shown, *address* where it came from."""

    level: Level
    name: str
    version: int
    address: str


@retried
def name_sitter(booking_id: int, new: NewSitter) -> None:
    """Say who is photographed; the same person named again is one person.

    Raises:
        NothingToSign, TooMany: nothing is written then.
    """
    with transaction() as session:
        booking = _locked(session, booking_id)
        known = queries.answers_of(session, booking.id)
        if any(_same(each.sitter.name, new.name) for each in known):
            return
        if len(known) >= queries.MOST_SITTERS:
            raise TooMany
        session.add(
            Sitter(
                booking_id=booking.id,
                name=new.name,
                minor=new.minor,
                guardian_name=new.guardian_name if new.minor else "",
                guardian_relation=new.guardian_relation if new.minor else "",
                email=new.email,
            )
        )
        # Their age may decide what the guide says.
        replanning.replan(session, booking, ports().now())


@retried
def forget_sitter(booking_id: int, sitter_id: int) -> None:
    """Whoever was named by mistake is not photographed.

    Raises:
        NotNamed, HasAnswered: nothing is written then.
    """
    with transaction() as session:
        booking = history.locked(session, booking_id)
        sitter = _sitter(session, booking_id, sitter_id)
        if queries.latest(session, sitter.id) is not None:
            raise HasAnswered
        session.delete(sitter)
        replanning.replan(session, booking, ports().now())


@retried
def answer_release(booking_id: int, sitter_id: int, signature: Signature) -> None:
    """Keep a yes with its signature, or a no; the same answer again is one answer.

    Staff are told when somebody allows less than before.

    Raises:
        NothingToSign, NotNamed, TextChanged, NotTheirName: nothing is written then.
    """
    now = ports().now()
    with transaction() as session:
        booking = _locked(session, booking_id)
        sitter = _sitter(session, booking_id, sitter_id)
        text = queries.newest_text(session)
        if text is None:
            raise NothingToSign
        if text.version != signature.version:
            raise TextChanged
        if signature.level is not Level.NONE and not _same(signature.name, sitter.signer):
            raise NotTheirName(sitter.signer)
        before = queries.latest(session, sitter.id)
        allowed = before.allows if before else Level.NONE
        if before and before.text_id == text.id and allowed is signature.level:
            return
        signed = Release(
            sitter_id=sitter.id,
            number=before.number + 1 if before else 1,
            text_id=text.id,
            level=signature.level,
            signed_name=signature.name if signature.level is not Level.NONE else "",
            signed_at=now,
            signed_from=signature.address,
            told={},
        )
        signed.told = paper.told(the_studio(session), booking, sitter, signed, text)
        session.add(signed)
        session.flush()  # its number goes into the key of the letter
        history.note(
            session, booking, "release answered", by=history.CLIENT, now=now,
            reason=f"{sitter.name}: {paper.LEVELS[signature.level]}",
        )  # fmt: skip
        if _ORDER.index(signature.level) < _ORDER.index(allowed):
            _tell(session, booking, sitter, signed)


@retried
def withdraw_release(booking_id: int, sitter_id: int) -> None:
    """Take a yes back, at once and at any time; staff are told, once.

    Raises:
        NotNamed: if nobody of this number is photographed here.
    """
    now = ports().now()
    with transaction() as session:
        booking = history.locked(session, booking_id)
        sitter = _sitter(session, booking_id, sitter_id)
        given = queries.latest(session, sitter.id)
        if given is None or given.allows is Level.NONE:
            return
        given.withdrawn_at = now
        history.note(
            session, booking, "release withdrawn", by=history.CLIENT, now=now, reason=sitter.name
        )
        _tell(session, booking, sitter, given)


@retried
def write_text(
    body: str, portfolio: str, advertising: str, *, asks_again: bool, by: str
) -> ReleaseText | None:
    """Have another text signed from now on; None, and no new version, where nothing changed."""
    with transaction() as session:
        before = queries.newest_text(session)
        said = (body, portfolio, advertising)
        if before and (before.body, before.portfolio, before.advertising) == said:
            return None
        text = ReleaseText(
            version=before.version + 1 if before else 1,
            body=body,
            portfolio=portfolio,
            advertising=advertising,
            asks_again=asks_again or before is None,
            written_by=by,
            created_at=ports().now(),
        )
        session.add(text)
        return text


def _tell(session: Session, booking: Booking, sitter: Sitter, release: Release) -> None:
    """The studio learns that a picture may be shown less than before."""
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    posting.to_staff(
        session, facts, "staff_release", facts.studio.email, ports().now(),
        sitter=sitter.name,
        allows=paper.LEVELS[release.allows],
        booking_id=booking.id,
        number=release.id,
    )  # fmt: skip


def _locked(session: Session, booking_id: int) -> Booking:
    booking = history.locked(session, booking_id)
    if booking.state not in OPEN:
        raise NothingToSign
    return booking


def _sitter(session: Session, booking_id: int, sitter_id: int) -> Sitter:
    found = queries.sitter(session, booking_id, sitter_id)
    if found is None:
        raise NotNamed
    return found


def _same(one: str, other: str) -> bool:
    """Whether two people would call these the same name."""
    return one.casefold().split() == other.casefold().split()
