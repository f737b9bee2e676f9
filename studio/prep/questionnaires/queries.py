from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Label, Select, case, func, select, tuple_
from sqlalchemy.orm import Session

from studio.domain import questions
from studio.domain.questions import Answer, Answers, Question
from studio.domain.readiness import Form
from studio.prep.questionnaires.models import PrepAnswer, PrepForm, PrepPicture, Questionnaire


@dataclass(frozen=True, slots=True)
class Asked:
    """What one booking's client is asked, and what they have said and shown so far.

    *answers* also holds how many pictures there are to a question for pictures.
    """

    questionnaire: Questionnaire
    form: PrepForm | None
    questions: Sequence[Question]
    answers: Answers
    pictures: Sequence[PrepPicture]

    @property
    def state(self) -> Form:
        if self.form is None:
            return Form.MISSING
        return Form.IN if self.form.sent_at else Form.BEGUN

    @property
    def applying(self) -> Collection[str]:
        """The keys of the questions that apply to this client."""
        return {each.key for each in questions.applying(self.questions, self.answers)}

    @property
    def aside(self) -> Collection[str]:
        """The keys of the questions that do not apply to this client."""
        return {each.key for each in self.questions} - set(self.applying)

    @property
    def open(self) -> Sequence[Question]:
        """What has to be answered before the form can be sent in."""
        return questions.unanswered(self.questions, self.answers)


def newest(session: Session, session_type_id: int) -> Questionnaire | None:
    return session.scalars(_newest_of(session_type_id)).one_or_none()


def version(session: Session, session_type_id: int, number: int) -> Questionnaire | None:
    wanted = select(Questionnaire).where(
        Questionnaire.session_type_id == session_type_id, Questionnaire.version == number
    )
    return session.scalars(wanted).one_or_none()


def _newest_of(session_type_id: int) -> Select[Questionnaire]:
    return (
        select(Questionnaire)
        .where(Questionnaire.session_type_id == session_type_id)
        .order_by(Questionnaire.version.desc())
        .limit(1)
    )


def begun(session: Session, booking_id: int) -> tuple[Questionnaire, PrepForm] | None:
    """The form that a client has begun, with the version they keep to."""
    found = session.execute(
        select(Questionnaire, PrepForm)
        .join(PrepForm, PrepForm.questionnaire_id == Questionnaire.id)
        .where(PrepForm.booking_id == booking_id)
    ).one_or_none()
    return (found.Questionnaire, found.PrepForm) if found else None


def asked_of(
    session: Session, booking_id: int, session_type_id: int, *, shown: int = 0
) -> Asked | None:
    """What a booking's client is asked; None for nothing.

    It is the version they began, else the one with the id *shown* that they have before them,
    if it is of this session type, else the newest. To a version that they began comes what only
    the one *shown* asks, and what they have answered of another one.
    """
    known = begun(session, booking_id)
    of = known[0].session_type_id if known else session_type_id
    seen = session.get(Questionnaire, shown) if shown else None
    if seen and seen.session_type_id != of:
        seen = None
    questionnaire = known[0] if known else seen or newest(session, of)
    if questionnaire is None or not questionnaire.asked:
        return None
    asked = {each.key: each for each in _asked(questionnaire)}
    if known is None:
        return Asked(questionnaire, None, [*asked.values()], {}, ())
    pictures = pictures_of(session, booking_id)
    answers = answers_with(pictures, stored(session, booking_id))
    besides = _asked(seen) if seen else []
    if answers.keys() - asked.keys():
        besides += [each for each in asked_by_any(session, [of])[of] if each.key in answers]
    for each in besides:
        asked.setdefault(each.key, each)
    return Asked(questionnaire, known[1], [*asked.values()], answers, pictures)


def asked_by_any(
    session: Session, session_type_ids: Collection[int]
) -> Mapping[int, Sequence[Question]]:
    """What any version of each session type has asked, first as the newest that does asks it."""
    found: dict[int, list[Question]] = {each: [] for each in session_type_ids}
    for version in session.scalars(
        select(Questionnaire)
        .where(Questionnaire.session_type_id.in_(session_type_ids))
        .order_by(Questionnaire.version.desc())
    ):
        found[version.session_type_id] += _asked(version)
    return found


def _asked(questionnaire: Questionnaire) -> list[Question]:
    return [each for each in questionnaire.questions if not each.archived]


def stored(session: Session, booking_id: int) -> dict[str, Answer]:
    """Every answer of a booking by its question's key, whether the question applies or not."""
    rows = session.execute(
        select(PrepAnswer.key, PrepAnswer.answer).where(PrepAnswer.booking_id == booking_id)
    )
    return {row.key: row.answer for row in rows}


def pictures_of(session: Session, booking_id: int) -> Sequence[PrepPicture]:
    return session.scalars(
        select(PrepPicture).where(PrepPicture.booking_id == booking_id).order_by(PrepPicture.id)
    ).all()


def picture(session: Session, booking_id: int, picture_id: int) -> PrepPicture | None:
    """One picture of this booking; none of another."""
    return session.scalars(
        select(PrepPicture).where(
            PrepPicture.id == picture_id, PrepPicture.booking_id == booking_id
        )
    ).one_or_none()


def answers_with(pictures: Sequence[PrepPicture], answers: Mapping[str, Answer]) -> Answers:
    """*answers*, and how many of *pictures* were added to each question for pictures."""
    counted: dict[str, int] = {}
    for each in pictures:
        counted[each.key] = counted.get(each.key, 0) + 1
    return {**answers, **counted}


def form_days(session_type_id: int) -> Label[int | None]:
    """How many days ahead the answers to the newest version are needed; None if it asks nothing."""
    days = case((Questionnaire.asked > 0, Questionnaire.days_before))
    newest_of = _newest_of(session_type_id).with_only_columns(days)
    return newest_of.scalar_subquery().label("form_days")


def asking() -> Select[int]:
    """The ids of the session types whose newest version asks something."""
    latest = select(Questionnaire.session_type_id, func.max(Questionnaire.version)).group_by(
        Questionnaire.session_type_id
    )
    return select(Questionnaire.session_type_id).where(
        tuple_(Questionnaire.session_type_id, Questionnaire.version).in_(latest),
        Questionnaire.asked > 0,
    )


def newest_by_type(session: Session) -> Mapping[int, Questionnaire]:
    """The newest version of every session type that has one."""
    rows = session.scalars(select(Questionnaire).order_by(Questionnaire.version))
    return {each.session_type_id: each for each in rows}
