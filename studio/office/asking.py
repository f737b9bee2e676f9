"""What staff ask the calendar about: a package with its choices, and a time on the wall clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy.orm import Session
from wtforms import RadioField, SelectField, SelectMultipleField, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from studio.booking import sale
from studio.booking.forms import check_phone
from studio.booking.sale import NotOffered, Sale
from studio.booking.service import DeskRequest, Details, MoveRequest
from studio.catalogue.models import Package
from studio.catalogue.queries import packages
from studio.db import db
from studio.domain.terms import CalledOffBy, Moving
from studio.domain.wall_clock import is_repeated, is_skipped
from studio.office.overriding import named
from studio.scheduling.openings import known_house
from studio.scheduling.queries import photographers
from studio.web.fields import (
    DayField,
    EmailTextField,
    LineField,
    ParagraphField,
    WallTimeField,
    WholeNumberField,
)
from studio.web.filters import money
from studio.web.form import Form, SelectChoice

_ANYBODY = ""
_NEITHER, _SECOND = "", "second"


class ClockForm(Form):
    """A time on the studio's clock, and which of the two it is where autumn repeats an hour.

    The second question is asked once it matters: no one answers it in advance.
    """

    at = WallTimeField("Time", description="On the studio's clock.")
    which = SelectField(
        "Which of the two?",
        validators=[],
        default=_NEITHER,
        choices=[
            SelectChoice(_NEITHER, "Please choose"),
            SelectChoice("first", "The first, before the clocks go back"),
            SelectChoice(_SECOND, "The second, after the clocks have gone back"),
        ],
    )

    def validate_at(self, field: Any) -> None:
        """An hour in spring is on no clock; Python would take the one after it."""
        if field.data is not None and is_skipped(field.data, _house_zone()):
            raise ValidationError("The clocks skip that time on that night: please choose another.")

    def validate_which(self, field: Any) -> None:
        if self.at.data is not None and is_repeated(self.at.data, _house_zone()) and not field.data:
            raise ValidationError(
                f"The clocks go back on that night and read {self.at.data:%H:%M} twice:"
                " please choose one."
            )

    def instant(self, zone: ZoneInfo) -> datetime:
        """In UTC, since lengths are counted there: an hour of the wall may last two, or none."""
        second = self.which.data == _SECOND and is_repeated(self.at.data, zone)
        reading: datetime = self.at.data.replace(tzinfo=zone, fold=int(second))
        return reading.astimezone(UTC)


class TimeForm(ClockForm):
    """A package with its choices and a time."""

    package = SelectField("Package", validators=[])
    photographer = SelectField("Photographer", validators=[], default=_ANYBODY)
    place = SelectField(
        "Where", validators=[], default=_ANYBODY, description="Only for what is shot on location."
    )
    people = WholeNumberField("People", least=1, most=100, required=False)
    add_on = SelectMultipleField(
        "Extras",
        validators=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, session: Session) -> None:
        """Everything there is to choose from; whether it goes together is the sale's question."""
        sold = packages(session)
        self.package.choices = [SelectChoice(each.slug, each.name) for each in sold]
        self.photographer.choices = [
            SelectChoice(_ANYBODY, "Whoever is free"),
            *(SelectChoice(each.slug, each.name) for each in photographers(session)),
        ]
        self.place.choices = [SelectChoice(_ANYBODY, "As usual"), *_places(sold)]
        self.add_on.choices = _add_ons(sold)

    def sale(self, session: Session) -> Sale | None:
        """What is asked for; None, with a sentence beside the field, if it is not on sale."""
        try:
            return sale.sale_of(
                session,
                self.package.data,
                add_ons=self.add_on.data or (),
                photographer=self.photographer.data or None,
                people=self.people.data,
                place=self.place.data or None,
            )
        except NotOffered as refused:
            field = {"add_ons": "add_on"}.get(refused.field, refused.field)
            self[field].errors = [str(refused)]
            return None


class WhyForm(TimeForm):
    """Asked in the address, so that the answer can be shared."""

    @classmethod
    def asked(cls) -> WhyForm:
        return cls(request.args if "package" in request.args else None, meta={"csrf": False})

    def is_asked(self) -> bool:
        return "package" in request.args


