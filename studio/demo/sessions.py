"""Sessions the demo studio has had and is going to have, booked through the engine itself.

Nobody is written to about them, and no card was charged: the price is due on the day, and what
is over was paid at the studio.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from studio.booking import history
from studio.booking.models import Booking, BookingEvent, BookingLine, BookingSet, Terms
from studio.catalogue.models import Package
from studio.catalogue.queries import needs_of, packages, who_may_shoot
from studio.clients import book
from studio.db import epoch, from_epoch
from studio.domain import availability
from studio.domain.availability import Needs, Start, Taken
from studio.domain.lifecycle import Action, BookingState
from studio.domain.wall_clock import local_date
from studio.payments.models import Due, EntryKind, LedgerEntry, Purpose
from studio.prep.queries import newest_guides
from studio.scheduling import calendar
from studio.scheduling.models import Photographer, ResourceKind
from studio.scheduling.models import Studio as StudioRow
from studio.scheduling.queries import House, house, studio_around, the_studio

# Every session was booked this long ahead, within each package's notice and horizon.
_AHEAD = timedelta(days=30)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST_NAMES = (
    "Alma Benedikt Coralie Dafydd Esme Farouk Giulia Hamish Ines Jelle Katya Leopold Marisol"
    " Niamh Oskar Priya Quentin Rosalba Sunniva Tobias Ursel Valentin Wren Xanthe Yusuf Zofia"
).split()
_LAST_NAMES = (
    "Ambrosell Brackenridge Coldharbour Dovewater Eastwhistle Farthinghoe Goldenmoor Hollowell"
    " Ivybridge Juddbury Knapweed Lindqvale Merriwether Nettlecombe Oakenholt Pennywell"
).split()


@dataclass(frozen=True, slots=True)
class _Offer:
    """A package, and all that booking it again and again needs to know."""

    package: Package
    needs: Needs
    sets: Sequence[int]
    guide_id: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    offer: _Offer
    claim: calendar.Claim
    booked_at: datetime


class Diary:
    """Books sessions into the demo studio's calendar, day by day, as *rng* has it."""

    def __init__(self, session: Session, rng: Random, now: datetime) -> None:
        self._session = session
        self._rng = rng
        self._now = now
        self._studio: StudioRow = the_studio(session)
        self._zone = ZoneInfo(self._studio.zone)
        self._house: House = house(session)
        self._offers = _offers(session)
        self._terms_id = session.scalars(select(Terms.id)).one()
        self._clients: dict[str, int] = {}

    def fill(self, days: int, share: float) -> int:
        """Confirmed sessions on the next *days* days, until *share* of the hours are taken.

        Less, where rooms, sets or equipment run out before. How many there are then.
        """
        today = local_date(epoch(self._now), self._zone)
        dates = [today + timedelta(days=n) for n in range(1, days + 1)]
        return sum(self._write(list(self._day(date_, share))) for date_ in dates)

    def look_back(self, most: int, share: float) -> None:
        """*most* completed sessions, on as many days up to yesterday as it takes."""
        day = local_date(epoch(self._now), self._zone)
        while most:
            day -= timedelta(days=1)
            most -= self._write(list(islice(self._day(day, share), most)))

    def _day(self, day: date, share: float) -> Iterator[_Found]:
        """Sessions on *day*, each where the ones before it leave room."""
        booked_at = min(self._now, self._morning(day) - _AHEAD)
        things = self._house.things.values()
        studio = studio_around(
            self._session, self._house, [day], epoch(booked_at), [each.id for each in things]
        )
        taken = list(studio.taken)
        left = share * self._seconds(studio, day)
        offers = list(self._offers)
        while left > 0 and offers:
            offer = self._rng.choice(offers)
            studio = replace(studio, taken=taken)
            starts = availability.open_starts(studio, offer.needs, [day], epoch(booked_at))
            if not starts:
                offers.remove(offer)
                continue
            claim = self._claim(offer.needs, self._rng.choice(starts))
            taken.append(_taken(claim))
            left -= offer.needs.seconds
            yield _Found(offer, claim, booked_at)

    def _seconds(self, studio: availability.Studio, day: date) -> int:
        """How long sessions can be shot on *day*: by the photographers, or by the rooms if less."""
        totals = {ResourceKind.PHOTOGRAPHER: 0, ResourceKind.ROOM: 0, ResourceKind.POOL: 0}
        for thing in self._house.things.values():
            totals[thing.kind] += sum(
                end - begin
                for begin, end in studio.open.get(thing.id, ())
                if local_date(begin, self._zone) == day
            )
        return min(totals[ResourceKind.PHOTOGRAPHER], totals[ResourceKind.ROOM])

    def _claim(self, needs: Needs, start: Start) -> calendar.Claim:
        who = self._rng.choice(list(start.options))
        room = self._rng.choice(start.options[who])
        return calendar.Claim(needs, from_epoch(start.at), who, room)

    def _morning(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 9, tzinfo=self._zone)

    def _write(self, found: Sequence[_Found]) -> int:
        """Write a day's sessions down; the database's guard has the last word on each."""
        if not found:
            return 0
        rows = [self._booking(each) for each in found]
        ids = self._session.scalars(
            insert(Booking).returning(Booking.id, sort_by_parameter_order=True), rows
        ).all()
        for booking_id, each in zip(ids, found, strict=True):
            calendar.allocate(self._session, each.claim, booking_id, None)
        written = list(zip(ids, rows, found, strict=True))
        self._insert(BookingLine, [_line(i, each, self._studio) for i, _, each in written])
        self._insert(
            BookingSet,
            [
                {"booking_id": i, "position": n, "set_id": set_id}
                for i, _, each in written
                for n, set_id in enumerate(each.offer.sets)
            ],
        )
        self._insert(BookingEvent, [event for i, row, _ in written for event in _events(i, row)])
        self._insert(LedgerEntry, [_paid(i, row) for i, row, _ in written if _over(row)])
        self._insert(Due, [_due(i, each) for i, row, each in written if not _over(row)])
        return len(found)

    def _insert(self, table: type[Any], rows: list[dict[str, Any]]) -> None:
        if rows:
            self._session.execute(insert(table), rows)

    def _booking(self, found: _Found) -> dict[str, Any]:
        package, claim = found.offer.package, found.claim
        over = claim.ends_at <= self._now
        return {
            "reference": "".join(self._rng.choices(_LETTERS, k=10)),
            "state": BookingState.COMPLETED if over else BookingState.CONFIRMED,
            "package_id": package.id,
            "photographer_id": claim.photographer_id,
            "room_id": claim.room_id,
            "client_id": self._client(),
            "terms_id": self._terms_id,
            "guide_id": found.offer.guide_id,
            "starts_at": claim.starts_at,
            "ends_at": claim.ends_at,
            "arrive_at": claim.starts_at - timedelta(minutes=self._studio.arrive_minutes),
            "zone": self._studio.zone,
            "local_time": claim.starts_at.astimezone(self._zone).strftime("%Y-%m-%dT%H:%M"),
            "minutes": package.minutes,
            "people": self._rng.randint(package.people_min, package.people_max),
            "looks": package.looks,
            "licence_text": package.licence.text,
            "price_minor": package.price_minor,
            "currency": package.currency,
            "confirmed_at": found.booked_at,
            "created_at": found.booked_at,
        }

    def _client(self) -> int:
        first, last = self._rng.choice(_FIRST_NAMES), self._rng.choice(_LAST_NAMES)
        email = f"{first}.{last}@client.example".lower()
        if email not in self._clients:
            self._clients[email] = book.find_or_add(
                self._session,
                name=f"{first} {last}",
                email=email,
                phone=f"020 7946 0{self._rng.randint(100, 999)}",
                now=self._now,
            ).id
        return self._clients[email]


