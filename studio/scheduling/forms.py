from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import SelectField

from studio.domain.hours import Minutes, Override, WeeklyHours, open_spans
from studio.scheduling.copying import Week
from studio.scheduling.hours_text import parse_hours, past_midnight, write_hours
from studio.scheduling.models import Resource
from studio.scheduling.overrides import OtherHours
from studio.scheduling.service import TimeOff
from studio.web.fields import DayField, LineField, TypedField, WallTimeField
from studio.web.form import Form, SelectChoice

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

# What a select sends for the whole studio, which is no resource.
EVERYTHING = "studio"

_YEAR = timedelta(days=366)
_DAY = 24 * 60


class HoursField(TypedField):
    """The spans of a day; empty is closed."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, required=False, longest=120, **kwargs)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or ()

    def parse(self, text: str) -> tuple[Minutes, ...]:
        return parse_hours(text)

    def written(self, value: Any) -> str:
        return write_hours(value)


class WeekForm(Form):
    monday = HoursField("Monday")
    tuesday = HoursField("Tuesday")
    wednesday = HoursField("Wednesday")
    thursday = HoursField("Thursday")
    friday = HoursField("Friday")
    saturday = HoursField("Saturday")
    sunday = HoursField("Sunday")

    @classmethod
    def of(cls, week: Week) -> WeekForm:
        """The form as posted, or filled from *week*."""
        return cls(data={name.lower(): week.get(n, ()) for n, name in enumerate(WEEKDAYS, 1)})

    def days(self) -> list[tuple[HoursField, str]]:
        """Each day's field, and how far its hours reach into the next day."""
        return [
            (self[name.lower()], past_midnight(self[name.lower()].data or (), following))
            for name, following in zip(WEEKDAYS, _next(WEEKDAYS), strict=True)
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        for name, following in zip(WEEKDAYS, _next(WEEKDAYS), strict=True):
            begins = min((opens for opens, _ in self[following.lower()].data), default=_DAY)
            reach = [closes for opens, closes in self[name.lower()].data if closes <= opens]
            if max(reach, default=0) > begins:
                self[following.lower()].errors = [
                    f"{name}'s hours reach into these: please write each part once."
                ]
        return not self.errors

    def to_request(self) -> Week:
        return {n: self[name.lower()].data for n, name in enumerate(WEEKDAYS, 1)}


class OverrideForm(Form):
    whom = SelectField("Who or what", validators=[])
    first_on = DayField("From")
    last_on = DayField("To, included", required=False, description="Empty for a single day.")
    hours = HoursField("Hours", description="Such as 10:00-14:00. Empty is closed.")
    note = LineField("Note", required=False, longest=120, description="Only staff see it.")

    @classmethod
    def of(cls, other: OtherHours | None) -> OverrideForm:
        """The form as posted, or filled from *other*."""
        if other is None:
            return cls()
        return cls(
            data={
                "whom": EVERYTHING if other.resource_id is None else str(other.resource_id),
                "first_on": other.first_on,
                "last_on": other.last_on if other.last_on != other.first_on else None,
                "hours": other.spans,
                "note": other.note,
            }
        )

    def offer(self, resources: Sequence[Resource]) -> None:
        self.whom.choices = [SelectChoice(EVERYTHING, "The whole studio"), *_choices(resources)]

    def check(self, today: date, zone: ZoneInfo) -> bool:
        """Whether it was posted and makes sense together; *today* is the studio's."""
        if not self.validate_on_submit():
            return False
        first, last = self.first_on.data, self._last()
        if last < first:
            self.last_on.errors = ["That is before the first day."]
        elif last < today:
            self.first_on.errors = ["These days are over."]
        elif last - first > _YEAR:
            self.last_on.errors = ["A year at a time is the most."]
        if self.whom.data == EVERYTHING and self.hours.data:
            self.hours.errors = ["The whole studio can only be closed: please leave this empty."]
        elif first == last and any(never(span, first, zone) for span in self.hours.data):
            self.hours.errors = ["The clock skips these hours on that day: please choose others."]
        return not self.errors

    def reach(self) -> str:
        """How far the hours reach into the day after each."""
        return past_midnight(self.hours.data or (), "the day after")

    def who(self) -> str:
        return _chosen(self.whom)

    def to_request(self) -> OtherHours:
        whom = self.whom.data
        return OtherHours(
            resource_id=None if whom == EVERYTHING else int(whom),
            first_on=self.first_on.data,
            last_on=self._last(),
            spans=self.hours.data,
            note=self.note.data,
        )

    def _last(self) -> date:
        last: date = self.last_on.data or self.first_on.data
        return last


class TimeOffForm(Form):
    whom = SelectField("Who or what", validators=[])
    since = WallTimeField("From")
    until = WallTimeField("Until")
    note = LineField("Note", required=False, longest=120, description="Only staff see it.")

    def offer(self, resources: Sequence[Resource]) -> None:
        self.whom.choices = _choices(resources)

    def check(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether it was posted and makes sense together."""
        if not self.validate_on_submit():
            return False
        since, until = self._instants(zone)
        if until <= since:
            self.until.errors = ["Please choose an end after the beginning."]
        elif until <= now:
            self.until.errors = ["That is over already."]
        elif until - since > _YEAR:
            self.until.errors = ["A year at a time is the most."]
        return not self.errors

    def who(self) -> str:
        return _chosen(self.whom)

    def to_request(self, zone: ZoneInfo) -> TimeOff:
        since, until = self._instants(zone)
        return TimeOff(
            resource_id=int(self.whom.data), since=since, until=until, note=self.note.data
        )

    def _instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        # In UTC, since two times of one zone compare by what the clock reads.
        since, until = (
            each.data.replace(tzinfo=zone).astimezone(UTC) for each in (self.since, self.until)
        )
        return since, until


def never(span: Minutes, day: date, zone: ZoneInfo) -> bool:
    """Whether the clock of *zone* skips all of *span* on *day*."""
    return not open_spans(WeeklyHours(()), [Override(day, day, (span,))], (), [day], zone)


def _next(days: Sequence[str]) -> list[str]:
    return [*days[1:], days[0]]


def _choices(resources: Sequence[Resource]) -> list[SelectChoice]:
    return [SelectChoice(str(each.id), each.name) for each in resources]


def _chosen(field: SelectField) -> str:
    return next(str(label) for value, label, *_ in field.iter_choices() if value == field.data)
