"""Keeping what a client answers and shows, as they go, and sending it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from studio.booking import history, replanning
from studio.booking.form.pictures import MOST_PICTURES, Picture
from studio.booking.models import Booking
from studio.db import retried, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.questions import Answer
from studio.ports import ports
from studio.prep import checklist
from studio.prep.questionnaires import queries
from studio.prep.questionnaires.models import PrepAnswer, PrepForm, PrepPicture
from studio.prep.questionnaires.queries import Asked


class NothingAsked(Exception):
    """The session does not take place, has begun, or asks nothing."""


class TooManyPictures(Exception):
    """There are as many pictures as one session can have."""


def is_open(booking: Booking, now: datetime) -> bool:
    """Whether answers may be given and changed: until the session begins."""
    return booking.state is BookingState.CONFIRMED and now < booking.starts_at


@retried
def keep_answers(
    booking_id: int, questionnaire_id: int, given: Mapping[str, Answer | None]
) -> None:
    """Keep what was *given*, None where an answer was taken back; what else was kept stays.

    The first answer binds the client to the questionnaire they were shown; what only another one
    asks, which they have before them in a second tab, is kept beside it. A form that was sent in
    and now lacks an answer has to be sent in again.

    Raises:
        NothingAsked: nothing is written then.
    """
    now = ports().now()
    with transaction() as session:
        booking = _locked(session, booking_id, now)
        before = queries.stored(session, booking.id)
        changed = {key: value for key, value in given.items() if before.get(key) != value}
        if not changed:
            return
        form = _begun(session, booking, questionnaire_id, now)
        known = {each.key for each in _asked(session, booking, questionnaire_id).questions}
        changed = {key: value for key, value in changed.items() if key in known}
        _write(session, booking.id, changed, now)
        _reconsider(session, booking, form, now)
        replanning.replan(session, booking, now)


@retried
def send_in(booking_id: int, questionnaire_id: int) -> Sequence[str]:
    """Say that the form is filled in; the keys of what has to be answered before, if any.

    *questionnaire_id* is the version they were shown, which counts where none is begun yet.

    Raises:
        NothingAsked: nothing is written then.
    """
    now = ports().now()
    with transaction() as session:
        booking = _locked(session, booking_id, now)
        asked = _asked(session, booking, questionnaire_id)
        if asked.open:
            return [each.key for each in asked.open]
        form = _begun(session, booking, asked.questionnaire.id, now)
        if form.sent_at is None:
            form.sent_at = now
            history.note(session, booking, "form sent in", by=history.CLIENT, now=now)
        return ()


@retried
def add_picture(
    booking_id: int, questionnaire_id: int, key: str, picture: Picture, file: str
) -> bool:
    """Note a picture that is kept as *file*; False if the same is there already.

    Raises:
        NothingAsked, TooManyPictures: nothing is written then.
    """
    now = ports().now()
    with transaction() as session:
        booking = _locked(session, booking_id, now)
        form = _begun(session, booking, questionnaire_id, now)
        known = queries.pictures_of(session, booking.id)
        if (key, picture.digest) in {(each.key, each.digest) for each in known}:
            return False
        if len(known) >= MOST_PICTURES:
            raise TooManyPictures
        session.add(
            PrepPicture(
                booking_id=booking.id,
                key=key,
                file=file,
                digest=picture.digest,
                media_type=picture.media_type,
                size=len(picture.content),
                width=picture.width,
                height=picture.height,
                added_at=now,
            )
        )
        session.flush()
        _reconsider(session, booking, form, now)
        return True


@retried
def remove_picture(booking_id: int, picture_id: int, *, by: str) -> str:
    """Forget a picture, at any time; the name of the file, which is to be removed after this.

    It is "" where there is no such picture.
    """
    now = ports().now()
    with transaction() as session:
        booking = history.locked(session, booking_id)
        found = queries.picture(session, booking.id, picture_id)
        if found is None:
            return ""
        file = found.file
        session.delete(found)
        session.flush()
        form = session.get_one(PrepForm, booking.id)
        if is_open(booking, now):
            _reconsider(session, booking, form, now)
        if by != history.CLIENT:
            history.note(session, booking, "picture removed", by=by, now=now)
        return file


def _locked(session: Session, booking_id: int, now: datetime) -> Booking:
    booking = history.locked(session, booking_id)
    if not is_open(booking, now):
        raise NothingAsked
    return booking


def _asked(session: Session, booking: Booking, shown: int = 0) -> Asked:
    asked = queries.asked_of(session, booking.id, booking.package.session_type_id, shown=shown)
    if asked is None:
        raise NothingAsked
    return asked


def _begun(session: Session, booking: Booking, questionnaire_id: int, now: datetime) -> PrepForm:
    """The client's form; begun by this if it was not, with the version they were shown."""
    form = session.get(PrepForm, booking.id)
    if form is None:
        shown = _asked(session, booking, questionnaire_id).questionnaire
        form = PrepForm(booking_id=booking.id, questionnaire_id=shown.id, changed_at=now)
        session.add(form)
        session.flush()
        checklist.note_opening(session, booking.id, now)
    return form


def _write(
    session: Session, booking_id: int, changed: Mapping[str, Answer | None], now: datetime
) -> None:
    session.execute(
        delete(PrepAnswer).where(PrepAnswer.booking_id == booking_id, PrepAnswer.key.in_(changed))
    )
    session.add_all(
        PrepAnswer(booking_id=booking_id, key=key, answer=value, answered_at=now)
        for key, value in changed.items()
        if value is not None
    )
    session.flush()


def _reconsider(session: Session, booking: Booking, form: PrepForm, now: datetime) -> None:
    """What other answers make of a form that was sent in."""
    form.changed_at = now
    if form.sent_at and _asked(session, booking).open:
        form.sent_at = None
        history.note(session, booking, "form open again", by=history.CLIENT, now=now)
