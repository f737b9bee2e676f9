from __future__ import annotations

from zoneinfo import available_timezones

from babel.numbers import list_currencies
from wtforms import SelectField

from studio.booking.forms import check_phone
from studio.catalogue.forms import GAPS
from studio.domain.availability import Gaps
from studio.office.facts.service import Facts
from studio.scheduling.models import Studio
from studio.web.fields import (
    ClockField,
    EmailTextField,
    LineField,
    ParagraphField,
    WholeNumberField,
)
from studio.web.filters import LOCALE
from studio.web.form import Form


class ZoneField(LineField):
    """The name of a clock, as the time-zone database has it."""

    def parse(self, text: str) -> str:
        # Those without a stroke are names of fixed offsets, and of no place.
        known = {each.casefold(): each for each in available_timezones() if "/" in each}
        found = known.get(text.replace(" ", "_").casefold())
        if found is None:
            raise ValueError(
                "We know no such clock. Please write a part of the world and a city, such as"
                " Europe/London or America/New_York."
            )
        return found


class CurrencyField(LineField):
    """Three letters."""

    def parse(self, text: str) -> str:
        if text.upper() not in list_currencies(LOCALE):
            raise ValueError("Please write the three letters of a currency, such as GBP or EUR.")
        return text.upper()


class FactsForm(Form):
    name = LineField("Name", longest=80)
    tagline = LineField("In a line", required=False, longest=120)
    intro = ParagraphField("In a paragraph", longest=2000, description="At the head of your pages.")
    address = ParagraphField("Address", longest=300, description="As on an envelope.")
    directions = ParagraphField(
        "How to find it",
        required=False,
        longest=4000,
        description="The way, parking, steps: it goes with every confirmation.",
    )
    phone = LineField("Phone", longest=30)
    email = EmailTextField("Email", description="Answers to your mail arrive here.")
    zone = ZoneField("Clock", longest=60, description="Such as Europe/London.")
    zone_city = LineField(
        "City of the clock", longest=60, description="Times are called by it: “London time”."
    )
    currency = CurrencyField("Currency", longest=3, description="Prices keep their figures.")
    arrive_minutes = WholeNumberField(
        "Minutes clients come early",
        least=0,
        most=30,
        description="Before the session, or what comes before it.",
    )
    quiet_from = ClockField("No mail from")
    quiet_to = ClockField(
        "No mail until", description="For planned messages. The same time twice is no quiet at all."
    )
    day_sheet_minute = ClockField(
        "Day sheets leave at",
        description="The day before, to whoever works; where there is to be no mail, after that.",
    )
    max_per_day = WholeNumberField(
        "Sessions a day at most",
        least=1,
        most=500,
        required=False,
        description="Of all photographers together; empty is no limit.",
    )
    gaps = SelectField(
        "Which free times are offered",
        choices=GAPS,
        description="Packages may have a rule of their own.",
    )
    how_to_pay = ParagraphField(
        "How to pay without a card",
        required=False,
        longest=1000,
        description="A line for each way: your bank account, cash or a terminal at the studio, a"
        " cheque made out to whom. Clients read it where they pay, with their reference.",
    )
    legal_name = LineField(
        "Name in law", required=False, longest=120, description="Empty is the studio's name."
    )
    legal_address = ParagraphField(
        "Address in law", required=False, longest=300, description="Empty is the studio's address."
    )
    tax_number = LineField("Tax number", required=False, longest=40)
    company_number = LineField("Company number", required=False, longest=40)
    invoice_footer = ParagraphField(
        "At the end of invoices",
        required=False,
        longest=600,
        description="Such as what your accountant or your register asks for.",
    )

    @classmethod
    def of(cls, studio: Studio, *, fixed: bool) -> FactsForm:
        """The form as posted, or filled from *studio*; once *fixed*, without clock and currency."""
        form = cls(obj=studio, quiet_from=studio.quiet_from_minute, quiet_to=studio.quiet_to_minute)
        if fixed:
            del form.zone, form.currency
        return form

    def validate_phone(self, field: LineField) -> None:
        check_phone(field.data or "")

    def to_request(self, studio: Studio) -> Facts:
        return Facts(
            zone=self["zone"].data if "zone" in self else studio.zone,
            currency=self["currency"].data if "currency" in self else studio.currency,
            quiet=(self.quiet_from.data, self.quiet_to.data),
            gaps=Gaps(self.gaps.data),
            **{each: self[each].data for each in _AS_TYPED},
        )


_AS_TYPED = (
    "name tagline intro address directions phone email zone_city arrive_minutes day_sheet_minute"
    " max_per_day"
    " legal_name legal_address tax_number company_number invoice_footer how_to_pay"
).split()
