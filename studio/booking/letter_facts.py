"""What a letter may say of a booking, in words on the studio's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from studio.booking import prep_facts
from studio.booking.account import dated_by
from studio.booking.companies import covering
from studio.booking.models import Booking, BookingLine, Contact
from studio.catalogue.promises import Dated
from studio.domain.conditions import Known
from studio.domain.money import Money
from studio.domain.pricing import added
from studio.payments.standing import Missing, Standing, standing
from studio.prep.models import PrepGuide
from studio.prep.tailoring import checklist, conditional
from studio.scheduling.models import Studio
from studio.web.filters import clock, date_with_year, day, long_date, moment, money, short_date
from studio.web.text import one_line, tidy, within_a_sentence


@dataclass(frozen=True, slots=True)
class Facts:
    """A booking with what is owed for it at the moment of writing."""

    booking: Booking
    client: Contact
    studio: Studio
    guide: PrepGuide | None
    paid: Money
    going_back: Money
    given_up: Money
    missing: Sequence[Missing]
    terms: Dated
    payer: str = ""
    known: Known = field(default_factory=dict)

    @property
    def owed(self) -> Money:
        return added((each.amount for each in self.missing), self.booking.currency)

    @property
    def due_at(self) -> datetime | None:
        """When the last of what is owed is due."""
        return self.missing[-1].due.due_at if self.missing else None

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
            "checklist": [item["text"] for item in checklist(self.guide, self.known)],
            "proofs": f"by {long_date(proofs_on(booking))}",
            "phone": self.studio.phone,
        }

    def place(self) -> str:
        """Where to come, or where the studio comes to or rings."""
        booking, studio = self.booking, self.studio
        if booking.place is None:
            return f"{studio.address.strip()}\n\n{studio.directions.strip()}".strip()
        if booking.place.remote:
            number = one_line(self.client.phone)
            return f"We ring you on {number}.\n\n{booking.place.directions.strip()}".strip()
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
            [booking.arrival, f"{arrives}, {city}"],
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
        if self.payer:
            return [*rows, ["Paid by", one_line(self.payer)]]
        rows.append(["Paid", money(self.paid)])
        # With these the rows add up, whatever has gone back and was let off.
        between = (("Refund on its way", self.going_back), ("Not asked for", self.given_up))
        rows += [[words, money(amount)] for words, amount in between if amount]
        return [*rows, *self.still_to_pay()]

    def still_to_pay(self) -> list[list[str]]:
        """A row with what is to come and when, and of that what is due sooner; or none."""
        if not self.owed:
            return []
        sooner = (each for each in self.missing if each.due.due_at != self.due_at)
        return [
            ["Still to pay", f"{money(self.owed)}, {self._due_words()}"],
            *(
                ["Of that", f"{money(e.amount)}, by {moment(e.due.due_at, self.booking.zone)}"]
                for e in sooner
            ),
        ]

    def policy(self) -> list[str]:
        """The policy with this session's own dates; only what still lies ahead."""
        booked = self.terms.booked_at
        return [
            *self.terms.cancelling(booked),
            *self.terms.moving(booked),
            self.terms.coming_late(),
        ]

    def for_staff(self) -> list[list[str]]:
        booking = self.booking
        begins, ends = (clock(each, booking.zone) for each in (booking.starts_at, booking.ends_at))
        extras = [one_line(line.label) for line in booking.lines if line.add_on]
        return [
            ["Session", one_line(booking.package.name)],
            ["Day", day(booking.starts_at, booking.zone)],
            ["Shooting", f"{begins} to {ends}"],
            ["Arriving", clock(booking.arrive_at, booking.zone)],
            ["Client", one_line(self.client.name)],
            ["People", str(booking.people)],
            ["Looks", str(booking.looks)],
            *([["Extras", ", ".join(extras)]] if extras else []),
            [
                "Where",
                ", ".join(each for each in map(one_line, (booking.where, booking.spot)) if each),
            ],
            ["Sets", ", then ".join(one_line(each.set.name) for each in booking.sets)],
            ["Reference", booking.reference],
        ]

    def _due_words(self) -> str:
        if self.due_at is None:
            return "when we see you"
        return f"by {moment(self.due_at, self.booking.zone)}"


def facts_of(session: Session, booking: Booking, paid: Money) -> Facts:
    """The facts of a booking whose client is known.

    Raises:
        ValueError: if nobody has said yet who books.
    """
    money = standing(session, booking.id, booking.currency)
    return replace(facts_by(session, booking, money), paid=paid)


def facts_now(session: Session, booking: Booking) -> Facts:
    """The facts of a booking whose client is known, as it is now, by few statements.

    Raises:
        ValueError: if nobody has said yet who books.
    """
    # What is read here is found by what asks for it afterwards.
    read = session.execute(_all_of().where(Booking.id == booking.id)).unique().one()
    money = standing(session, read.Booking.id, read.Booking.currency)
    return facts_by(session, read.Booking, money)


def _all_of() -> Select[Booking, Studio, PrepGuide]:
    """A booking with all that a letter says of it, and the studio."""
    return (
        select(Booking, Studio, PrepGuide)
        .select_from(Booking)
        .join(Studio, Studio.id == 1)
        .outerjoin(PrepGuide, PrepGuide.id == Booking.guide_id)
        .options(
            joinedload(Booking.package),
            joinedload(Booking.photographer),
            joinedload(Booking.place),
            joinedload(Booking.policy),
            joinedload(Booking.covered),
            joinedload(Booking.lines).joinedload(BookingLine.add_on),
            joinedload(Booking.sets),
        )
    )


def facts_by(session: Session, booking: Booking, money: Standing) -> Facts:
    """The facts of a booking whose *money* has been read.

    Raises:
        ValueError: if nobody has said yet who books.
    """
    if booking.contact is None:
        raise ValueError("a hold has nobody to write to")
    guide = session.get(PrepGuide, booking.guide_id) if booking.guide_id else None
    known = prep_facts.of(session, booking) if guide and conditional(guide.checklist) else {}
    payer = covering.payer(session, booking.id) if booking.covered else None
    return Facts(
        booking,
        booking.contact,
        session.get_one(Studio, 1),
        guide,
        money.paid,
        money.asked,
        money.given_up,
        money.missing,
        dated_by(session, booking, money),
        payer.name if payer else "",
        known,
    )


def session_name(booking: Booking) -> str:
    """The package's name as it stands within a sentence: professional headshot."""
    return within_a_sentence(one_line(booking.package.name))


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
