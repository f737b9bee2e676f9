from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import SelectField

from studio.scheduling.models import Photographer
from studio.web.fields import LineField
from studio.web.form import Form, SelectChoice


class AddressField(LineField):
    """An address that may be fetched; whose it is and what stands there is seen later."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, longest=2000, **kwargs)

    def parse(self, text: str) -> str:
        lower = text.lower()
        if not lower.startswith(("https://", "webcal://")) or not text.isascii() or " " in text:
            raise ValueError("Please paste the secret address of a calendar: it begins with https.")
        return text


class CalendarForm(Form):
    photographer = SelectField("Whose", validators=[])
    url = AddressField(
        "Address",
        description="In Google: Settings, your calendar, Secret address in iCal format.",
    )

    def offer(self, crew: Sequence[Photographer]) -> None:
        self.photographer.choices = [SelectChoice(str(each.id), each.name) for each in crew]
