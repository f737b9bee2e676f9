"""What the photographer takes along: set, looks, people, and what the client answered."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.booking.form.showing import drop_picture, shown_picture
from studio.booking.models import Booking
from studio.booking.releases import paper
from studio.booking.releases import queries as releases
from studio.db import db
from studio.domain import questions
from studio.domain.questions import Kind, Question
from studio.office import queries
from studio.office.shell import bp
from studio.prep.questionnaires import queries as questionnaires
from studio.prep.questionnaires.models import PrepPicture
from studio.prep.questionnaires.queries import Asked
from studio.web.filters import date_with_year
from studio.web.guards import staff

_SESSION = "/sessions/<id:booking_id>"
# Words with which people say that there is nothing to take care of.
_NOTHING = {"no", "none", "nothing", "n/a", "-"}


@dataclass(frozen=True, slots=True)
class Told:
    """One answer as staff read it; *care* is whether it is something to take care of."""

    question: Question
    words: str
    care: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What a client has answered to the questions that apply, and the pictures they showed."""

    asked: Asked
    told: list[Told]

    @property
    def care(self) -> list[Told]:
        return [each for each in self.told if each.care]

    @property
    def pictures(self) -> list[tuple[Question, PrepPicture]]:
        by_key = {each.key: each for each in self.asked.questions}
        return [
            (by_key[each.key], each)
            for each in self.asked.pictures
            if each.key in self.asked.applying
        ]


def answers(session: Session, booking: Booking) -> Answers | None:
    """What the client of *booking* answered; None where nothing is asked."""
    asked = questionnaires.asked_of(session, booking.id, booking.package.session_type_id)
    if asked is None:
        return None
    given = questions.counting(asked.questions, asked.answers)
    return Answers(
        asked,
        [
            _told(each, given[each.key])
            for each in asked.questions
            if each.key in given and each.kind is not Kind.PICTURES
        ],
    )


def _told(question: Question, answer: questions.Answer) -> Told:
    day = questions.as_day(answer) if question.kind is Kind.DATE else None
    words = date_with_year(day) if day else questions.in_words(question, answer)
    harmless = answer is False or words.strip(" .").casefold() in _NOTHING
    return Told(question, words, question.marked and not harmless)


@bp.get(f"{_SESSION}/sheet")
@staff("see_own_sessions")
def shoot_sheet(booking_id: int) -> ResponseReturnValue:
    """All that is needed in the studio on one page, made to be printed."""
    session, booking = db.session(), _booking(booking_id)
    return render_template(
        "office/sessions/sheet.html",
        booking=booking,
        zone=booking.zone,
        answers=answers(session, booking),
        sitters=releases.answers_of(session, booking.id),
        levels=paper.LEVELS,
    )


@bp.get(f"{_SESSION}/pictures/<id:picture_id>")
@staff("see_own_sessions")
def client_picture(booking_id: int, picture_id: int) -> ResponseReturnValue:
    booking = _booking(booking_id)
    return shown_picture(questionnaires.picture(db.session(), booking.id, picture_id))


@bp.post(f"{_SESSION}/pictures/<id:picture_id>/remove")
@staff("edit_prep")
def remove_client_picture(booking_id: int, picture_id: int) -> ResponseReturnValue:
    """Remove what should not be kept, for good."""
    booking = _booking(booking_id)
    person = people.asking()
    drop_picture(booking.id, picture_id, by=person.name)
    flash("The picture is removed for good.")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


def _booking(booking_id: int) -> Booking:
    person = people.asking()
    return queries.booking(db.session(), booking_id, people.scope(person)) or abort(404)
