"""What clients have answered, as plain values for rules that depend on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.domain import questions
from studio.domain.questions import Answer, Answers, Question
from studio.prep.questionnaires.models import PrepAnswer, PrepForm, Questionnaire
from studio.prep.questionnaires.queries import asked_by_any


def answers_of(session: Session, booking_id: int) -> Answers:
    """The answers of one booking that count; of nobody who has not begun."""
    return answers_of_all(session, [booking_id]).get(booking_id, {})


def answers_of_all(session: Session, booking_ids: Collection[int]) -> Mapping[int, Answers]:
    """The answers that count, by booking and by the key of their question.

    Yes and no are booleans, several choices a list of their values, a date is text such as
    "2026-12-24". Pictures are no answers that a rule could ask for. An answer to what only another
    version asks than the one that was begun, as a second tab may have shown it, counts too.
    """
    given: dict[int, dict[str, Answer]] = {}
    for row in session.execute(
        select(PrepAnswer.booking_id, PrepAnswer.key, PrepAnswer.answer).where(
            PrepAnswer.booking_id.in_(booking_ids)
        )
    ):
        given.setdefault(row.booking_id, {})[row.key] = row.answer
    begun = session.execute(
        select(PrepForm.booking_id, Questionnaire.session_type_id, Questionnaire.content)
        .join(Questionnaire, Questionnaire.id == PrepForm.questionnaire_id)
        .where(PrepForm.booking_id.in_(given))
    ).all()
    asked = {
        row.booking_id: {each["key"]: Question.from_json(each) for each in row.content}
        for row in begun
    }
    kinds = {
        row.booking_id: row.session_type_id
        for row in begun
        if given[row.booking_id].keys() - asked[row.booking_id].keys()
    }
    besides = asked_by_any(session, set(kinds.values())) if kinds else {}
    for booking_id, kind in kinds.items():
        for each in besides[kind]:
            if each.key in given[booking_id]:
                asked[booking_id].setdefault(each.key, each)
    return {each: questions.counting(of.values(), given[each]) for each, of in asked.items()}
