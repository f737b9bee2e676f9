"""What a client has answered, as plain values for rules that depend on it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from studio.domain import questions
from studio.domain.questions import Answers
from studio.prep.questionnaires import queries


def answers_of(session: Session, booking_id: int) -> Answers:
    """The answers that count, by the key of their question; of nobody who has not begun.

    Yes and no are booleans, several choices a list of their values, a date is text such as
    "2026-12-24", and a question for pictures has the number of them.
    """
    known = queries.begun(session, booking_id)
    if known is None:
        return {}
    given = queries.answers_with(
        queries.pictures_of(session, booking_id), queries.stored(session, booking_id)
    )
    return questions.counting(known[0].questions, given)