def _offers(session: Session) -> list[_Offer]:
    guides: Mapping[int, Any] = newest_guides(session)
    offers = []
    for package in packages(session):
        able: list[Photographer] = who_may_shoot(session, package)
        guide = guides.get(package.session_type_id)
        offers.append(
            _Offer(
                package,
                needs_of(package, (), able),
                [each.set_id for each in package.package_sets],
                guide.id if guide else None,
            )
        )
    return offers


def _taken(claim: calendar.Claim) -> Taken:
    needs = claim.needs
    return Taken(
        needs.package_id,
        claim.photographer_id,
        claim.room_id,
        epoch(claim.starts_at),
        epoch(claim.ends_at),
        needs.first_set,
        needs.last_set,
        needs.same,
        needs.clear,
        needs.equipment,
    )


def _over(row: Mapping[str, Any]) -> bool:
    return row["state"] is BookingState.COMPLETED


def _line(booking_id: int, found: _Found, studio: StudioRow) -> dict[str, Any]:
    package = found.offer.package
    return {
        "booking_id": booking_id,
        "kind": "package",
        "label": package.name,
        "minutes": package.minutes,
        "quantity": 1,
        "unit_minor": package.price_minor,
        "tax_percent": studio.tax_percent,
        "total_minor": package.price_minor,
        "currency": package.currency,
    }


def _events(booking_id: int, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    told: list[tuple[str, datetime, dict[str, str]]] = [
        ("held", row["created_at"], {}),
        (Action.CONFIRM.value, row["confirmed_at"], {"before": BookingState.HELD.value}),
    ]
    if _over(row):
        told.append(
            (Action.COMPLETE.value, row["ends_at"], {"before": BookingState.CONFIRMED.value})
        )
    for kind, at, detail in told:
        yield {
            "booking_id": booking_id,
            "at": at,
            "actor": history.SYSTEM,
            "kind": kind,
            "detail": detail,
        }


def _paid(booking_id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "booking_id": booking_id,
        "kind": EntryKind.PAYMENT,
        "ref": f"studio-{row['reference']}",
        "amount_minor": row["price_minor"],
        "currency": row["currency"],
        "at": row["ends_at"],
    }


def _due(booking_id: int, found: _Found) -> dict[str, Any]:
    package = found.offer.package
    return {
        "booking_id": booking_id,
        "purpose": Purpose.BALANCE,
        "amount_minor": package.price_minor,
        "currency": package.currency,
        "due_at": found.claim.starts_at - timedelta(hours=package.balance_hours_before),
    }
