"""What the demo studio asks its clients before their session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from studio.catalogue.models import SessionType
from studio.demo.reading import table
from studio.domain.questions import Question
from studio.prep.questionnaires.models import Questionnaire


def add_questionnaires(session: Session, types: Mapping[str, SessionType], now: datetime) -> None:
    for code, days_before, questions in questionnaires():
        session.add(
            Questionnaire(
                session_type_id=types[code].id,
                version=1,
                days_before=days_before,
                content=[each.to_json() for each in questions],
                asked=len(questions),
                created_at=now,
            )
        )


def questionnaires() -> Iterator[tuple[str, int, list[Question]]]:
    """For each session type its code, when the form should be in, and the questions."""
    file = table("questions.toml")
    known = {each["key"]: Question.from_json(each) for each in file["questions"]}
    for each in file["questionnaires"]:
        for code in each["session_types"]:
            yield code, each["days_before"], [known[key] for key in each["questions"]]
