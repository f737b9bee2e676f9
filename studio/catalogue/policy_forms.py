from __future__ import annotations

from typing import Any

from wtforms import BooleanField

from studio.catalogue import policy_text
from studio.catalogue.policies import PolicyVersion
from studio.domain.policy import Policy
from studio.web.fields import LineField, ParagraphField, WholeNumberField
from studio.web.form import Form


class CancelField(ParagraphField):
    def parse(self, text: str) -> Any:
        return policy_text.cancel_bands(super().parse(text))

    def written(self, value: Any) -> str:
        return policy_text.write_cancel(value)


class MoveField(ParagraphField):
    """The form's meta names the currency."""

    def parse(self, text: str) -> Any:
        return policy_text.move_bands(super().parse(text), self.meta.currency)

    def written(self, value: Any) -> str:
        return policy_text.write_move(value, self.meta.currency)


class FeeField(LineField):
    """The form's meta names the currency."""

    def parse(self, text: str) -> Any:
        return policy_text.fee(super().parse(text).lower(), self.meta.currency)

    def written(self, value: Any) -> str:
        return policy_text.write_fee(value, self.meta.currency)


class PolicyForm(Form):
    """A policy; the form's meta names the currency of its fees."""

    name = LineField("Name", longest=60, description="Only staff see it.")
    cooling_off_hours = WholeNumberField(
        "Hours to think it over",
        least=0,
        most=720,
        description="After booking: then everything comes back.",
    )
    cooling_off_days = WholeNumberField("If the session is so many days away", least=0, most=365)
    cancel = CancelField(
        "When a client cancels",
        longest=600,
        description="A line for each: from how long before the session on, and what becomes of"
        " the deposit: returned, credited or kept. With “and crew”, who was booked before the"
        " session is paid too.",
    )
    credit_days = WholeNumberField("Days a credit lasts", least=1, most=1095)
    move = MoveField(
        "When a client moves the session",
        longest=600,
        description="A line for each: free, an amount, a share of the price, or deposit used up.",
    )
    again = FeeField("Each move after the first costs more", longest=40)
    most_moves = WholeNumberField("Moves at most", least=0, most=20)
    grace_minutes = WholeNumberField("Minutes we wait for who comes late", least=0, most=120)
    grace_percent = WholeNumberField(
        "But no more than this part of the session", least=0, most=100, description="Per cent."
    )
    no_show_keeps_all = BooleanField("Who does not come loses all that was paid")

    @classmethod
    def of(cls, version: PolicyVersion, currency: str) -> PolicyForm:
        """The form as posted, or filled from *version*."""
        policy = version.policy
        data = {each: getattr(policy, each) for each in _AS_TYPED}
        return cls(data={"name": version.name, **data}, meta={"currency": currency})

    def to_policy(self) -> Policy:
        return Policy(**{each: self[each].data for each in _AS_TYPED})


_AS_TYPED = (
    "cooling_off_hours cooling_off_days cancel credit_days move again most_moves grace_minutes"
    " grace_percent no_show_keeps_all"
).split()
