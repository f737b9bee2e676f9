from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from wtforms import BooleanField, RadioField, ValidationError
from wtforms.validators import InputRequired

from studio.booking.afterwards.models import Afterwards, DeliveryStage
from studio.web.fields import LineField, WholeNumberField
from studio.web.form import Form, SelectChoice


class PicturesForm(Form):
    stage = RadioField(
        "How far are the pictures?",
        choices=[
            SelectChoice(DeliveryStage.SELECTING.value, "Ready to choose from"),
            SelectChoice(DeliveryStage.DELIVERED.value, "Delivered"),
        ],
        validators=[InputRequired("Please choose one.")],
    )
    link = LineField("Where the client finds them", longest=500)

    def validate_link(self, field: LineField) -> None:
        parts = urlsplit(field.data or "")
        if parts.scheme != "https" or not parts.hostname or " " in (field.data or ""):
            raise ValidationError("Please paste an address that begins with https://.")


class AfterForm(Form):
    """A box for each letter that may be written; an empty one switches it off."""

    thanks = BooleanField("Thanks, on the day")
    proofs = BooleanField("Pictures to choose from are ready")
    delivered = BooleanField("Pictures are delivered")
    review = BooleanField("Ask once for a review, 14 days after delivery")
    refresh = BooleanField("A word when it is time for new pictures")

    @property
    def boxes(self) -> dict[Afterwards, BooleanField]:
        return {
            Afterwards.THANKS: self.thanks,
            Afterwards.PROOFS: self.proofs,
            Afterwards.DELIVERED: self.delivered,
            Afterwards.REVIEW: self.review,
            Afterwards.REFRESH: self.refresh,
        }

    @property
    def off(self) -> list[Afterwards]:
        return [each for each, box in self.boxes.items() if not box.data]

    def show(self, off: Collection[str]) -> None:
        for each, box in self.boxes.items():
            box.data = each.value not in off


class RulesForm(AfterForm):
    refresh_months = WholeNumberField("Months until new pictures", least=1, most=120)
