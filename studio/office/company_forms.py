from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import BooleanField

from studio.booking.companies.service import CompanyEdit
from studio.catalogue.fields import TickField
from studio.catalogue.models import Package
from studio.clients.companies import Company
from studio.office.forms import ForPackages
from studio.payments.promos import normal
from studio.web.fields import (
    DayField,
    EmailTextField,
    LineField,
    MoneyField,
    ParagraphField,
    WholeNumberField,
)
from studio.web.form import Form, SelectChoice

_LARGEST_UNITS = 1_000_000


class CompanyForm(ForPackages):
    """A company that pays for its people; the form's meta names the currency."""

    name = LineField("Name", longest=120)
    address = ParagraphField("Billing address", longest=400)
    email = EmailTextField("Invoices go to")
    tax_number = LineField("Tax number", required=False, longest=40)
    code = LineField("Code", longest=30, description="As its people type it when they book.")
    order_required = BooleanField("A purchase order is needed for each session")
    limit = MoneyField(
        "It pays up to, a month",
        most=_LARGEST_UNITS,
        required=False,
        description="For the sessions of a calendar month. Empty: no limit.",
    )
    payment_days = WholeNumberField("Days to pay an invoice", least=0, most=180)
    package_ids = TickField("What it pays for", description="With none ticked it pays for all.")
    in_use = BooleanField("Its code can be used")

    @classmethod
    def of(
        cls,
        known: Company | None,
        chosen: Sequence[int],
        packages: Sequence[Package],
        currency: str,
    ) -> CompanyForm:
        """The form as posted, or filled from *known*."""
        data: dict[str, Any] = {"in_use": True, "payment_days": 30}
        if known is not None:
            names = "name address email tax_number code order_required limit payment_days"
            data = {each: getattr(known, each) for each in names.split()}
            data |= {"package_ids": list(chosen), "in_use": known.archived_at is None}
        choices = [SelectChoice(each.id, each.name) for each in packages]
        return cls(choices, data=data, meta={"currency": currency})

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if len(normal(self.code.data)) < 3:
            self.code.errors = ["Please use at least three letters from A to Z, or digits."]
        if self.limit.data is not None and not self.limit.data:
            self.limit.errors = ["Please choose more than nothing, or leave it empty."]
        return not self.errors

    def to_request(self) -> CompanyEdit:
        return CompanyEdit(
            name=self.name.data,
            address=self.address.data,
            email=self.email.data,
            tax_number=self.tax_number.data,
            code=self.code.data,
            order_required=self.order_required.data,
            limit=self.limit.data,
            payment_days=self.payment_days.data,
            packages=tuple(self.package_ids.data or ()),
            in_use=self.in_use.data,
        )


class PaidForm(Form):
    """That an invoice was paid by transfer."""

    paid_on = DayField("When did it come in?")
    note = LineField("Note", required=False, longest=120, description="Such as what the bank says.")

    def check(self, today: date) -> bool:
        if not self.validate_on_submit():
            return False
        if self.paid_on.data > today:
            self.paid_on.errors = ["That day is still to come."]
        return not self.errors
