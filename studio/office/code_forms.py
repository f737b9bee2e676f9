from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import BooleanField

from studio.booking.gifts.service import Offer
from studio.catalogue.fields import TickField
from studio.catalogue.models import Package
from studio.domain.money import Money, decimals
from studio.office.forms import ForPackages
from studio.office.once import OnceField
from studio.payments.codes_service import NewVoucher, PromoEdit
from studio.payments.promos import PromoCode, normal
from studio.payments.voucher_orders import VoucherOffer
from studio.web.fields import DayField, LineField, MoneyField, WholeNumberField
from studio.web.form import Form, SelectChoice

_LARGEST_UNITS = 100_000


class PromoForm(ForPackages):
    """A promo code; the form's meta names the currency."""

    code = LineField("Code", longest=30, description="As clients type it; capitals do not matter.")
    label = LineField("What the client reads", longest=60, description="Such as Spring offer.")
    percent = WholeNumberField("Per cent off", least=1, most=100, required=False)
    amount = MoneyField("Or an amount off", most=_LARGEST_UNITS, required=False)
    first_on = DayField("From", required=False)
    last_on = DayField("To, included", required=False)
    most_uses = WholeNumberField(
        "How often, at most",
        least=1,
        most=1_000_000,
        required=False,
        description="Empty: no limit.",
    )
    first_booking_only = BooleanField(
        "Only for somebody's first booking",
        description="Nobody is refused, since that would tell strangers who your clients are:"
        " you are told when somebody who has booked before uses it.",
    )
    package_ids = TickField("Packages", description="With none ticked it holds for all.")
    in_use = BooleanField("Clients can use it", default=True)

    @classmethod
    def of(
        cls,
        promo: PromoCode | None,
        chosen: Sequence[int],
        packages: Sequence[Package],
        currency: str,
    ) -> PromoForm:
        """The form as posted, or filled from *promo*."""
        data: dict[str, Any] = {"in_use": True}
        if promo is not None:
            data = {
                "code": promo.code,
                "label": promo.label,
                "percent": promo.percent or None,
                "amount": promo.discount.amount,
                "first_on": promo.first_on,
                "last_on": promo.last_on,
                "most_uses": promo.most_uses,
                "first_booking_only": promo.first_booking_only,
                "package_ids": list(chosen),
                "in_use": promo.archived_at is None,
            }
        choices = [SelectChoice(each.id, each.name) for each in packages]
        return cls(choices, data=data, meta={"currency": currency})

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if len(normal(self.code.data)) < 3:
            self.code.errors = ["Please use at least three letters from A to Z, or digits."]
        if bool(self.percent.data) == bool(self.amount.data):
            self.percent.errors = ["Please choose either per cent or an amount, more than nothing."]
        if self.first_on.data and self.last_on.data and self.last_on.data < self.first_on.data:
            self.last_on.errors = ["That is before the first day."]
        return not self.errors

    def to_request(self) -> PromoEdit:
        return PromoEdit(
            code=self.code.data,
            label=self.label.data,
            percent=self.percent.data or 0,
            amount=self.amount.data or Money.zero(self.meta.currency),
            first_on=self.first_on.data,
            last_on=self.last_on.data,
            most_uses=self.most_uses.data,
            first_booking_only=self.first_booking_only.data,
            packages=tuple(self.package_ids.data or ()),
            in_use=self.in_use.data,
        )


class VoucherForm(Form):
    """A voucher; the form's meta names the currency."""

    amount = MoneyField("Over", most=_LARGEST_UNITS)
    recipient = LineField("For", required=False, longest=120)
    note = LineField("Note", required=False, longest=120, description="Only staff see it.")
    expires_on = DayField("Good until", required=False, description="Empty: it never expires.")
    once = OnceField()

    def check(self, today: date) -> bool:
        """Whether it was posted and makes sense together."""
        if not self.validate_on_submit():
            return False
        if not self.amount.data:
            self.amount.errors = ["Please choose more than nothing."]
        if self.expires_on.data and self.expires_on.data < today:
            self.expires_on.errors = ["That day is over."]
        return not self.errors

    def to_request(self, by: str) -> NewVoucher:
        return NewVoucher(
            amount=self.amount.data,
            recipient=self.recipient.data,
            note=self.note.data,
            expires_on=self.expires_on.data,
            by=by,
            once=self.once.data,
        )


class OfferForm(Form):
    """What vouchers are sold on the website; the form's meta names the currency."""

    amounts = LineField(
        "Amounts to choose from",
        required=False,
        longest=100,
        description="Whole amounts with a space between, such as 50 100 250; six at most.",
    )
    least = MoneyField("Any amount from", most=_LARGEST_UNITS, required=False)
    most = MoneyField(
        "Up to",
        most=_LARGEST_UNITS,
        required=False,
        description="Both empty: only the amounts above. All empty: none are sold online.",
    )
    months = WholeNumberField(
        "Good for how many months?",
        least=0,
        most=120,
        description="0: for ever. Some countries ask for a length of time: ask your accountant.",
    )

    @classmethod
    def of(cls, offer: VoucherOffer | None, currency: str) -> OfferForm:
        data: dict[str, Any] = {"months": 24}
        if offer is not None:
            limits = offer.limits or (None, None)
            data = {
                "amounts": " ".join(map(str, offer.amounts)),
                "least": limits[0],
                "most": limits[1],
                "months": offer.months,
            }
        return cls(data=data, meta={"currency": currency})

    def check(self, smallest: Money) -> bool:
        """Whether it was posted and makes sense together; no card pays less than *smallest*."""
        if not self.validate_on_submit():
            return False
        words = self.amounts.data.split()
        whole = all(each.isascii() and each.isdigit() and len(each) < 7 for each in words)
        unit = 10 ** decimals(smallest.currency)
        if not whole or any(
            not smallest.minor <= int(each) * unit <= _LARGEST_UNITS * unit for each in words
        ):
            self.amounts.errors = ["Please type whole amounts, such as 50 100 250."]
        elif len(words) > 6:
            self.amounts.errors = ["Please choose six amounts at most."]
        least, most = self.least.data, self.most.data
        if (least is None) != (most is None):
            (self.most if most is None else self.least).errors = ["Please fill in both, or none."]
        elif least is not None and most is not None:
            if least < smallest:
                self.least.errors = ["No card pays so little."]
            elif most < least:
                self.most.errors = ["That is less than the least."]
        return not self.errors

    def to_request(self) -> Offer:
        limits = (self.least.data, self.most.data) if self.most.data else None
        amounts = tuple(sorted({int(each) for each in self.amounts.data.split()}))
        return Offer(amounts=amounts, limits=limits, months=self.months.data)
