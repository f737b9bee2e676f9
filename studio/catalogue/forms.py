from __future__ import annotations

from typing import Any

from wtforms import BooleanField, SelectField

from studio.catalogue.editing import Choices
from studio.catalogue.fields import DayRangesField, LinesField, TickField
from studio.catalogue.models import BookingMode, Package
from studio.catalogue.service import PackageEdit
from studio.domain.availability import Gaps
from studio.web.fields import LineField, MoneyField, ParagraphField, RateField, WholeNumberField
from studio.web.form import Form, SelectChoice

_MODES = [
    SelectChoice(BookingMode.INSTANT.value, "At once: a free time is the client's"),
    SelectChoice(BookingMode.REQUEST.value, "On request: you answer first"),
]
GAPS = [
    SelectChoice(Gaps.ANY.value, "Every free time"),
    SelectChoice(Gaps.PREFER.value, "Every free time, those that leave no gap first"),
    SelectChoice(Gaps.ONLY.value, "Only times that leave no gap"),
]
_AS_THE_STUDIO = SelectChoice("", "As the studio has it")


class PackageFields(Form):
    """A package's conditions; the form's meta names the currency of its price."""

    name = LineField("Name", longest=80)
    summary = ParagraphField("In a sentence or two", longest=300)
    includes = LinesField(
        "What is included", description="A line for each, as clients read it on the package's page."
    )
    price = MoneyField("Price", most=100_000)
    tax_percent = RateField(
        "Tax of its own",
        required=False,
        description="Per cent; empty is as all others are taxed.",
    )
    deposit_percent = WholeNumberField(
        "Deposit",
        least=0,
        most=100,
        description="Per cent of the price, paid when booking: 0 asks for nothing, 100 for all.",
    )
    balance_hours_before = WholeNumberField(
        "The rest is due",
        least=0,
        most=2000,
        description="Hours before the session.",
    )
    minutes = WholeNumberField("Minutes", least=5, most=720)
    people_min = WholeNumberField("People, at least", least=1, most=100)
    people_max = WholeNumberField("People, at most", least=1, most=100)
    people_included = WholeNumberField(
        "People in the price", least=1, most=100, description="Everybody beyond them is extra."
    )
    minutes_per_extra = WholeNumberField("Minutes for each extra person", least=0, most=240)
    price_per_extra = MoneyField("Price of each extra person", most=100_000)
    same_minutes = WholeNumberField(
        "Minutes to the next, same set",
        least=0,
        most=240,
        description="Between two sessions when the set stays up.",
    )
    clear_minutes = WholeNumberField(
        "Minutes to clear", least=0, most=240, description="Tidying after it, whatever follows."
    )
    set_1 = SelectField("First set", coerce=int)
    set_2 = SelectField("Second set", coerce=int, default=0)
    set_3 = SelectField("Third set", coerce=int, default=0)
    set_4 = SelectField("Fourth set", coerce=int, default=0)
    set_5 = SelectField("Fifth set", coerce=int, default=0)
    set_6 = SelectField("Sixth set", coerce=int, default=0)
    place_ids = TickField("Places", description="With none ticked it is shot in the studio.")
    skill_ids = TickField("Skills", description="Only who has all of them shoots it.")
    add_on_ids = TickField("Can be added")
    mode = SelectField("How it is booked", choices=_MODES)
    gaps = SelectField("Which free times are offered", choices=[_AS_THE_STUDIO, *GAPS])
    light_before_minutes = WholeNumberField(
        "Minutes before sunset",
        least=0,
        most=720,
        required=False,
        description="The earliest it begins; empty for any time of day.",
    )
    light_after_minutes = WholeNumberField(
        "Minutes after sunset",
        least=0,
        most=720,
        required=False,
        description="The latest it ends; 0 is sunset itself.",
    )
    open_dates = DayRangesField(
        "Only on these days",
        description="A line for each, such as 2026-12-05 to 2026-12-06 Christmas minis. "
        "Empty is every day.",
    )
    looks = WholeNumberField("Looks", least=1, most=50, description="Outfits or arrangements.")
    retouched_images = WholeNumberField("Retouched pictures", least=0, most=500)
    proofs_shown = LineField(
        "Pictures to choose from",
        longest=80,
        description="Such as 40-60, or 15-30, chosen on the screen.",
    )
    proofs_business_days = WholeNumberField(
        "Working days until they can be chosen",
        least=0,
        most=60,
        description="0 is before the client leaves.",
    )
    finals_business_days = WholeNumberField(
        "Working days until they are finished",
        least=0,
        most=250,
        description="Counted from the client's choice.",
    )
    licence_id = SelectField("What they may be used for", coerce=int)
    lead_hours = WholeNumberField(
        "Notice",
        least=0,
        most=2000,
        description="Hours between booking and the earliest session.",
    )
    horizon_days = WholeNumberField(
        "How far ahead", least=1, most=730, description="Days after today that can be booked."
    )
    step_minutes = WholeNumberField(
        "A start every",
        least=5,
        most=240,
        description="Minutes, counted from midnight: 15 offers 9:00, 9:15, 9:30 …",
    )
    max_per_day = WholeNumberField(
        "At most a day",
        least=1,
        most=100,
        required=False,
        description="Sessions of this package; leave it empty for no limit.",
    )

    def __init__(self, choices: Choices, **kwargs: Any) -> None:
        self.choices = choices
        super().__init__(**kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be chosen is known before what was: ticks are checked as they are read.
        for n in range(1, 7):
            self[f"set_{n}"].choices = [SelectChoice(0, "None"), *self.choices.sets]
        self.place_ids.choices = self.choices.places
        self.skill_ids.choices = self.choices.skills
        self.add_on_ids.choices = self.choices.add_ons
        self.licence_id.choices = self.choices.licences
        super().process(*args, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.people_min.data > self.people_max.data:
            self.people_max.errors = ["Please choose no fewer than “People, at least”."]
        if self.lead_hours.data >= self.horizon_days.data * 24:
            self.horizon_days.errors = ["With this notice nothing could ever be booked."]
        if not self._sets():
            self.set_1.errors = ["Please choose at least one set."]
        light = (self.light_before_minutes.data, self.light_after_minutes.data)
        if (light[0] is None) != (light[1] is None):
            empty = self.light_before_minutes if light[0] is None else self.light_after_minutes
            empty.errors = ["Please fill in both, or neither."]
        elif light[0] is not None:
            self._check_light(light[0] + light[1])
        return not self.errors

    def _check_light(self, stretch: int) -> None:
        if not self.place_ids.data:
            self.place_ids.errors = ["The light needs a place, so that we know when the sun sets."]
        elif set(self.place_ids.data) & self.choices.at_client:
            self.place_ids.errors = [
                "The sun sets at a place of its own: leave out those at the client's."
            ]
        if self.minutes.data > stretch:
            self.light_before_minutes.errors = ["The session is longer than this light lasts."]

    def _sets(self) -> tuple[int, ...]:
        every = (self.set_1, self.set_2, self.set_3, self.set_4, self.set_5, self.set_6)
        return tuple(each.data for each in every if each.data)

    def _light(self) -> tuple[int, int] | None:
        before, after = self.light_before_minutes.data, self.light_after_minutes.data
        return None if before is None else (before, after)

    def edit(self, *, on_sale: bool) -> PackageEdit:
        """What the fields say, for sale or not."""
        return PackageEdit(
            name=self.name.data,
            summary=self.summary.data,
            includes=tuple(self.includes.data),
            minutes=self.minutes.data,
            price=self.price.data,
            tax_percent=self.tax_percent.data,
            deposit_percent=self.deposit_percent.data,
            balance_hours_before=self.balance_hours_before.data,
            lead_hours=self.lead_hours.data,
            horizon_days=self.horizon_days.data,
            step_minutes=self.step_minutes.data,
            people_min=self.people_min.data,
            people_max=self.people_max.data,
            looks=self.looks.data,
            retouched_images=self.retouched_images.data,
            proofs_shown=self.proofs_shown.data,
            proofs_business_days=self.proofs_business_days.data,
            finals_business_days=self.finals_business_days.data,
            licence=self.licence_id.data,
            max_per_day=self.max_per_day.data,
            on_sale=on_sale,
            same_minutes=self.same_minutes.data,
            clear_minutes=self.clear_minutes.data,
            people_included=self.people_included.data,
            minutes_per_extra=self.minutes_per_extra.data,
            price_per_extra=self.price_per_extra.data,
            mode=BookingMode(self.mode.data),
            gaps=Gaps(self.gaps.data) if self.gaps.data else None,
            light=self._light(),
            open_days=self.open_dates.data,
            sets=self._sets(),
            places=tuple(self.place_ids.data),
            skills=tuple(self.skill_ids.data),
            add_ons=tuple(self.add_on_ids.data),
        )


class PackageForm(PackageFields):
    """A package as it is, and whether it is for sale."""

    on_sale = BooleanField("On sale: clients see and book it")

    @classmethod
    def of(cls, package: Package, choices: Choices) -> PackageForm:
        """The form as posted, or filled from *package*."""
        return cls(
            choices,
            **filling(package),
            on_sale=package.archived_at is None,
            meta={"currency": package.currency},
        )

    def to_request(self) -> PackageEdit:
        return self.edit(on_sale=self.on_sale.data)


def filling(package: Package) -> dict[str, Any]:
    """What fills the fields with *package*."""
    sets = [each.set_id for each in package.package_sets]
    return {
        "obj": package,
        "place_ids": [each.place_id for each in package.package_places],
        "skill_ids": [each.id for each in package.skills],
        "add_on_ids": [each.id for each in package.add_ons],
        "open_dates": package.open_days,
        **{f"set_{n}": each for n, each in enumerate(sets[:6], 1)},
    }
