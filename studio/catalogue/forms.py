from __future__ import annotations

from typing import Any

from wtforms import BooleanField

from studio.catalogue.models import Package
from studio.catalogue.service import PackageEdit
from studio.web.fields import LineField, MoneyField, ParagraphField, WholeNumberField
from studio.web.form import Form


class PackageForm(Form):
    """A package's conditions; the form's meta names the currency of its price."""

    name = LineField("Name", longest=80)
    summary = ParagraphField("In a sentence or two", longest=300)
    price = MoneyField("Price, tax included", most=100_000)
    deposit_percent = WholeNumberField(
        "Deposit",
        least=0,
        most=100,
        description="Per cent of the price, paid when booking: 0 asks for nothing, 100 for all.",
    )
    minutes = WholeNumberField("Minutes", least=5, most=720)
    people_min = WholeNumberField("People, at least", least=1, most=100)
    people_max = WholeNumberField("People, at most", least=1, most=100)
    looks = WholeNumberField("Looks", least=1, most=50, description="Outfits or arrangements.")
    retouched_images = WholeNumberField("Retouched pictures", least=0, most=500)
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
    on_sale = BooleanField("On sale: clients see and book it")

    @classmethod
    def of(cls, package: Package) -> PackageForm:
        """The form as posted, or filled from *package*."""
        return cls(
            obj=package,
            on_sale=package.archived_at is None,
            meta={"currency": package.currency},
        )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.people_min.data > self.people_max.data:
            self.people_max.errors = ["Please choose no fewer than “People, at least”."]
        if self.lead_hours.data >= self.horizon_days.data * 24:
            self.horizon_days.errors = ["With this notice nothing could ever be booked."]
        return not self.errors

    def to_request(self, package_id: int) -> PackageEdit:
        return PackageEdit(
            package_id=package_id,
            name=self.name.data,
            summary=self.summary.data,
            minutes=self.minutes.data,
            price=self.price.data,
            deposit_percent=self.deposit_percent.data,
            lead_hours=self.lead_hours.data,
            horizon_days=self.horizon_days.data,
            step_minutes=self.step_minutes.data,
            people_min=self.people_min.data,
            people_max=self.people_max.data,
            looks=self.looks.data,
            retouched_images=self.retouched_images.data,
            max_per_day=self.max_per_day.data,
            on_sale=self.on_sale.data,
        )
