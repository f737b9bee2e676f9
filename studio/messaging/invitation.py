"""A session as an entry for somebody's calendar (iCalendar, RFC 5545 and 5546)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from studio.web.text import one_line

if TYPE_CHECKING:
    from icalendar import vCalAddress


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One revision of an entry: the same *uid* throughout, a *sequence* that rises.

    *stamped_at* is when this revision was decided. Times are written in UTC and without a zone's
    rules, which calendars read differently: say the local time in words in *description*.
    """

    uid: str
    sequence: int
    method: Method
    stamped_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    organizer: str
    organizer_email: str
    attendee: str
    attendee_email: str

    def text(self) -> str:
        """The invitation as it is sent, with CRLF line ends."""
        from icalendar import Calendar, Event

        event = Event()
        event.add("uid", one_line(self.uid))
        event.add("sequence", self.sequence)
        event.add("dtstamp", self.stamped_at.astimezone(UTC))
        event.add("dtstart", self.starts_at.astimezone(UTC))
        event.add("dtend", self.ends_at.astimezone(UTC))
        event.add("summary", one_line(self.summary))
        event.add("location", one_line(self.location))
        event.add("description", _lines(self.description))
        event.add("status", "CANCELLED" if self.method is Method.CANCEL else "CONFIRMED")
        event.add("organizer", _person(self.organizer, self.organizer_email))
        attendee = _person(self.attendee, self.attendee_email)
        attendee.params["PARTSTAT"] = "ACCEPTED"
        attendee.params["RSVP"] = "FALSE"
        event.add("attendee", attendee)

        calendar = Calendar()
        calendar.add("prodid", "-//Sittings//Sittings//EN")
        calendar.add("version", "2.0")
        calendar.add("method", self.method.value)
        calendar.add_component(event)
        written: bytes = calendar.to_ical()
        return written.decode()


def _person(name: str, email: str) -> vCalAddress:
    from icalendar import vCalAddress

    person = vCalAddress(f"mailto:{one_line(email)}")
    person.params["CN"] = one_line(name).replace('"', "'")
    return person


def _lines(text: str) -> str:
    return "\n".join(one_line(line, limit=1000) for line in text.splitlines())
