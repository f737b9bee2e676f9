from __future__ import annotations

from datetime import date
from typing import Any

from studio.catalogue.fields import TickField
from studio.catalogue.premium_service import PremiumEdit
from studio.catalogue.premiums import WEEKDAYS, PremiumTimes
from studio.web.fields import ClockField, DayField, LineField, WholeNumberField
from studio.web.form import Form, SelectChoice

_DAY = 24 * 60
_EVERY_DAY = tuple(range(1, 8))


class PremiumForm(Form):
    label = LineField(
        "Name",
        longest=60,
        description="Clients read it beside what it adds: “Saturday”, “Early morning”.",
    )
    percent = WholeNumberField(
        "Per cent more",
        least=1,
        most=200,
        description="Of the session with its people, not of add-ons or travel.",
    )
    weekdays = TickField("Days of the week", description="None ticked is every day.")
    since = ClockField("Starts from", required=False, description="Empty is midnight.")
    until = ClockField("Starts before", required=False, description="Empty is the end of the day.")
    first_on = DayField("First day", required=False, description="Empty is from now on.")
    last_on = DayField("Last day, included", required=False, description="Empty is for good.")

    @classmethod
    def of(cls, known: PremiumTimes | None) -> PremiumForm:
        """The form as posted, or filled from *known*; None is for new ones."""
        if known is None:
            return cls()
        return cls(
            data={
                "label": known.label,
                "percent": known.percent,
                "weekdays": known.weekdays,
                "since": known.from_minute or None,
                "until": None if known.to_minute == _DAY else known.to_minute,
                "first_on": known.first_on,
                "last_on": known.last_on,
            }
        )

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be ticked is known before what was.
        self.weekdays.choices = [SelectChoice(n, name) for n, name in enumerate(WEEKDAYS, 1)]
        super().process(*args, **kwargs)

    def check(self, today: date) -> bool:
        """Whether it was posted and makes sense together; *today* is the studio's."""
        if not self.validate_on_submit():
            return False
        first, last = self.first_on.data, self.last_on.data
        if self._until() <= (self.since.data or 0):
            self.until.errors = [
                "That is not after it starts. For times past midnight, add the day after as well."
            ]
        if last and first and last < first:
            self.last_on.errors = ["That is before the first day."]
        elif last and last < today:
            self.last_on.errors = ["These days are over."]
        return not self.errors

    def _until(self) -> int:
        # Midnight as an end is that of the day's end.
        return self.until.data or _DAY

    def to_request(self) -> PremiumEdit:
        days = tuple(sorted(set(self.weekdays.data)))
        return PremiumEdit(
            label=self.label.data,
            percent=self.percent.data,
            weekdays=() if days == _EVERY_DAY else days,
            from_minute=self.since.data or 0,
            to_minute=self._until(),
            first_on=self.first_on.data,
            last_on=self.last_on.data,
        )
