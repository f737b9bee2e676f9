from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField

from studio.domain.money import Money
from studio.office.places.coordinates import CoordinatesField
from studio.office.places.service import PlaceEdit
from studio.scheduling.places import Place
from studio.web.fields import LineField, MoneyField, ParagraphField, WholeNumberField
from studio.web.form import Form

# Where a client is, nobody asks when the sun sets.
_NOWHERE = (0.0, 0.0)


class PlaceForm(Form):
    """Where a place is and how to get there; each other place has a field of its own: `of`."""

    name = LineField("Name", longest=80)
    at_client = BooleanField("Where the client is: each tells us the address when booking")
    remote = BooleanField("Nowhere: we ring clients at the number they give when booking")
    address = ParagraphField("Address", required=False, longest=300)
    directions = ParagraphField(
        "Where to meet",
        required=False,
        longest=2000,
        description="It goes with every confirmation.",
    )
    coordinates = CoordinatesField(
        "Coordinates",
        required=False,
        description="As a map shows them, such as 51.54, -0.03: for the hour of sunset.",
    )
    travel_minutes = WholeNumberField(
        "Minutes from the studio", least=0, most=720, description="One way."
    )
    fee = MoneyField("What going there costs", most=100_000)
    in_use = BooleanField("In use: packages can be shot there")

    @classmethod
    def of(
        cls,
        known: Place | None,
        others: Sequence[Place],
        ways: Mapping[int, int],
        currency: str,
    ) -> PlaceForm:
        """The form as posted, or filled from *known*, None for a new one.

        *ways* are the minutes to *others* that are known.
        """
        fields = {
            f"way_{each.id}": WholeNumberField(
                each.name, least=0, most=720, required=False, description=_by_studio(known, each)
            )
            for each in others
        }
        form: type[PlaceForm] = type("PlaceForm", (cls,), {**fields, "others": others})
        data = {f"way_{other}": minutes for other, minutes in ways.items()}
        return form(data=data | _data(known, currency), meta={"currency": currency})

    def ways(self) -> dict[int, WholeNumberField]:
        return {each.id: self[f"way_{each.id}"] for each in self.others}

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.remote.data:
            if self.travel_minutes.data:
                self.travel_minutes.errors = ["Who rings does not travel: please write 0."]
        elif not self.at_client.data:
            if not self.address.data:
                self.address.errors = ["Please say where it is, as on an envelope."]
            if self.coordinates.data is None:
                self.coordinates.errors = ["Please fill this in: a map shows both numbers."]
        return not self.errors

    def sentence(self) -> str:
        """How far it is, in words."""
        known = [(field.label.text, field.data) for field in self.ways().values()]
        far = [("the studio", self.travel_minutes.data), *known]
        ways = [f"{minutes} minutes from {name}" for name, minutes in far if minutes is not None]
        return f"{self.name.data}: {', '.join(ways)}."

    def to_request(self) -> PlaceEdit:
        return PlaceEdit(
            name=self.name.data,
            address=self.address.data,
            directions=self.directions.data,
            coordinates=self.coordinates.data or _NOWHERE,
            travel_minutes=self.travel_minutes.data,
            at_client=self.at_client.data or self.remote.data,
            remote=self.remote.data,
            fee=self.fee.data,
            ways={other: field.data for other, field in self.ways().items()},
            in_use=self.in_use.data,
        )


def _by_studio(known: Place | None, other: Place) -> str:
    if known is None:
        return "Empty is by way of the studio."
    minutes = known.travel_minutes + other.travel_minutes
    return f"Empty is by way of the studio: {minutes} minutes."


def _data(known: Place | None, currency: str) -> dict[str, Any]:
    if known is None:
        return {"fee": Money.zero(currency), "in_use": True}
    spot = (known.latitude, known.longitude)
    return {
        **{
            each: getattr(known, each)
            for each in "name address directions travel_minutes at_client remote".split()
        },
        "coordinates": None if known.at_client and spot == _NOWHERE else spot,
        "fee": Money(known.fee_minor, currency),
        "in_use": known.archived_at is None,
    }
