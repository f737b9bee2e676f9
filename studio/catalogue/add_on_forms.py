from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import BooleanField

from studio.catalogue.add_on_service import AddOnEdit
from studio.catalogue.editing import AddOnChoices
from studio.catalogue.fields import TickField
from studio.catalogue.models import AddOn
from studio.web.fields import LineField, MoneyField, ParagraphField, RateField, WholeNumberField
from studio.web.form import Form, SelectChoice

# What the studio needs to ask somebody in for the day, where no other notice is given.
_ARTISTS_NOTICE = 72
_AS_KEPT = "name summary price tax_percent minutes looks before_minutes lead_hours position".split()


class AddOnForm(Form):
    """What an add-on costs and takes; each pool has a field of its own: `of`."""

    name = LineField("Name", longest=80)
    summary = ParagraphField("In a sentence or two", longest=300)
    price = MoneyField("Price", most=100_000)
    tax_percent = RateField(
        "Tax of its own",
        required=False,
        description="Per cent; empty is as all others are taxed.",
    )
    minutes = WholeNumberField(
        "Minutes longer",
        least=0,
        most=480,
        description="Added to the session; 0 if it takes none of its time.",
    )
    looks = WholeNumberField(
        "Looks more",
        least=0,
        most=20,
        description="Outfits beside the package's, which guides then count; 0 for none.",
    )
    before_minutes = WholeNumberField(
        "Minutes before the session",
        least=0,
        most=480,
        description="Such as make-up; 0 if nothing comes before.",
    )
    artist_ids = TickField("Who does it", description="One of them, whoever is free.")
    lead_hours = WholeNumberField(
        "Notice",
        least=0,
        most=2000,
        required=False,
        description="Hours between booking and session. Empty is "
        f"{_ARTISTS_NOTICE} if somebody comes in for it, otherwise none.",
    )
    position = WholeNumberField(
        "Place in the list",
        least=0,
        most=1000,
        required=False,
        description="Smaller numbers come first. Empty is last.",
    )
    package_ids = TickField("Packages it can be added to")
    on_sale = BooleanField("On sale: clients can add it")

    @classmethod
    def of(cls, known: AddOn | None, currency: str, choices: AddOnChoices) -> AddOnForm:
        """The form as posted, or filled from *known*; None is for a new one."""
        # A set may have come to take a pool since the form was shown: then it is refused in words.
        pools = [
            each
            for each in choices.pools
            if each.id not in choices.of_sets or f"pool_{each.id}" in request.form
        ]
        counts = {
            f"pool_{each.id}": WholeNumberField(
                each.name, least=0, most=1000, description=f"Of {each.capacity}."
            )
            for each in pools
        }
        own = {**counts, "choices": choices, "pools": pools}
        form: type[AddOnForm] = type("AddOnForm", (cls,), own)
        return form(data=_data(known, choices), meta={"currency": currency})

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be ticked is known before what was.
        self.artist_ids.choices = [
            SelectChoice(each.id, each.name) for each in self.choices.artists
        ]
        self.package_ids.choices = self.choices.packages
        super().process(*args, **kwargs)

    def counts(self) -> dict[int, WholeNumberField]:
        return {each.id: self[f"pool_{each.id}"] for each in self.pools}

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        somebody = bool(self.artist_ids.data or self._equipment())
        if self.before_minutes.data and not somebody:
            self.before_minutes.errors = ["Please choose who does it, or the equipment it takes."]
        elif somebody and not self.before_minutes.data:
            self.before_minutes.errors = [
                "Please say how long before the session: there is somebody, or equipment, for it."
            ]
        return not self.errors

    def _equipment(self) -> Mapping[int, int]:
        return {each: field.data for each, field in self.counts().items() if field.data}

    def to_request(self) -> AddOnEdit:
        notice = self.lead_hours.data
        if notice is None:
            notice = _ARTISTS_NOTICE if self.artist_ids.data else 0
        return AddOnEdit(
            name=self.name.data,
            summary=self.summary.data,
            price=self.price.data,
            tax_percent=self.tax_percent.data,
            minutes=self.minutes.data,
            looks=self.looks.data,
            before_minutes=self.before_minutes.data,
            artists=tuple(self.artist_ids.data),
            equipment=self._equipment(),
            lead_hours=notice,
            position=self.position.data,
            packages=tuple(self.package_ids.data),
            on_sale=self.on_sale.data,
        )


def _data(known: AddOn | None, choices: AddOnChoices) -> dict[str, Any]:
    if known is None:
        empty: dict[str, Any] = {f"pool_{each.id}": 0 for each in choices.pools}
        return empty | {"minutes": 0, "looks": 0, "before_minutes": 0, "on_sale": True}
    taken = {each.resource_id: each.quantity for each in known.resources}
    return {
        **{each: getattr(known, each) for each in _AS_KEPT},
        **{f"pool_{each.id}": taken.get(each.id, 0) for each in choices.pools},
        "artist_ids": [each.id for each in choices.artists if each.id in taken],
        "package_ids": choices.chosen,
        "on_sale": known.archived_at is None,
    }
