"""Closing the studio on public holidays: from a calendar file or a list, chosen one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from studio.catalogue.fields import DayRange
from studio.db import db
from studio.office.hours import asker, bp, effect, words
from studio.office.hours.forms import ClosingForm, HolidaysForm, line
from studio.ports import ports
from studio.scheduling import service
from studio.scheduling.holidays import Holidays, read_holidays
from studio.scheduling.openings import known_house
from studio.scheduling.outside.reading import Unreadable
from studio.scheduling.overrides import OtherHours, covered
from studio.web.guards import staff

# As many as the form that chooses may send.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """A day to choose: the line it is sent as, its words, and whether it is closed already."""

    line: str
    words: str
    name: str
    closed: bool
    ticked: bool


@bp.route("/holidays", methods=["GET", "POST"])
@staff("edit_hours")
def holidays() -> ResponseReturnValue:
    """Read a file or a list, and show what stands in it, to choose from; nothing is saved yet."""
    form = HolidaysForm()
    if form.validate_on_submit() and not effect.going_back():
        try:
            found = _found(form)
        except Unreadable as error:
            form.file.errors = [str(error)]
        else:
            if found.days:
                return _choosing(found.days[:_MOST], None, [*found.left_out, *_too_many(found)])
            form.text.errors = [*found.left_out, "No whole day that is still to come was found."]
    page = render_template("office/studio/holidays.html", form=form)
    return page, 422 if form.errors else 200


@bp.post("/holidays/close")
@staff("edit_hours")
def close_holidays() -> ResponseReturnValue:
    """Close the studio on the days that were ticked."""
    form = ClosingForm()
    form.validate()
    listed = [_closure(each) for each in form.text.data or ()]
    chosen = [_closure(each) for each in form.days.data or ()]
    if effect.going_back():
        return _choosing(listed, chosen, ())
    if not chosen or form.errors:
        return _choosing(listed or chosen, chosen, ["Please tick at least one day."]), 422
    return effect.saved_or_asked(
        "The whole studio is closed: " + "; ".join(_named(each) for each in chosen) + ".",
        lambda agreed: service.close_days(chosen, agreed),
        saved="The days are closed.",
    )


def _found(form: HolidaysForm) -> Holidays:
    """The days of the file and of the list together.

    Raises:
        Unreadable: if the file is no calendar.
    """
    now, zone = ports().now(), asker.zone()
    body = form.file.data.read() if form.file.data else b""
    read = read_holidays(body, now, zone) if body else Holidays((), ())
    written = [_closure(each) for each in form.text.data]
    coming = [each for each in written if each.last_on >= now.astimezone(zone).date()]
    over = len(written) - len(coming)
    return Holidays(
        sorted([*read.days, *coming], key=lambda each: each.first_on),
        [*read.left_out, *([f"{over} of the list left out: over already."] if over else [])],
    )


def _choosing(
    days: Sequence[OtherHours], ticked: Sequence[OtherHours] | None, remarks: Sequence[str]
) -> str:
    """The page to choose on; with *ticked* None, whatever is not closed yet is ticked."""
    closures = known_house(db.session()).closures
    choices = []
    for each in days:
        closed = covered(closures, each.first_on, each.last_on)
        choices.append(
            Choice(
                line(DayRange(each.first_on, each.last_on, each.note)),
                words.dates(each),
                each.note,
                closed,
                not closed if ticked is None else each in ticked,
            )
        )
    return render_template(
        "office/studio/choose_holidays.html",
        choices=choices,
        remarks=remarks,
        text="\n".join(each.line for each in choices),
    )


def _too_many(found: Holidays) -> list[str]:
    more = len(found.days) - _MOST
    return (
        [f"{more} more are not shown: close these first, then read the file again."]
        if more > 0
        else []
    )


def _closure(day: DayRange) -> OtherHours:
    return OtherHours(None, day.first_on, day.last_on, (), day.label)


def _named(day: OtherHours) -> str:
    return f"{words.dates(day)} {day.note}".strip()
