"""How far clients have come with what they were sent and asked, for many of them at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from studio.domain.readiness import Form
from studio.prep.models import PrepOpening, PrepTick
from studio.prep.questionnaires import queries as questionnaires
from studio.prep.questionnaires.models import PrepForm


class _Row(StrEnum):
    OPENED = "opened"
    TICKED = "ticked"
    BEGUN = "begun"
    SENT = "sent"
    ASKING = "asking"


@dataclass(frozen=True, slots=True)
class Progress:
    """Whose page a person has done something on, what is ticked, which forms are begun or in.

    *asking* are the session types that ask something at all.
    """

    opened: Collection[int]
    ticked: Mapping[int, Collection[str]]
    asking: Collection[int]
    _forms: Mapping[int, Form] = field(repr=False)

    def form(self, booking_id: int, session_type_id: int) -> Form:
        """What has become of the questions to a booking of this type."""
        unbegun = Form.MISSING if session_type_id in self.asking else Form.NOT_ASKED
        return self._forms.get(booking_id, unbegun)


def progress(session: Session, booking_ids: Collection[int]) -> Progress:
    """How far the clients of these bookings are, by one statement."""
    rows = session.execute(
        union_all(
            select(literal(_Row.OPENED.value), PrepOpening.booking_id, literal("")).where(
                PrepOpening.booking_id.in_(booking_ids)
            ),
            select(literal(_Row.TICKED.value), PrepTick.booking_id, PrepTick.item).where(
                PrepTick.booking_id.in_(booking_ids)
            ),
            select(literal(_Row.BEGUN.value), PrepForm.booking_id, literal("")).where(
                PrepForm.booking_id.in_(booking_ids), PrepForm.sent_at.is_(None)
            ),
            select(literal(_Row.SENT.value), PrepForm.booking_id, literal("")).where(
                PrepForm.booking_id.in_(booking_ids), PrepForm.sent_at.is_not(None)
            ),
            select(literal(_Row.ASKING.value), questionnaires.asking().subquery(), literal("")),
        )
    )
    found: dict[str, dict[int, set[str]]] = {each.value: {} for each in _Row}
    for what, number, word in rows:
        found[what].setdefault(number, set()).add(word)
    return Progress(
        opened=found[_Row.OPENED].keys(),
        ticked=found[_Row.TICKED],
        asking=found[_Row.ASKING].keys(),
        _forms={
            **dict.fromkeys(found[_Row.BEGUN], Form.BEGUN),
            **dict.fromkeys(found[_Row.SENT], Form.IN),
        },
    )
