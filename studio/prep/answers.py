"""What clients have answered, as plain values for rules that depend on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.domain import questions
from studio.domain.questions import Answer, Answers, Question
from studio.prep.questionnaires.models import PrepAnswer, PrepForm, Questionnaire


def answers_of(session: Session, booking_id: int) -> Answers:
    """The answers of one booking that count; of nobody who has not begun."""
    return answers_of_all(session, [booking_id]).get(booking_id, {})


def answers_of_all(session: Session, booking_ids: Collection[int]) -> Mapping[int, Answers]:
    """The answers that count, by booking and by the key of their question.

    Yes and no are booleans, several choices a list of their values, a date is text such as
    "2026-12-24". Pictures are no answers that a rule could ask for.
    """
    given: dict[int, dict[str, Answer]] = {}
    for row in session.execute(
        select(PrepAnswer.booking_id, PrepAnswer.key, PrepAnswer.answer).where(
            PrepAnswer.booking_id.in_(booking_ids)
        )
    ):
        given.setdefault(row.booking_id, {})[row.key] = row.answer
    asked = session.execute(
        select(PrepForm.booking_id, Questionnaire.content)
        .join(Questionnaire, Questionnaire.id == PrepForm.questionnaire_id)
        .where(PrepForm.booking_id.in_(given))
    )
    return {
        row.booking_id: questions.counting(
            [Question.from_json(each) for each in row.content], given[row.booking_id]
        )
        for row in asked
    }
