from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

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
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
            named = not _is_number(host) and "." in host
        except ValueError:
            named = False
        if not named:
            raise ValueError("A calendar is read from a public name, such as calendar.google.com.")
        if parts.username or parts.password:
            raise ValueError("Please use an address without a name and password in it.")
        return text


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit()
    return True


class CalendarForm(Form):
    photographer = SelectField("Whose", validators=[])
    url = AddressField(
        "Address",
        description="In Google: Settings, your calendar, Secret address in iCal format.",
    )

    def offer(self, crew: Sequence[Photographer]) -> None:
        self.photographer.choices = [SelectChoice(str(each.id), each.name) for each in crew]
