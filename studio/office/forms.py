from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from studio.booking.forms import FiguresField
from studio.booking.service import Cancellation, Charge, Received
from studio.catalogue.fields import TickField
from studio.domain.pricing import LineKind
from studio.domain.terms import CalledOffBy, Settlement
from studio.office.once import OnceField
from studio.payments.models import Method
from studio.web.fields import DayField, LineField, MoneyField, WholeNumberField
from studio.web.form import Form, SelectChoice

_LARGEST_UNITS = 1_000_000
_YEAR = timedelta(days=366)


class ForPackages(Form):
    """A form in which packages are ticked."""

    package_ids: TickField

    def __init__(self, packages: Sequence[SelectChoice], **kwargs: Any) -> None:
        self._packages = packages
        super().__init__(**kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be ticked is known before what was.
        self.package_ids.choices = self._packages
        super().process(*args, **kwargs)


class CancelForm(Form):
    """Who cancels and why, with the figures that stood on the page."""

    called_off_by = RadioField(
        "Who cancels?",
        choices=[
            SelectChoice(CalledOffBy.CLIENT.value, "The client cancels: by the terms"),
            SelectChoice(CalledOffBy.STUDIO.value, "We cancel: everything goes back"),
        ],
        validators=[InputRequired("Please choose who cancels.")],
    )
    reason = LineField(
        "Why?", longest=300, description="Kept in our history; the client is not shown it."
    )
    shown_client = FiguresField("Shown")
    shown_studio = FiguresField("Shown")

    def show(self, proposals: Mapping[CalledOffBy, Settlement]) -> None:
        """Carry along the figures that the page is about to show."""
        for field, side in (
            (self.shown_client, CalledOffBy.CLIENT),
            (self.shown_studio, CalledOffBy.STUDIO),
        ):
            field.raw_data, field.data = None, proposals[side].figures

    def to_request(self, actor: str) -> Cancellation:
        side = CalledOffBy(self.called_off_by.data)
        shown = self.shown_client if side is CalledOffBy.CLIENT else self.shown_studio
        return Cancellation(
            called_off_by=side, reason=self.reason.data, shown=shown.data, actor=actor
        )


class ReceivedForm(Form):
    """Money that came in; the form's meta names the currency."""

    amount = MoneyField("Amount", most=_LARGEST_UNITS)
    method = SelectField(
        "How it came",
        choices=[
            SelectChoice(Method.CASH.value, "Cash"),
            SelectChoice(Method.TERMINAL.value, "Card, on the terminal"),
            SelectChoice(Method.TRANSFER.value, "Bank transfer"),
            SelectChoice(Method.CHEQUE.value, "Cheque"),
        ],
    )
    note = LineField("Note", required=False, longest=120, description="Only staff see it.")
    once = OnceField()

    def to_request(self, by: str) -> Received:
        return Received(
            method=Method(self.method.data),
            amount=self.amount.data,
            note=self.note.data,
            by=by,
            once=self.once.data,
        )


class ChargeForm(Form):
    """What is added to a price; the form's meta names the currency."""

    kind = RadioField(
        "What is it?",
        choices=[
            SelectChoice(LineKind.EXTRA.value, "Something more: a picture, a print, more time"),
            SelectChoice(LineKind.FEE.value, "A fee by our terms"),
        ],
        default=LineKind.EXTRA.value,
    )
    label = LineField("What the client reads", longest=80)
    amount = MoneyField("Price", most=_LARGEST_UNITS)
    due_on = DayField("Due on")
    once = OnceField()

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if not self.amount.data:
            self.amount.errors = ["Please choose more than nothing."]
        return not self.errors

    def check(self, today: date) -> bool:
        """Whether it was posted and makes sense; *today* is the studio's."""
        if not self.validate_on_submit():
            return False
        if not today <= self.due_on.data <= today + _YEAR:
            self.due_on.errors = ["Please choose a day from today on, within a year."]
        return not self.errors

    def to_request(self, due_at: datetime, by: str) -> Charge:
        return Charge(
            label=self.label.data,
            amount=self.amount.data,
            kind=LineKind(self.kind.data),
            due_at=due_at,
            by=by,
            once=self.once.data,
        )


class AcceptForm(Form):
    """Taking a payment of another amount than was asked for."""

    payment_id = WholeNumberField("Payment", least=1, most=2**53, widget=HiddenInput())
    missing = RadioField(
        "What is missing",
        choices=[
            SelectChoice("owed", "The client still owes it"),
            SelectChoice("let_off", "We do not ask for it"),
        ],
        default="owed",
    )
    reason = LineField("Why?", longest=300, description="Kept in our history.")


class GiveBackForm(Form):
    """Money to give back; the form's meta names the currency."""

    amount = MoneyField("Amount", most=_LARGEST_UNITS)
    reason = LineField("Why?", longest=300, description="Kept in our history.")
    once = OnceField()


class ReverseForm(Form):
    reason = LineField("Why?", longest=300, description="Kept in our history.")
