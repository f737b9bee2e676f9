"""Sessions the demo studio has had and is going to have, booked through the engine itself.

Nobody is written to about them, and no card was charged: the price is due on the day, and what
is over was paid at the studio. What is on request was asked for and accepted; a few requests
wait for an answer still, or for the deposit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from studio.booking import agreement
from studio.booking.models import Booking, BookingEvent, BookingLine, BookingSet, Terms
from studio.booking.sale import prices_of
from studio.catalogue.policies import in_force
from studio.catalogue.queries import packages, who_may_shoot
from studio.clients.models import Client
from studio.db import epoch
from studio.demo import booked
from studio.demo.booked import Found, Offer, Person, Stage, Words
from studio.demo.day import Day
from studio.demo.reading import table
from studio.domain.availability import Start
from studio.domain.lifecycle import BookingState
from studio.domain.wall_clock import local_date
from studio.payments.models import Due, LedgerEntry
from studio.prep.queries import newest_guides
from studio.scheduling import calendar
from studio.scheduling.house import House, house
from studio.scheduling.models import Allocation

# Every session was booked this long ahead, within each package's notice and horizon.
_AHEAD = timedelta(days=30)
_A_DAY = timedelta(days=1)
# What waits for an answer lies at least as far ahead, and was asked for this morning.
_ASKED_AHEAD = timedelta(days=12)
_ASKED_AGO = timedelta(hours=3)
# About so many sessions of a package fit into one of its open days.
_MINIS = 20
_LEFT_OVER = 3
_CLIENTS = 120
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
        self._house: House = house(session)
        self._today = local_date(epoch(now), self._house.zone)
        self._offers = _offers(session)
        self._terms_id = session.scalars(select(Terms.id)).one()
        self._clients = _add_clients(session, rng, now)
        told = table("diary.toml")
        self._words = Words(["\n".join(each) for each in told["addresses"]], told["notes"])
        self._office = table("studio.toml")["staff"][0]["name"]

    def fill(self, days: int, share: float) -> None:
        """Confirmed sessions on the next *days* days, until *share* of the hours are taken.

        Less, where rooms, sets or equipment run out before.
        """
        for n in range(1, days + 1):
            self._write(list(self._day(self._today + timedelta(days=n), share)))

    def ask(self) -> None:
        """A request for each package on request; every second has been accepted by now.

        Each is for a later day than the one before, so that none is in another's way.
        """
        asked = [offer for offer in self._offers if offer.on_request]
        first = self._today + _ASKED_AHEAD
        for number, offer in enumerate(asked):
            stage = Stage.ACCEPTED if number % 2 else Stage.ASKED
            found = next(self._requests(offer, stage, first), None)
            if found:
                self._write([found])
                first = local_date(epoch(found.claim.starts_at), self._house.zone) + _A_DAY

    def look_back(self, most: int, share: float) -> None:
        """*most* completed sessions, on as many days up to yesterday as it takes."""
        day = self._today
        while most:
            day -= timedelta(days=1)
            most -= self._write(list(islice(self._day(day, share), most)))

    def _day(self, date: date, share: float) -> Iterator[Found]:
        """Sessions on *date*, each where the ones before it leave room."""
        booked_at = min(self._now, self._morning(date) - _AHEAD)
        day = Day(self._session, self._house, date, booked_at)
        share = min(1.0, share * self._rng.uniform(0.6, 1.4))  # no two days are alike
        left = share * day.seconds
        offers = self._minis(date, share) or self._wanted(share)
        while left > 0 and offers:
            offer = self._rng.choice(offers)
            wanted = offer.sale(self._rng)
            needs = wanted.needs
            starts = self._wished(date, offer, day.starts(needs))
            if not starts:
                offers = [each for each in offers if each is not offer]
                continue
            claim = day.claim(needs, self._rng.choice(starts), self._rng)
            left -= needs.seconds
            if offer.package.open_days:
                offers.remove(offer)
            yield Found(offer, wanted, claim, booked_at)

    def _wished(self, date: date, offer: Offer, starts: list[Start]) -> list[Start]:
        """Those of *starts* that anybody wants.

        Nobody wants the end of every third day, nor the last times of an open day: so a newcomer
        finds an evening and a mini session whatever *rng* has.
        """
        if offer.package.open_days:
            return starts if len(starts) > _LEFT_OVER else []
        if date.toordinal() % 3:
            return starts
        noon = epoch(datetime.combine(date, time(12), self._house.zone))
        return [each for each in starts if each.at < noon]

    def _wanted(self, share: float) -> list[Offer]:
        """What may be wanted on one day; of the few evenings, some are left to whoever comes."""
        return [
            offer
            for offer in self._offers
            if not offer.package.open_days
            and (offer.package.light_before_minutes is None or self._rng.random() < share)
        ]

    def _minis(self, date: date, share: float) -> list[Offer]:
        """As many as come on an open day, which is kept for them; none on other days."""
        return [
            offer
            for offer in self._offers
            if any(each.first_on <= date <= each.last_on for each in offer.package.open_days)
            for _ in range(round(_MINIS * share))
        ]

    def _requests(self, offer: Offer, stage: Stage, first: date) -> Iterator[Found]:
        """*offer* on each day from *first* on that has room for it, the nearest first."""
        at, wanted = self._now - _ASKED_AGO, offer.sale(self._rng)
        last = self._today + timedelta(days=offer.package.horizon_days - 1)
        for n in range((last - first).days + 1):
            day = Day(self._session, self._house, first + timedelta(days=n), self._now)
            starts = day.starts(wanted.needs)
            if starts:
                claim = day.claim(wanted.needs, self._rng.choice(starts), self._rng)
                yield Found(offer, wanted, claim, at, stage)

    def _morning(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 9, tzinfo=self._house.zone)

    def _write(self, found: Sequence[Found]) -> int:
        """Write sessions down; the database's guard has the last word on each."""
        if not found:
            return 0
        rows = [
            booked.booking(
                each, self._rng.choice(self._clients), self._terms_id, self._house, self._words,
                self._rng, self._now,
            )
            for each in found
        ]  # fmt: skip
        ids = self._session.scalars(
            insert(Booking).returning(Booking.id, sort_by_parameter_order=True), rows
        ).all()
        written = list(zip(ids, rows, found, strict=True))
        self._insert(Allocation, list(chain.from_iterable(_takes(i, f) for i, _, f in written)))
        lines = (agreement.lines(i, each.quote, each.sale.add_on_ids) for i, _, each in written)
        self._insert(BookingLine, list(chain.from_iterable(lines)))
        self._insert(
            BookingSet,
            [
                {"booking_id": i, "position": each.position, "set_id": each.set_id}
                for i, _, one in written
                for each in one.offer.package.package_sets
            ],
        )
        events = (booked.events(i, each, row, self._office) for i, row, each in written)
        self._insert(BookingEvent, list(chain.from_iterable(events)))
        over = {i for i, row, _ in written if row["state"] is BookingState.COMPLETED}
        self._insert(
            LedgerEntry,
            [booked.paid(i, row) for i, row, _ in written if i in over and row["price_minor"]],
        )
        dues = (booked.dues(i, each) for i, _, each in written if i not in over)
        self._insert(Due, list(chain.from_iterable(dues)))
        return len(found)

    def _insert(self, table: type[Any], rows: list[dict[str, Any]]) -> None:
        if rows:
            self._session.execute(insert(table), rows)


def _takes(booking_id: int, found: Found) -> list[dict[str, object]]:
    """Its allocations; what is only asked for takes no time."""
    if found.stage is Stage.ASKED:
        return []
    return calendar.rows_of(found.claim, booking_id, found.kept_until)


def _add_clients(session: Session, rng: Random, now: datetime) -> list[Person]:
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
    prices = prices_of(session)
    offers = []
    for package in packages(session):
        if any(each.place.remote for each in package.package_places):
            continue  # A call is booked on the day before, and fills no diary.
        guide = guides.get(package.session_type_id)
        able = who_may_shoot(session, package)
        policy = in_force(session, package.session_type.policy_key)
        offers.append(Offer(package, able, prices, policy, guide.id if guide else None))
    return offers
