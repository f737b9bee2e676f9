"""The walk's ground: a studio that is forgotten afterwards, and what must hold after every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple, TypeVar

from flask import Flask
from sqlalchemy import select

from studio.booking import sale, service
from studio.booking.models import Booking
from studio.booking.service import HoldOver, RulesBroken
from studio.db import db, epoch
from studio.domain.availability import Start
from studio.domain.lifecycle import IllegalMove
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.effects import NotAgreed
from studio.scheduling.equipment_service import InUse, SetNeeds
from studio.scheduling.house import house
from tests.clock import Clock
from tests.domain import oracle
from tests.fakes.payment_gateway import FakeGateway
from tests.walk import plan
from tests.walk.diary import Diary, Entry, Want
from tests.walk.plan import Plan
from tests.walk.sweep import sweep

T = TypeVar("T")
Act = TypeVar("Act", bound=Callable[..., None])

REFUSALS = (
    StartNotOpen, HoldOver, IllegalMove, InUse, NotAgreed, RulesBroken, SetNeeds,
    service.AlreadyPaid, service.CannotMove, service.NobodySuch, service.NotOffered,
    service.NothingChanges,
)  # fmt: skip

Draw = Callable[[Random], Any]


def wants(rng: Random) -> tuple[int, int, int, int, int]:
    """Which package, add-ons as bits, people, which place, which photographer (0: whoever)."""
    package, who = rng.choice([0, 0, 1, 1, 2, 3]), rng.choice([0, 0, 1, 2, 3])
    return package, rng.randrange(4), rng.randint(1, 3), rng.randrange(2), who


def whens(rng: Random) -> tuple[int, int]:
    """How many days ahead, and how many half hours after eight; mostly when others come too."""
    return rng.choice([0, 1, 1, 1, 2]), rng.choice([rng.randrange(34), rng.randrange(4, 14)])


def below(number: int) -> Draw:
    return lambda rng: rng.randrange(number)


def one_of(*values: Any) -> Draw:
    return lambda rng: rng.choice(values)


whiches = below(1000)


@dataclass(frozen=True)
class Stage:
    """What the tests' fixtures give."""

    app: Flask
    clock: Clock
    gateway: FakeGateway


class Step(NamedTuple):
    """One use case, told as its name and what it is given."""

    act: str
    told: dict[str, Any]


def step(weight: int, **drawn: Draw) -> Callable[[Act], Act]:
    """Mark a method as a step of the walk, taken so often, its arguments *drawn*."""

    def made(act: Act) -> Act:
        act.drawn = weight, drawn  # type: ignore[attr-defined]
        return act

    return made


class Ground:
    """A studio with its diary. Every step is a use case, and is compared with the diary."""

    def __init__(self, stage: Stage, given: Plan) -> None:
        self.stage = stage
        stage.gateway.reset()
        with stage.app.app_context():
            self.town = plan.build(given)
        stage.clock.set(self.town.noon - timedelta(hours=5))
        self.diary = Diary(self.town, self.now)
        # What was wanted last, and when: asked for once more, it must not be answered from before.
        self.last = self.want((0, 0, 1, 0, 0)), self.now

    @classmethod
    def steps(cls, rng: Random, length: int) -> list[Step]:
        """So many steps at random."""
        acts = {name: act.drawn for name in dir(cls) if hasattr(act := getattr(cls, name), "drawn")}
        names = rng.choices(list(acts), [weight for weight, _ in acts.values()], k=length)
        return [
            Step(name, {key: draw(rng) for key, draw in acts[name][1].items()}) for name in names
        ]

    def take(self, wanted: Step) -> None:
        """One step, and a look at everything after it."""
        getattr(self, wanted.act)(**wanted.told)
        with self.stage.app.app_context():
            sweep(db.session(), self.diary)
            self.what_is_remembered_is_true()

    @property
    def now(self) -> int:
        return int(self.stage.clock.now().timestamp()) // 60

    def what_is_remembered_is_true(self) -> None:
        """What is kept in memory equals what is read anew: the house, and what was asked last."""
        session, now = db.session(), ports().now()
        fresh = house(session)
        assert openings.known_house(session) == fresh, "the house was remembered wrong"
        want, start = self.last
        needs = self.sold(want).needs
        days = [oracle.local(start, self.town.zone).date()]
        kept = openings.openings(session, needs, days, now).starts
        assert kept == openings._open(session, fresh, needs, days, epoch(now)).starts, (
            "the starts were remembered wrong"
        )

    # What steps are made of.

    def day(self, ahead: int) -> date:
        return self.diary.today + timedelta(days=ahead)

    def at(self, when: tuple[int, int]) -> int:
        """The minute that *when* stands for."""
        return self.town.minute(self.day(when[0]), 8 * 60 + when[1] * plan.STEP)

    def want(self, told: tuple[int, int, int, int, int]) -> Want:
        which, extras, people, place, asked = told
        offer = self.town.offers[which]
        return Want(
            offer,
            tuple(each for n, each in enumerate(offer.extras) if extras >> n & 1),
            min(people, offer.most_people),
            offer.places[place] if offer.places else 0,
            offer.crew[asked - 1] if 0 < asked <= len(offer.crew) else 0,
        )

    def said(self, act: Callable[[], T]) -> tuple[T | None, str]:
        """What a use case answered, or the name of its refusal, as in a request of its own."""
        with self.stage.app.app_context():
            try:
                return act(), ""
            except REFUSALS as refusal:
                return None, type(refusal).__name__

    def pick(self, which: int, *states: str) -> Entry | None:
        """One of the bookings in *states* that nothing has overtaken yet.

        For two in eight numbers, one that may have run out, and for one in eight any at all.
        """
        among = self.diary.entries
        if which % 8 < 7:
            among = [each for each in among if each.state in states]
        if which % 8 < 5:
            among = [each for each in among if each.over > self.now < each.start]
        return among[which % len(among)] if among else None

    def enter(self, booking_id: int, want: Want, start: int, who: int, room: int) -> Entry:
        """Write a new booking into the diary. Its time must be asked for before."""
        entry = Entry(
            booking_id, want, start, who, room, self.diary.artist(want, start),
            due=want.offer.deposit or start <= self.now,
        )  # fmt: skip
        self.diary.entries.append(entry)
        return entry

    def sold(self, want: Want) -> sale.Sale:
        return sale.sale_of(db.session(), want.offer.slug, **self.asked(want))

    def starts(self, want: Want, day: date) -> Sequence[Start]:
        """What the application offers."""
        with self.stage.app.app_context():
            needs = self.sold(want).needs
            return openings.starts_on(db.session(), needs, [day], ports().now())

    def asked(self, want: Want) -> dict[str, Any]:
        """What both a hold and the desk are told beside package and time."""
        return {
            "add_ons": [each.slug for each in want.extras],
            "people": want.people,
            "place": self.town.place_slugs[want.place] if want.place else None,
            "photographer": self.town.slugs[want.asked] if want.asked else None,
        }

    def id_of(self, reference: str) -> int:
        with self.stage.app.app_context():
            found = select(Booking.id).where(Booking.reference == reference)
            return db.session.scalars(found).one()


def instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
