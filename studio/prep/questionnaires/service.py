"""Saving what is asked: always as a new version, so that no answer loses its question."""

from __future__ import annotations

from collections.abc import Sequence

from studio.db import retried, transaction
from studio.domain.questions import Question
from studio.inserts import insert_if_new
from studio.ports import ports
from studio.prep.questionnaires import queries
from studio.prep.questionnaires.models import Questionnaire


class QuestionsChanged(Exception):
    """Somebody else has saved *version* since the questions were read that are to be saved."""

    def __init__(self, version: int, by: str) -> None:
        super().__init__(f"version {version} is newer")
        self.version = version
        self.by = by


@retried
def save_questions(
    session_type_id: int,
    questions: Sequence[Question],
    *,
    days_before: int,
    based_on: int,
    by: str,
) -> int:
    """Ask *questions* from now on; the number of the version that does.

    Whoever has begun to answer keeps the version they began. *based_on* is the version that was
    read before it was changed, 0 where there was none; saying the same again writes none.

    Raises:
        QuestionsChanged: if there is a newer one that asks something else.
    """
    now = ports().now()
    content = [each.to_json() for each in questions]
    with transaction() as session:
        known = queries.newest(session, session_type_id)
        if known and (known.content, known.days_before) == (content, days_before):
            return known.version
        if known and known.version != based_on:
            raise QuestionsChanged(known.version, known.saved_by)
        row = {
            "session_type_id": session_type_id,
            "version": known.version + 1 if known else 1,
            "days_before": days_before,
            "content": content,
            "asked": sum(not each.archived for each in questions),
            "created_at": now,
            "saved_by": by,
        }
        if not insert_if_new(session, Questionnaire, [row]):
            raise QuestionsChanged(based_on + 1, "")
        return based_on + 1
