from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import HiddenField, SelectField, SelectMultipleField

from studio.domain.lifecycle import BookingState
from studio.office.broadcast.selection import Choices, Selection
from studio.office.broadcast.service import Words
from studio.office.prep_forms import MessageForm
from studio.web.fields import DayField
from studio.web.form import Form, SelectChoice

_LONGEST_DAYS = 62


class SelectionForm(Form):
    """Which sessions; read from the address, since choosing changes nothing."""

    first_on = DayField("From")
    last_on = DayField("To, included", required=False, description="Empty: that day alone.")
    photographer = SelectField("Photographer")
    kind = SelectField("Kind of session")
    where = SelectField("Room or place")
    state = SelectField(
        "Sessions that",
        choices=[
            SelectChoice(BookingState.CONFIRMED.value, "are booked"),
            SelectChoice(BookingState.COMPLETED.value, "have taken place"),
        ],
    )

    def __init__(self, known: Choices, **kwargs: Any) -> None:
        self._known = known
        super().__init__(meta={"csrf": False}, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be chosen is known before what was.
        self.photographer.choices = _or_all(self._known.photographers)
        self.kind.choices = _or_all(self._known.kinds)
        self.where.choices = _or_all(self._known.places)
        super().process(*args, **kwargs)

    def selection(self) -> Selection | None:
        """What was asked for, or None with a sentence beside what is wrong."""
        if not self.validate():
            return None
        first: date = self.first_on.data
        last: date = self.last_on.data or first
        if not 0 <= (last - first).days < _LONGEST_DAYS:
            self.last_on.errors = [
                "Please choose a day on or after the first, at most two months of them."
            ]
            return None
        return Selection(
            first_on=first,
            last_on=last,
            photographer_id=int(self.photographer.data or 0),
            kind_id=int(self.kind.data or 0),
            where=self.where.data or "",
            state=BookingState(self.state.data),
        )


def _or_all(known: Sequence[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice("", "All"), *(SelectChoice(value, name) for value, name in known)]


class BroadcastForm(MessageForm):
    """The words, the sessions they go to, and what makes the form count once."""

    once = HiddenField()
    booking = SelectMultipleField("Sessions", coerce=str, validate_choice=False)

    def words(self) -> Words:
        return Words(self.subject.data, self.body.data)

    def booking_ids(self) -> list[int]:
        return [int(each) for each in self.booking.data or () if _is_id(each)]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
