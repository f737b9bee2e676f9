from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.coming.models import Attendance, Said
from studio.booking.models import Booking


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said about the time that a session has now."""

    said: Mapping[Said, Attendance] = field(default_factory=dict)

    @property
    def attendance_confirmed_at(self) -> datetime | None:
        """When the client said that they come; being on the way says so, too."""
        for each in (Said.COMING, Said.ON_MY_WAY, Said.LATE):
            if each in self.said:
                return self.said[each].at
        return None

    @property
    def called(self) -> Attendance | None:
        return self.said.get(Said.CALLED)

    @property
    def on_my_way(self) -> Attendance | None:
        return self.said.get(Said.ON_MY_WAY)

    @property
    def late(self) -> Attendance | None:
        return self.said.get(Said.LATE)


NOTHING = Heard()


def heard(session: Session, booking_ids: Collection[int]) -> Mapping[int, Heard]:
    """What was heard, for those of the bookings of whom something was."""
    found: dict[int, dict[Said, Attendance]] = {}
    for each in session.scalars(
        select(Attendance)
        .join(Booking, Booking.id == Attendance.booking_id)
        .where(Attendance.booking_id.in_(booking_ids), Attendance.generation == Booking.generation)
    ):
        found.setdefault(each.booking_id, {})[each.said] = each
    return {booking_id: Heard(said) for booking_id, said in found.items()}


def heard_of(session: Session, booking_id: int) -> Heard:
    return heard(session, [booking_id]).get(booking_id, NOTHING)
