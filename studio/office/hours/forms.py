from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_wtf.file import FileField
from wtforms import RadioField, SelectField

from studio.catalogue.fields import DayRange, DayRangesField, TickField
from studio.catalogue.set_service import SetEdit
from studio.scheduling.copying import WeekCopy
from studio.scheduling.holidays import LONGEST_DAYS
from studio.scheduling.models import Resource, Set
from studio.web.fields import DayField, LineField, ParagraphField, WholeNumberField
from studio.web.form import Form, SelectChoice

_ORDINARY, _DATED = "ordinary", "dated"
_MOST_WEEKS = 53


class CopyForm(Form):
    source = SelectField("Whose week", coerce=int)
    week_on = DayField(
        "Which week",
        required=False,
        description="Any day of it, with its other hours. Empty is the ordinary week.",
    )
    to_ids = TickField("Who or what gets it")
    into = RadioField(
        "Where to",
        choices=[
            SelectChoice(_DATED, "Into the weeks below only"),
            SelectChoice(_ORDINARY, "Into every ordinary week"),
        ],
        default=_DATED,
    )
    first_on = DayField("First week", required=False, description="Any day of it.")
    last_on = DayField(
        "Last week", required=False, description="Any day of it. Empty is the first alone."
    )

    def __init__(self, workers: Sequence[Resource], week_on: date | None) -> None:
        self._workers = [SelectChoice(each.id, each.name) for each in workers]
        following = week_on + timedelta(days=7) if week_on else None
        super().__init__(data={"week_on": week_on, "first_on": following})

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be ticked is known before what was.
        self.source.choices = self.to_ids.choices = self._workers
        super().process(*args, **kwargs)

    def check(self, today: date) -> bool:
        """Whether it was posted and makes sense together; *today* is the studio's."""
        if not self.validate_on_submit():
            return False
        if not self.to_ids.data:
            self.to_ids.errors = ["Please tick at least one."]
        if self.into.data == _DATED:
            self._check_weeks(today)
        return not self.errors

    def _check_weeks(self, today: date) -> None:
        if self.first_on.data is None:
            self.first_on.errors = ["Please say into which week."]
            return
        first, last = self._weeks()
        if last < first:
            self.last_on.errors = ["That is before the first week."]
        elif last + timedelta(days=6) < today:
            self.first_on.errors = ["These weeks are over."]
        elif (last - first).days >= 7 * _MOST_WEEKS:
            self.last_on.errors = [f"{_MOST_WEEKS} weeks at a time are the most."]

    def name(self, resource_id: int) -> str:
        return next(str(each.label) for each in self._workers if each.value == resource_id)

    def names(self, resource_ids: Sequence[int]) -> list[str]:
        return [self.name(each) for each in resource_ids]

    def to_request(self) -> WeekCopy:
        week_on = self.week_on.data
        return WeekCopy(
            from_id=self.source.data,
            from_week=_monday(week_on) if week_on else None,
            to_ids=tuple(self.to_ids.data),
            to_weeks=self._weeks() if self.into.data == _DATED else None,
        )

    def _weeks(self) -> tuple[date, date]:
        first = self.first_on.data
        return _monday(first), _monday(self.last_on.data or first)


class HolidaysField(DayRangesField):
    """A holiday a line, none longer than one from a file."""

    example = "2026-12-25 Christmas Day"

    def parse(self, text: str) -> Any:
        days = super().parse(text)
        for each in days:
            if (each.last_on - each.first_on).days >= LONGEST_DAYS:
                raise ValueError(f"“{line(each)[:60]}” is too long: {LONGEST_DAYS} days at most.")
        return days


class HolidaysForm(Form):
    file = FileField(
        "A calendar file",
        description="An .ics of public holidays: its whole days of the next two years are read.",
    )
    text = HolidaysField(
        "Or a day a line",
        description="Such as 2026-12-25 Christmas Day, or 2026-12-24 to 2026-12-26 Christmas.",
    )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if not (self.file.data or self.text.data):
            self.text.errors = ["Please choose a file, or write a day a line."]
        return not self.errors


class TickedDaysField(HolidaysField):
    """Days, each a box to tick whose value is a line of the list."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(["\n".join(str(each) for each in valuelist)])


class ClosingForm(Form):
    """The days to choose from, and those chosen."""

    text = HolidaysField("Days")
    days = TickedDaysField("Close on")


class EquipmentForm(Form):
    name = LineField("Name", longest=80)
    capacity = WholeNumberField("How many there are", least=1, most=1000)


class SetForm(Form):
    """How a set is built, where, and of what; each pool has a field of its own: `of`."""

    name = LineField("Name", longest=80)
    summary = ParagraphField("In a sentence or two", longest=300)
    build_minutes = WholeNumberField("Minutes to build", least=0, most=1440)
    strike_minutes = WholeNumberField("Minutes to strike", least=0, most=1440)
    room_ids = TickField("Rooms it fits")

    @classmethod
    def of(cls, known: Set | None, rooms: Sequence[Resource], pools: Sequence[Resource]) -> SetForm:
        """The form as posted, or filled from *known*, or for a new one."""
        counts = {
            f"pool_{each.id}": WholeNumberField(
                each.name, least=0, most=1000, description=f"There are {each.capacity}."
            )
            for each in pools
        }
        form: type[SetForm] = type("SetForm", (cls,), counts | {"pools": pools, "rooms": rooms})
        if known is None:
            return form(data={f"pool_{each.id}": 0 for each in pools})
        taken = {each.resource_id: each.quantity for each in known.equipment}
        return form(
            data={
                "name": known.name,
                "summary": known.summary,
                "build_minutes": known.build_minutes,
                "strike_minutes": known.strike_minutes,
                "room_ids": [each.id for each in known.rooms],
                **{f"pool_{each.id}": taken.get(each.id, 0) for each in pools},
            }
        )

    def process(self, *args: Any, **kwargs: Any) -> None:
        # What can be ticked is known before what was.
        self.room_ids.choices = [SelectChoice(each.id, each.name) for each in self.rooms]
        super().process(*args, **kwargs)

    def counts(self) -> dict[int, WholeNumberField]:
        return {each.id: self[f"pool_{each.id}"] for each in self.pools}

    def to_request(self) -> SetEdit:
        return SetEdit(
            name=self.name.data,
            summary=self.summary.data,
            build_minutes=self.build_minutes.data,
            strike_minutes=self.strike_minutes.data,
            rooms=tuple(self.room_ids.data),
            equipment={each: field.data for each, field in self.counts().items() if field.data},
        )


def line(day: DayRange) -> str:
    """A day as the list writes it, so that it is read back as it was."""
    range_needed = day.last_on != day.first_on or day.label.startswith("to ")
    through = f" to {day.last_on}" if range_needed else ""
    return f"{day.first_on}{through} {day.label}".strip()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
