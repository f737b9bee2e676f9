from __future__ import annotations

from collections.abc import Mapping

from wtforms import RadioField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from studio.booking.service import Cancellation
from studio.domain.terms import CalledOffBy, Settlement
from studio.web.fields import LineField, WholeNumberField
from studio.web.form import Form, SelectChoice

_LARGEST = 10**12


class CancelForm(Form):
    """Who calls off and why, with the refunds (minor units) that stood on the page."""

    called_off_by = RadioField(
        "Who calls it off?",
        choices=[
            SelectChoice(CalledOffBy.CLIENT.value, "The client calls off: by the terms"),
            SelectChoice(CalledOffBy.STUDIO.value, "We call off: everything goes back"),
        ],
        validators=[InputRequired("Please choose who calls it off.")],
    )
    reason = LineField(
        "Why?", longest=300, description="Kept in our history; the client is not shown it."
    )
    refund_client = WholeNumberField("Refund", least=0, most=_LARGEST, widget=HiddenInput())
    refund_studio = WholeNumberField("Refund", least=0, most=_LARGEST, widget=HiddenInput())

    def show(self, proposals: Mapping[CalledOffBy, Settlement]) -> None:
        """Carry along the refunds that the page is about to show."""
        for field, side in (
            (self.refund_client, CalledOffBy.CLIENT),
            (self.refund_studio, CalledOffBy.STUDIO),
        ):
            field.raw_data, field.data = None, proposals[side].refund.minor

    def to_request(self, actor: str) -> Cancellation:
        side = CalledOffBy(self.called_off_by.data)
        shown = self.refund_client if side is CalledOffBy.CLIENT else self.refund_studio
        return Cancellation(
            called_off_by=side, reason=self.reason.data, refund_shown=shown.data, actor=actor
        )
