"""What is closed in the weeks after the demo is loaded: a day, a holiday, an hour off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db import epoch
from studio.demo.reading import Span, dates, span, table
from studio.scheduling.models import Block, HoursOverride, Resource


def whole_studio(today: date) -> list[Span]:
    """The days on which nobody is there."""
    known = table("resources.toml")["closed"]
    return [dates(each, today) for each in known if "who" not in each]


def add_closed(session: Session, today: date, zone: ZoneInfo) -> None:
    known = table("resources.toml")
    ids = {each.slug: each.id for each in session.scalars(select(Resource))}
    for entry in known["closed"]:
        first, last = dates(entry, today)
        who = ids[entry["who"]] if "who" in entry else None
        session.add(
            HoursOverride(resource_id=who, first_on=first, last_on=last, note=entry["note"])
        )
    for entry in known["other_hours"]:
        first, last = dates(entry, today)
        for opens, closes in map(span, entry["spans"]):
            session.add(
                HoursOverride(
                    resource_id=ids[entry["who"]],
                    first_on=first,
                    last_on=last,
                    opens_minute=opens,
                    closes_minute=closes,
                    note=entry["note"],
                )
            )
    for entry in known["time_off"]:
        begins, ends = _instants(dates(entry, today)[0], entry["span"], zone)
        session.add(
            Block(
                resource_id=ids[entry["who"]],
                busy_from=epoch(begins),
                busy_to=epoch(ends),
                note=entry["note"],
            )
        )


def _instants(day: date, text: str, zone: ZoneInfo) -> Iterator[datetime]:
    midnight = datetime.combine(day, time(), tzinfo=zone)
    # Adding to an aware time moves the wall clock, which is what is meant.
    return (midnight + timedelta(minutes=minute) for minute in span(text))
