"""What is on sale, and when it is free."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from studio.api import reading
from studio.api.answers import (
    Amount,
    Extra,
    Offer,
    Offers,
    People,
    Shooter,
    Spot,
    answer,
    as_json,
)
from studio.api.blueprint import bp
from studio.api.problems import InvalidInput, NoSuchPackage
from studio.booking import sale
from studio.booking.sale import NotOffered, Sale
from studio.catalogue.models import Package
from studio.catalogue.queries import packages, skilled_for
from studio.db import db
from studio.domain.availability import Start
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.models import Photographer
from studio.scheduling.queries import photographers
from studio.web.guards import public

if TYPE_CHECKING:
    from studio.api.bodies import SlotsWanted


@bp.get("/packages")
@public
def list_packages() -> Response:
    from studio.api.bodies import Nothing

    reading.parameters(Nothing)
    session = db.session()
    everybody = photographers(session)
    return answer(Offers([_offer(each, everybody) for each in _on_sale(session)]))


@bp.get("/packages/<slug:slug>/slots")
@public
def list_slots(slug: str) -> Response:
    from studio.api.bodies import SlotsWanted

    wanted = reading.parameters(SlotsWanted, "add_on")
    session = db.session()
    found = _sale(session, slug, wanted)
    starts = openings.starts_on(session, found.needs, wanted.days, ports().now())
    zone = openings.known_house(session).zone.key
    slugs = {each.id: each.slug for each in found.photographers}
    return as_json(
        f'{{"timezone": {json.dumps(zone)},'
        f' "slots": [{",".join(_written(starts, found.needs.seconds, zone, slugs))}]}}'
    )


def _sale(session: Session, slug: str, wanted: SlotsWanted) -> Sale:
    try:
        return sale.sale_of(
            session,
            slug,
            add_ons=wanted.add_on,
            photographer=wanted.photographer,
            people=wanted.people,
            place=wanted.place,
        )
    except NotOffered as refusal:
        if refusal.field == "package":
            raise NoSuchPackage from None
        field = "add_on" if refusal.field == "add_ons" else refusal.field
        raise InvalidInput({field: [str(refusal)]}) from None


def _written(starts: Sequence[Start], seconds: int, zone: str, slugs: dict[int, str]) -> list[str]:
    """Each start as JSON. By hand: a studio's month has a thousand, from few distinct parts."""
    names: dict[tuple[int, ...], str] = {}
    found = []
    for start in starts:
        able = tuple(start.options)
        who = names.get(able)
        if who is None:
            who = names[able] = json.dumps([slugs[each] for each in able])
        found.append(
            f'{{"starts_at":"{_iso(start.at, zone)}",'
            f'"ends_at":"{_iso(start.at + seconds, zone)}","photographers":{who}}}'
        )
    return found


@lru_cache(maxsize=16_384)
def _iso(at: int, zone: str) -> str:
    """The instant on the clock of *zone*; the grid's instants are asked for again and again."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).isoformat()


def _on_sale(session: Session) -> Sequence[Package]:
    found = packages(session)
    # Lists that each of them shows, read for all at once.
    session.scalars(
        select(Package)
        .where(Package.id.in_([each.id for each in found]))
        .options(
            selectinload(Package.add_ons),
            selectinload(Package.skills),
            selectinload(Package.package_places),
        )
    ).all()
    return found


def _offer(package: Package, everybody: Sequence[Photographer]) -> Offer:
    return Offer(
        slug=package.slug,
        name=package.name,
        summary=package.summary,
        genre=package.session_type.genre.value,
        minutes=package.minutes,
        booking=package.mode.value,
        price=Amount.of(package.price),
        deposit=Amount.of(package.deposit),
        people=People(
            package.people_min,
            package.people_max,
            package.people_included,
            package.minutes_per_extra,
            Amount.of(package.price_per_extra),
        ),
        places=[
            Spot(each.place.slug, each.place.name, each.place.at_client, each.place.remote)
            for each in package.package_places
        ],
        looks=package.looks,
        lead_hours=package.lead_hours,
        horizon_days=package.horizon_days,
        add_ons=[
            Extra(
                each.slug,
                each.name,
                each.summary,
                each.minutes,
                each.before_minutes,
                Amount.of(each.price),
            )
            for each in package.add_ons
            if each.archived_at is None
        ],
        photographers=[Shooter(each.slug, each.name) for each in skilled_for(package, everybody)],
    )
