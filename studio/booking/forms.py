from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from wtforms import BooleanField, Field, ValidationError
from wtforms.widgets import HiddenInput

from studio.booking import history
from studio.booking.reaching import ASKED
from studio.booking.service import Cancellation, Details, HoldRequest
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.web.fields import (
    PLANNED_YEARS,
    EmailTextField,
    LineField,
    ParagraphField,
    TypedField,
    WholeNumberField,
)
from studio.web.form import Form


class InstantField(Field):
    """An instant as our own pages write it: ISO 8601 with its offset."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        if not valuelist or not valuelist[0]:
            raise ValueError("Please choose a time.")
        self.data = instant(valuelist[0])

    def _value(self) -> str:
        return self.data.isoformat() if self.data else ""


def instant(text: str) -> datetime:
    """The instant that *text* names, in UTC.

    Raises:
        ValueError: unless it is ISO 8601 with an offset, to the minute or the second.
    """
    refused = ValueError("That is not a time we offer.")
    if not (16 <= len(text) <= 40 and text.isascii()):
        raise refused
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise refused from None
    # A week before or after the first and the last of years does not exist.
    plannable = found.year in PLANNED_YEARS
    if datetime.fromisoformat(text).tzinfo is None or found.microsecond or not plannable:
        raise refused
    return found


class SlugField(LineField):
    """One of our own short names; whether it is on sale is the service's question."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, required=False, longest=80, **kwargs)


class SlugsField(Field):
    """Several of our own short names."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = [text for text in valuelist if isinstance(text, str) and text]
        if len(self.data) > 20 or any(len(text) > 80 for text in self.data):
            raise ValueError("This extra does not go with the package.")


class FiguresField(TypedField):
    """What a page showed of the money, carried along unseen: three whole numbers."""

    widget = HiddenInput()

    def parse(self, text: str) -> Figures:
        parts = text.split()
        if len(parts) != len(Figures._fields) or not all(_whole(each) for each in parts):
            raise ValueError("Please read the figures again: something is wrong with this page.")
        return Figures(*(int(each) for each in parts))

    def written(self, value: Figures) -> str:
        return " ".join(str(each) for each in value)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


class HoldForm(Form):
    starts_at = InstantField("Time")
    photographer = SlugField("Photographer")
    add_on = SlugsField("Extras")
    people = WholeNumberField("People", least=1, most=100, required=False)
    place = SlugField("Place")
    key = SlugField("Key")

    def to_request(self, package: str, held_by: str, replaces: int | None) -> HoldRequest:
        return HoldRequest(
            package=package,
            starts_at=self.starts_at.data,
            photographer=self.photographer.data or None,
            add_ons=tuple(self.add_on.data or ()),
            people=self.people.data,
            place=self.place.data or None,
            held_by=held_by,
            # The page may be gone back to and another time chosen: that is another request.
            key=f"{self.key.data} {self.starts_at.data.isoformat()}" if self.key.data else None,
            replaces=replaces,
        )


class OwnCancelForm(Form):
    """A client cancels, after reading what becomes of the money of the session at *of*."""

    reason = ParagraphField("Would you like to tell us why?", required=False, longest=300)
    shown = FiguresField("Shown")
    of = InstantField("Session", widget=HiddenInput())

    def show(self, figures: Figures, starts_at: datetime) -> None:
        """Carry along what the page is about to show."""
        self.shown.raw_data, self.shown.data = None, figures
        self.of.data = starts_at

    def to_request(self) -> Cancellation:
        return Cancellation(
            called_off_by=CalledOffBy.CLIENT,
            reason=self.reason.data or "",
            shown=self.shown.data,
            actor=history.CLIENT,
            of=self.of.data,
        )


class OwnMoveForm(Form):
    """A client moves their session *to* another time, after reading the fee (minor units)."""

    to = InstantField("New time", widget=HiddenInput())
    away_from = InstantField("Session", widget=HiddenInput())
    fee = WholeNumberField("Fee", least=0, most=10**12, widget=HiddenInput())

    def show(self, to: datetime, away_from: datetime, fee: Money) -> None:
        """Carry along what the page is about to show."""
        self.to.data, self.away_from.data = to, away_from
        self.fee.raw_data, self.fee.data = None, fee.minor


class CodeForm(Form):
    code = LineField("Promo code, gift voucher or company code", required=False, longest=60)

    def refuse(self, sentence: str) -> None:
        self.code.errors = [sentence]


class DetailsForm(Form):
    name = LineField("Your name", longest=200)
    email = EmailTextField("Email")
    phone = LineField("Phone", required=False, longest=30)
    address = ParagraphField("Where shall we come?", required=False, longest=500)
    notes = ParagraphField("Anything we should know?", required=False, longest=5000)
    keep_card = BooleanField()
    purchase_order = LineField("Purchase order", required=False, longest=60)
    accept_policy = BooleanField("I have read the terms and agree to them")

    def check(self, *, reached_by: str | None, order_for: str = "") -> bool:
        """Whether it was posted and all that this session needs is there.

        *reached_by* is the field that says where we find them, if they do not come to us.
        """
        if reached_by:
            self[reached_by].flags.required = True
        if not self.validate_on_submit():
            return False
        if reached_by and not self[reached_by].data:
            self[reached_by].errors = [ASKED[reached_by]]
        if order_for and not self.purchase_order.data:
            self.purchase_order.errors = [f"{order_for} wants a purchase order."]
        return not self.errors

    def validate_phone(self, field: Field) -> None:
        check_phone(field.data or "")

    def validate_accept_policy(self, field: Field) -> None:
        if not field.data:
            raise ValidationError("Please read the terms and tick the box to go on.")

    def to_details(self) -> Details:
        return Details(
            name=self.name.data,
            email=self.email.data,
            phone=self.phone.data or "",
            address=self.address.data or "",
            notes=self.notes.data or "",
            keeps_card=self.keep_card.data,
            purchase_order=self.purchase_order.data or "",
        )


def check_phone(text: str) -> None:
    """Refuse what cannot be a phone number.

    Raises:
        ValidationError: with a sentence.
    """
    digits = sum(c in "0123456789" for c in text)
    if text and (set(text) - set("+0123456789 ()-") or not 5 <= digits <= 15):
        raise ValidationError("Please type a phone number, such as +44 20 7946 0000.")