class DeskForm(TimeForm):
    """A session that staff book for somebody."""

    name = LineField("Client’s name", longest=200)  # noqa: RUF001 -- as it is printed
    email = EmailTextField("Email")
    phone = LineField("Phone", required=False, longest=30)
    address = ParagraphField("Address", required=False, longest=500)
    notes = ParagraphField("Notes", required=False, longest=5000)
    deposit_due_on = DayField(
        "Deposit due by",
        description="Never later than the balance. They can pay by the link in their mail.",
    )
    reason = LineField("Why all the same?", required=False, longest=300)
    set_aside = LineField("Rules", required=False, longest=300, widget=HiddenInput())
    key = LineField("Key", required=False, longest=80, widget=HiddenInput())

    def validate_phone(self, field: Any) -> None:
        check_phone(field.data or "")

    def asked(self) -> tuple[object, ...]:
        """All that decides what is in the way."""
        kind = self.package.data, self.people.data, self.place.data, self.add_on.data
        return self.at.data, self.which.data, self.photographer.data, *kind

    def to_request(self, zone: ZoneInfo, by: str) -> DeskRequest:
        return DeskRequest(
            package=self.package.data,
            starts_at=self.instant(zone),
            details=Details(
                name=self.name.data,
                email=self.email.data,
                phone=self.phone.data or "",
                notes=self.notes.data or "",
                address=self.address.data or "",
            ),
            by=by,
            key=self.key.data or "",
            deposit_due_at=datetime.combine(self.deposit_due_on.data, time(23, 59), zone),
            photographer=self.photographer.data or None,
            add_ons=tuple(self.add_on.data or ()),
            people=self.people.data,
            place=self.place.data or None,
            reason=self.reason.data or "",
            set_aside=named(self.set_aside.data or "", self.asked()),
        )


class MoveForm(ClockForm):
    """Another time, and perhaps another photographer, for a session."""

    at = WallTimeField("New time", description="On the studio's clock.")
    photographer = SelectField("Photographer", validators=[])
    asked_by = RadioField("Who asks for it?", default=CalledOffBy.STUDIO.value)
    fee = WholeNumberField("Fee", required=False, least=0, most=10**12, widget=HiddenInput())
    reason = LineField("Why all the same?", required=False, longest=300)
    set_aside = LineField("Rules", required=False, longest=300, widget=HiddenInput())

    def offer(self, able: Mapping[str, str], cost: Moving) -> None:
        self.photographer.choices = [SelectChoice(slug, name) for slug, name in able.items()]
        pays = f"{money(cost.fee)} is added to the price" if cost.fee else "it is free now"
        self.asked_by.choices = [
            SelectChoice(CalledOffBy.CLIENT.value, f"The client: by the terms {pays}"),
            SelectChoice(CalledOffBy.STUDIO.value, "We do: it costs nothing and counts as no move"),
        ]

    def show(self, cost: Moving) -> None:
        """Carry along the fee that the page is about to show."""
        self.fee.raw_data, self.fee.data = None, cost.fee.minor

    def asked(self) -> tuple[object, ...]:
        """All that decides what is in the way."""
        return self.at.data, self.which.data, self.photographer.data

    def to_request(self, zone: ZoneInfo, by: str) -> MoveRequest:
        return MoveRequest(
            starts_at=self.instant(zone),
            photographer=self.photographer.data,
            by=by,
            reason=self.reason.data or "",
            set_aside=named(self.set_aside.data or "", self.asked()),
            asked_by=CalledOffBy(self.asked_by.data),
            fee_shown=self.fee.data or 0,
        )


def second_of_two(moment: datetime) -> str:
    """What the question *which* is answered with for *moment*, which has its zone."""
    return _SECOND if moment.fold else _NEITHER


def _house_zone() -> ZoneInfo:
    return known_house(db.session()).zone


def _places(sold: Sequence[Package]) -> list[SelectChoice]:
    found = {each.place.slug: each.place.name for one in sold for each in one.package_places}
    return [SelectChoice(slug, name) for slug, name in found.items()]


def _add_ons(sold: Sequence[Package]) -> list[SelectChoice]:
    found = {
        each.slug: f"{each.name}, {each.before_minutes} minutes before"
        if each.before_minutes
        else each.name
        for one in sold
        for each in one.add_ons
        if each.archived_at is None
    }
    return [SelectChoice(slug, name) for slug, name in found.items()]
