from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from wtforms import HiddenField, RadioField

from studio.booking.gifts.service import NewOrder
from studio.domain.money import Money
from studio.payments.voucher_orders import VoucherOffer
from studio.web.fields import DayField, EmailTextField, LineField, MoneyField, ParagraphField
from studio.web.filters import money
from studio.web.form import Form, SelectChoice

_OTHER = "other"
# Further ahead nobody knows an address for sure.
_LATEST = timedelta(days=366)
LARGEST_UNITS = 100_000


class VoucherForm(Form):
    """A gift voucher as somebody wants it; the form's meta names the currency."""

    chosen = RadioField("How much is it for?", validators=[], validate_choice=False)
    amount = MoneyField("Another amount", most=LARGEST_UNITS, required=False)
    recipient = LineField("For whom?", required=False, longest=120)
    greeting = ParagraphField("A few words to go with it", required=False, longest=400)
    buyer = LineField("Your name", longest=120)
    buyer_email = EmailTextField("Your email")
    recipient_email = EmailTextField("Their email", required=False)
    send_on = DayField("On which day?", required=False)
    key = HiddenField()

    @classmethod
    def of(cls, offer: VoucherOffer, key: str) -> VoucherForm:
        """The form as posted, or empty with *key* to tell it from others."""
        form = cls(meta={"currency": offer.currency}, data={"key": key})
        choices = [SelectChoice(str(each.minor), money(each)) for each in offer.fixed]
        if offer.limits is not None:
            choices.append(SelectChoice(_OTHER, "Another amount"))
        form.chosen.choices = choices
        if len(choices) == 1 and not form.is_submitted():
            form.chosen.data = choices[0].value
        return form

    def check(self, offer: VoucherOffer, today: date) -> bool:
        """Whether it was posted and makes sense together."""
        if not self.is_submitted():
            return False
        self.validate()
        offered = {str(each.minor) for each in offer.fixed}
        if offer.limits is not None:
            offered.add(_OTHER)
        if self.chosen.data not in offered:
            self.chosen.errors = ["Please choose an amount."]
        elif self.chosen.data == _OTHER:
            self._check_amount(offer)
        lacks_address = not self.recipient_email.data and not self.recipient_email.errors
        if self.send_on.data and lacks_address:
            self.recipient_email.errors = ["Please say where to, or leave the day empty."]
        if self.send_on.data and not today <= self.send_on.data <= today + _LATEST:
            self.send_on.errors = ["Please choose a day from today to a year from now."]
        return not self.errors

    def _check_amount(self, offer: VoucherOffer) -> None:
        amount, limits = self.amount.data, offer.limits
        if limits is None:
            return
        if self.amount.errors:
            return
        if amount is None or not limits[0] <= amount <= limits[1]:
            words = f"from {money(limits[0])} to {money(limits[1])}"
            self.amount.errors = [f"Please choose an amount {words}."]

    def to_request(self) -> NewOrder:
        over: Any = self.amount.data
        if self.chosen.data != _OTHER:
            over = Money(int(self.chosen.data), self.meta.currency)
        return NewOrder(
            amount=over,
            buyer=self.buyer.data,
            buyer_email=self.buyer_email.data,
            recipient=self.recipient.data,
            recipient_email=self.recipient_email.data,
            greeting=self.greeting.data,
            send_on=self.send_on.data,
            key=(self.key.data or "")[:80],
        )
