"""What a letter may say of a booking, in words on the studio's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from studio.booking.models import Booking, Contact
from studio.domain import terms
from studio.domain.money import Money
from studio.payments import ledger
from studio.prep.models import PrepGuide
from studio.scheduling.models import Studio
from studio.web.filters import clock, date_with_year, day, long_date, money, short_date
from studio.web.text import one_line, tidy


@dataclass(frozen=True, slots=True)
class Facts:
    """A booking with what is owed for it at the moment of writing."""

    booking: Booking
    client: Contact
    studio: Studio
    guide: PrepGuide | None
    paid: Money
    due_at: datetime | None

    @property
    def owed(self) -> Money:
        left = self.booking.price - self.paid
        return left if left.minor > 0 else Money.zero(left.currency)

    def common(self) -> dict[str, Any]:
        """What every letter to a client says."""
        booking = self.booking
        return {
            "first_name": one_line(self.client.first_name),
            "session": session_name(booking),
            "photographer": one_line(booking.photographer.first_name),
            "day": day(booking.starts_at, booking.zone),
            "short_day": short_day(booking),
            "start_time": clock(booking.starts_at, booking.zone),
            "reference": booking.reference,
            "values": self.values(),
        }

    def values(self) -> dict[str, Any]:
        """What fills the placeholders of staff's own words; the link comes when it is sent."""
        booking = self.booking
        return {
            "first_name": one_line(self.client.first_name),
            "session": session_name(booking),
            "day": day(booking.starts_at, booking.zone),
            "time": clock(booking.starts_at, booking.zone),
            "arrive_time": clock(booking.arrive_at, booking.zone),
            "photographer": one_line(booking.photographer.first_name),
            "place": self.place(),
            "studio": one_line(self.studio.name),
            "balance": money(self.owed) if self.owed else "nothing",
            "balance_due": self._due_words() if self.owed else "all is paid",
            "checklist": [item["text"] for item in self.guide.checklist] if self.guide else [],
            "proofs": f"by {long_date(proofs_on(booking))}",
            "phone": self.studio.phone,
        }

    def place(self) -> str:
        """Where to come, or where the studio comes to."""
        booking, studio = self.booking, self.studio
        if booking.place is None:
            return f"{studio.address.strip()}\n\n{studio.directions.strip()}".strip()
        if booking.place.at_client:
            return f"We come to you:\n\n{tidy(booking.address)}".strip()
        where = f"{booking.place.name}\n{booking.address.strip()}"
        return f"{where}\n\n{booking.place.directions.strip()}".strip()

    def when(self) -> list[list[str]]:
        """Arrival first, then the shooting."""
        booking = self.booking
        city = f"{self.studio.zone_city} time"
        starts = booking.starts_at.astimezone(ZoneInfo(booking.zone)).date()
        arrives = clock(booking.arrive_at, booking.zone)
        first = [
            ["We arrive at" if booking.comes_to_client else "Please come at", f"{arrives}, {city}"],
            ["Day", date_with_year(starts)],
        ]
        if booking.before_minutes:
            names = [line.label for line in booking.lines if line.before]
            first.append(
                [one_line(", ".join(names)) or "First", clock(booking.first_at, booking.zone)]
            )
        return [
            *first,
            ["We begin at", clock(booking.starts_at, booking.zone)],
            ["We finish by", clock(booking.ends_at, booking.zone)],
            ["With", one_line(booking.photographer.name)],
        ]

    def price(self) -> list[list[str]]:
        """The agreed lines, what was paid, and what is still to come and when."""
        rows = [[one_line(line.label), money(line.total)] for line in self.booking.lines]
        if len(rows) > 1:
            rows.append(["Together", money(self.booking.price)])
        return [*rows, ["Paid", money(self.paid)], *self.still_to_pay()]

    def still_to_pay(self) -> list[list[str]]:
        """A row with what is to come and when, or none."""
        if not self.owed:
            return []
        return [["Still to pay", f"{money(self.owed)}, {self._due_words()}"]]

    def policy(self) -> list[str]:
        """The terms with this session's own dates; only those that still lie ahead."""
        booking = self.booking
        booked = booking.confirmed_at or booking.created_at
        said: list[str] = []
        free = terms.free_until(booked, booking.starts_at)
        credit = terms.credit_until(booking.starts_at)
        if free is not None:
            until = moment(free, booking.zone)
            said.append(f"Cancel by {until}, and you get everything back.")
        if credit > (free or booked):
            said.append(
                f"Cancel by {moment(credit, booking.zone)}, and your deposit becomes a credit"
                f" for {terms.CREDIT_LASTS.days} days."
            )
        when = "If you cancel later" if said else "If you cancel"
        said.append(f"{when}, we keep the deposit. Whatever you paid beyond it comes back.")
        move = booking.starts_at - terms.FREE_MOVE
        if move > booked:
            until = moment(move, booking.zone)
            said.append(f"Moving the session once is free until {until}: just reply.")
        else:
            said.append("If the time does not suit you any more, reply and we see what we can do.")
        return said

    def for_staff(self) -> list[list[str]]:
        booking = self.booking
        begins, ends = (clock(each, booking.zone) for each in (booking.starts_at, booking.ends_at))
        return [
            ["Session", one_line(booking.package.name)],
            ["Day", day(booking.starts_at, booking.zone)],
            ["Shooting", f"{begins} to {ends}"],
            ["Arriving", clock(booking.arrive_at, booking.zone)],
            ["Client", one_line(self.client.name)],
            ["People, looks", f"{booking.people}, {booking.looks}"],
            [
                "Where",
                ", ".join(each for each in (one_line(booking.where), self._address()) if each),
            ],
            ["Sets", ", then ".join(one_line(each.set.name) for each in booking.sets)],
            ["Reference", booking.reference],
        ]

    def _address(self) -> str:
        return one_line(self.booking.address) if self.booking.place else ""

    def _due_words(self) -> str:
        if self.due_at is None:
            return "when we see you"
        return f"by {moment(self.due_at, self.booking.zone)}"


def facts_of(session: Session, booking: Booking, paid: Money) -> Facts:
    """The facts of a booking whose client is known.

    Raises:
        ValueError: if nobody has said yet who books.
    """
    if booking.contact is None:
        raise ValueError("a hold has nobody to write to")
    dues = ledger.dues(session, booking.id)
    guide = session.get(PrepGuide, booking.guide_id) if booking.guide_id else None
    return Facts(
        booking,
        booking.contact,
        session.get_one(Studio, 1),
        guide,
        paid,
        dues[-1].due_at if dues else None,
    )


def moment(instant: datetime, zone: str) -> str:
    """Tuesday 8 December, 10:15."""
    return f"{day(instant, zone)}, {clock(instant, zone)}"


def session_name(booking: Booking) -> str:
    """The package's name as it stands within a sentence: professional headshot."""
    name = one_line(booking.package.name)
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def short_day(booking: Booking) -> str:
    return short_date(booking.starts_at.astimezone(ZoneInfo(booking.zone)).date())


def proofs_on(booking: Booking) -> date:
    """The working day by which the pictures to choose from are ready; the day itself for none."""
    on = booking.ends_at.astimezone(ZoneInfo(booking.zone)).date()
    left = booking.package.proofs_business_days
    while left:
        on += timedelta(days=1)
        left -= on.isoweekday() <= 5
    return on
