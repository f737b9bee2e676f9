"""The forms with which a package is made: what it begins with, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import SelectField

from studio.catalogue.editing import Choices
from studio.catalogue.fields import AddressField
from studio.catalogue.forms import PackageFields, filling
from studio.catalogue.models import BookingMode, Genre, Package, SessionType
from studio.catalogue.service import PackageEdit
from studio.domain.money import Money
from studio.web.form import Form, SelectChoice

# What tells two packages apart: whoever makes another has to say it.
_ITS_OWN = ("name", "slug")
# Of another package of its kind, a new one has only what such a session takes.
_NOT_USUAL = ("summary", "includes", "price", "tax_percent", "max_per_day")
_NOT_USUAL_CHOICES = ("add_on_ids", "open_dates")
# The first package of its kind begins as most sessions are; portraits take longer.
_FIRST: dict[str, Any] = {
    "deposit_percent": 50,
    "balance_hours_before": 24,
    "people_min": 1,
    "people_max": 1,
    "people_included": 1,
    "minutes_per_extra": 0,
    "same_minutes": 10,
    "clear_minutes": 0,
    "mode": BookingMode.INSTANT,
    "proofs_business_days": 2,
    "lead_hours": 24,
    "horizon_days": 120,
    "step_minutes": 15,
}
_FIRST_OF = {
    Genre.HEADSHOT: {
        "minutes": 60,
        "looks": 2,
        "retouched_images": 3,
        "proofs_shown": "40-60",
        "finals_business_days": 5,
    },
    Genre.PORTRAIT: {
        "minutes": 90,
        "looks": 2,
        "retouched_images": 5,
        "proofs_shown": "40-60",
        "finals_business_days": 10,
    },
}


class BeginningForm(Form):
    """What a new package begins with; a page that is fetched, so it needs no token."""

    kind = SelectField("Kind of session")
    package = SelectField("Package")

    def __init__(self, kinds: Sequence[SessionType], packages: Sequence[Package]) -> None:
        super().__init__(formdata=None, meta={"csrf": False})
        self.kind.choices = [
            SelectChoice(each.slug, each.name, optgroup=f"{each.genre.value.title()}s")
            for each in kinds
        ]
        self.package.choices = [
            SelectChoice(each.slug, f"{each.name} (not on sale)" if each.archived_at else each.name)
            for each in packages
        ]


class NewPackageForm(PackageFields):
    """A package that is not there yet."""

    slug = AddressField(
        "Its address",
        description="Small letters, digits and hyphens, for good. Left empty it is made of the"
        " name.",
    )

    @classmethod
    def copying(cls, package: Package, choices: Choices) -> NewPackageForm:
        """The form as posted, or filled with all of *package* but its name."""
        meta = {"currency": package.currency}
        return _open(cls(choices, meta=meta, **filling(package)), _ITS_OWN)

    @classmethod
    def usual(
        cls, kind: SessionType, like: Package | None, choices: Choices, currency: str
    ) -> NewPackageForm:
        """The form as posted, or filled with what a session of *kind* takes.

        *like* is a package of that kind, of the studio's own; without one it is a fair guess.
        """
        meta = {"currency": currency}
        if like is None:
            free = Money(0, currency)
            first = _FIRST | _FIRST_OF[kind.genre]
            return cls(choices, meta=meta, price_per_extra=free, **first)
        known = filling(like)
        for each in _NOT_USUAL_CHOICES:
            del known[each]
        return _open(cls(choices, meta=meta, **known), _ITS_OWN + _NOT_USUAL)

    def to_request(self) -> PackageEdit:
        """It is not on sale: clients see it once somebody has looked at it and says so."""
        return self.edit(on_sale=False)


def _open(form: NewPackageForm, names: Sequence[str]) -> NewPackageForm:
    """Leave what *names* name to whoever fills the form in."""
    if not form.is_submitted():
        for each in names:
            form[each].data = None
    return form
