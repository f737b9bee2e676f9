from __future__ import annotations

from wtforms import SelectField

from studio.catalogue.tax_service import RateEdit
from studio.domain.tax import Tax, Taxed
from studio.scheduling.models import Studio
from studio.scheduling.taxes import TaxRate
from studio.web.fields import DayField, LineField, RateField
from studio.web.form import Form, SelectChoice

KINDS = {
    Taxed.ALL: "Everything without a rate of its own",
    Taxed.SESSION: "Sessions and their people",
    Taxed.ADD_ON: "Add-ons",
    Taxed.TRAVEL: "Travel",
}
_INCLUDED, _ON_TOP = "included", "on top"
_HOW = [
    SelectChoice(_INCLUDED, "Prices include it"),
    SelectChoice(_ON_TOP, "It comes on top of prices"),
]


class UsualForm(Form):
    name = LineField("What it is called", longest=20, description="Such as VAT or sales tax.")
    percent = RateField("Rate in per cent", description="0 if you charge none.")
    how = SelectField("Prices and tax", choices=_HOW)

    @classmethod
    def of(cls, studio: Studio) -> UsualForm:
        """The form as posted, or filled from *studio*."""
        return cls(
            data={
                "name": studio.tax_name,
                "percent": studio.tax_percent,
                "how": _how(studio.tax_included),
            }
        )

    def tax(self) -> Tax:
        return Tax(self.percent.data, self.how.data == _INCLUDED)


class RateForm(Form):
    kind = SelectField("For", choices=[SelectChoice(*each) for each in KINDS.items()])
    first_on = DayField("From", description="For what is booked on this day or later.")
    percent = RateField("Rate in per cent")
    how = SelectField("Prices and tax", choices=_HOW)

    @classmethod
    def of(cls, known: TaxRate | None, usual: bool) -> RateForm:
        """The form as posted, or filled from *known*; None is for a new one, taxed as *usual*."""
        if known is None:
            return cls(data={"kind": Taxed.ALL, "how": _how(usual)})
        return cls(
            data={
                "kind": known.kind,
                "first_on": known.first_on,
                "percent": known.percent,
                "how": _how(known.included),
            }
        )

    def to_request(self) -> RateEdit:
        return RateEdit(
            kind=Taxed(self.kind.data),
            first_on=self.first_on.data,
            percent=self.percent.data,
            included=self.how.data == _INCLUDED,
        )


def _how(included: bool) -> str:
    return _INCLUDED if included else _ON_TOP
