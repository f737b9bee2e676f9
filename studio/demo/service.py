"""Loading the demo studio into an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from zoneinfo import ZoneInfo

from studio.accounts.permissions import Role
from studio.accounts.service import NewPerson, add_person
from studio.db import transaction
from studio.demo import asking, closed, guidance, house, shop
from studio.demo.reading import table
from studio.demo.sessions import Diary
from studio.ports import ports
from studio.scheduling import calendar, queries
from studio.scheduling.models import Studio

PHOTOGRAPHERS = 3


class StudioExists(Exception):
    """There is a studio in this database already; the demo is for an empty one."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody's way into the office; the password is kept nowhere else."""

    email: str
    role: Role
    password: str = field(repr=False)


def load(
    *,
    seed: int = 1,
    photographers: int = PHOTOGRAPHERS,
    days: int = 0,
    fill: float = 0.6,
    history: int = 0,
) -> list[SignIn]:
    """Set North Light up: catalogue, guides, people, and sessions if any are asked for.

    Confirmed sessions take about *fill* of the bookable hours of the next *days* days, a few
    requests wait for their answer, and *history* completed sessions lie behind. Nobody is written
    to about them. The same *seed* at the
    same time gives the same studio, but for the passwords. *photographers* beyond the demo's
    three are invented and do not sign in.

    Returns:
        The sign-ins, the owner's first, for the caller to keep: they can be read nowhere again.

    Raises:
        StudioExists: if the database has a studio; nothing is changed.
        ValueError: if there are fewer than three photographers, or *fill* is not above 0 and at
            most 1.
    """
    if photographers < PHOTOGRAPHERS or not 0 < fill <= 1:
        raise ValueError("the demo has three photographers or more, and a fill above 0 up to 1")
    now, rng = ports().now(), Random(seed)
    with transaction() as session:
        calendar.lock(session)
        if session.get(Studio, 1) is not None:
            raise StudioExists
        studio = house.add_studio(session)
        skills, sets = house.add_resources(session, photographers, rng)
        zone = ZoneInfo(studio.zone)
        today = now.astimezone(zone).date()
        closed.add_closed(session, today, zone)
        types = shop.add_session_types(session)
        shop.add_policies(session, types, now)
        stock = shop.Stock(types, skills, sets, house.add_places(session, studio.currency))
        shop.add_packages(session, studio.currency, stock, today)
        shop.add_terms(session, now)
        shop.add_release(session, now)
        shop.add_voucher_offer(session, studio.currency)
        guidance.add_guides(session, types, now)
        guidance.add_tracks(session, types)
        asking.add_questionnaires(session, types, now)
        session.flush()
        if days or history:
            diary = Diary(session, rng, now)
            diary.fill(days, fill)
            diary.look_back(history, fill)
            if days:
                diary.ask()
        ids = {each.slug: each.id for each in queries.photographers(session)}
    return [SignIn(person.email, person.role, add_person(person)) for person in _people(ids)]


def _people(ids: dict[str, int]) -> Iterator[NewPerson]:
    for each in table("studio.toml")["staff"]:
        yield NewPerson(each["email"], each["name"], Role(each["role"]))
    for each in table("resources.toml")["photographers"]:
        yield NewPerson(each["email"], each["name"], Role.PHOTOGRAPHER, ids[each["slug"]])
