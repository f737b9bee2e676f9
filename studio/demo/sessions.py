"""Sessions the demo studio has had and is going to have, booked through the engine itself.

Nobody is written to about them, and no card was charged: the price is due on the day, and what
is over was paid at the studio.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain, islice
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from studio.booking.models import Booking, BookingEvent, BookingLine, BookingSet, Terms
from studio.catalogue.queries import needs_of, packages, who_may_shoot
from studio.clients.models import Client
from studio.db import epoch, from_epoch
from studio.demo import booked
from studio.demo.booked import Found, Offer
from studio.domain import availability
from studio.domain.availability import Needs, Start, Taken
from studio.domain.lifecycle import BookingState
from studio.domain.turnaround import SetTimes
from studio.domain.wall_clock import local_date
from studio.payments.models import Due, LedgerEntry
from studio.prep.queries import newest_guides
from studio.scheduling import calendar
from studio.scheduling.house import House, house
from studio.scheduling.models import Allocation, Photographer, ResourceKind
from studio.scheduling.models import Studio as StudioRow
from studio.scheduling.queries import studio_around, the_studio

# Every session was booked this long ahead, within each package's notice and horizon.
_AHEAD = timedelta(days=30)
_CLIENTS = 120
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST_NAMES = (
    "Alma Benedikt Coralie Dafydd Esme Farouk Giulia Hamish Ines Jelle Katya Leopold Marisol"
    " Niamh Oskar Priya Quentin Rosalba Sunniva Tobias Ursel Valentin Wren Xanthe Yusuf Zofia"
).split()
_LAST_NAMES = (
    "Ambrosell Brackenridge Coldharbour Dovewater Eastwhistle Farthinghoe Goldenmoor Hollowell"
    " Ivybridge Juddbury Knapweed Lindqvale Merriwether Nettlecombe Oakenholt Pennywell"
).split()


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
        self._clients = _add_clients(session, rng, now)

    def fill(self, days: int, share: float) -> None:
        """Confirmed sessions on the next *days* days, until *share* of the hours are taken.

        Less, where rooms, sets or equipment run out before.
        """
        today = local_date(epoch(self._now), self._zone)
        for n in range(1, days + 1):
            self._write(list(self._day(today + timedelta(days=n), share)))

    def look_back(self, most: int, share: float) -> None:
        """*most* completed sessions, on as many days up to yesterday as it takes."""
        day = local_date(epoch(self._now), self._zone)
        while most:
            day -= timedelta(days=1)
            most -= self._write(list(islice(self._day(day, share), most)))

    def _day(self, day: date, share: float) -> Iterator[Found]:
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
            taken.append(_taken(claim, studio.sets))
            left -= offer.needs.seconds
            yield Found(offer, claim, booked_at)

    def _seconds(self, studio: availability.Studio, day: date) -> int:
        """How long sessions can be shot on *day*: by the photographers, or by the rooms if less."""
        totals = dict.fromkeys(ResourceKind, 0)
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

    def _write(self, found: Sequence[Found]) -> int:
        """Write a day's sessions down; the database's guard has the last word on each."""
        if not found:
            return 0
        rows = [self._booking(each) for each in found]
        ids = self._session.scalars(
            insert(Booking).returning(Booking.id, sort_by_parameter_order=True), rows
        ).all()
        written = list(zip(ids, rows, found, strict=True))
        self._insert(
            Allocation,
            [row for i, _, each in written for row in calendar.rows_of(each.claim, i, None)],
        )
        self._insert(BookingLine, [booked.line(i, each, self._studio) for i, _, each in written])
        self._insert(
            BookingSet,
            [
                {"booking_id": i, "position": n, "set_id": set_id}
                for i, _, each in written
                for n, set_id in enumerate(each.offer.sets)
            ],
        )
        events = (booked.events(i, row) for i, row, _ in written)
        self._insert(BookingEvent, list(chain.from_iterable(events)))
        over = [(i, row) for i, row, _ in written if booked.over(row)]
        self._insert(LedgerEntry, [booked.paid(i, row) for i, row in over])
        self._insert(Due, [booked.due(i, each) for i, row, each in written if not booked.over(row)])
        return len(found)

    def _insert(self, table: type[Any], rows: list[dict[str, Any]]) -> None:
        if rows:
            self._session.execute(insert(table), rows)

    def _booking(self, found: Found) -> dict[str, Any]:
        package, claim = found.offer.package, found.claim
        client_id, name, email, phone = self._rng.choice(self._clients)
        over = claim.ends_at <= self._now
        return {
            "reference": "".join(self._rng.choices(_LETTERS, k=10)),
            "state": BookingState.COMPLETED if over else BookingState.CONFIRMED,
            "package_id": package.id,
            "photographer_id": claim.photographer_id,
            "room_id": claim.room_id,
            "client_id": client_id,
            "contact_name": name,
            "contact_email": email,
            "contact_phone": phone,
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


def _add_clients(session: Session, rng: Random, now: datetime) -> list[tuple[int, str, str, str]]:
    """People who come back now and then: id, name, address and phone."""
    names = rng.sample([f"{a} {b}" for a in _FIRST_NAMES for b in _LAST_NAMES], _CLIENTS)
    rows = []
    for number, name in enumerate(names):
        email = f"{name.replace(' ', '.').lower()}@client.example"
        phone = f"020 7946 0{100 + number}"
        rows.append(
            {
                "name": name,
                "email": email,
                "address_key": email,
                "phone": phone,
                "search_text": f"{name} {email} {phone}".casefold(),
                "created_at": now,
            }
        )
    wanted = insert(Client).returning(Client.id, sort_by_parameter_order=True)
    ids = session.scalars(wanted, rows).all()
    return [
        (each, str(row["name"]), str(row["email"]), str(row["phone"]))
        for each, row in zip(ids, rows, strict=True)
    ]


def _offers(session: Session) -> list[Offer]:
    guides: Mapping[int, Any] = newest_guides(session)
    offers = []
    for package in packages(session):
        able: list[Photographer] = who_may_shoot(session, package)
        guide = guides.get(package.session_type_id)
        offers.append(
            Offer(
                package,
                needs_of(package, (), able),
                [each.set_id for each in package.package_sets],
                guide.id if guide else None,
            )
        )
    return offers


def _taken(claim: calendar.Claim, sets: Mapping[int, SetTimes]) -> Taken:
    needs = claim.needs
    return Taken.of(
        sets,
        needs.package_id,
        claim.photographer_id,
        claim.room_id or 0,
        epoch(claim.starts_at),
        epoch(claim.ends_at),
        needs.first_set,
        needs.last_set,
        needs.same,
        needs.clear,
        needs.equipment,
        needs.place,
    )
