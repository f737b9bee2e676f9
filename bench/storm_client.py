"""One process of a storm: `prepare MODE` makes the studio, `run` is one of its processes.

It says "ready", waits until the file GO is there, and then tells each try as a line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import delete, select

from bench.storm import BUSY, POOL, How, own_starts, starts
from studio import db as database
from studio import log, schema
from studio.app import create_app
from studio.booking import service
from studio.booking.models import Terms
from studio.booking.sale import sale_of
from studio.booking.service import HoldRequest, holding
from studio.booking.service.holding import Held
from studio.catalogue.models import Genre, Licence, Package, PackageSet, SessionType
from studio.db import DatabaseBusy, db
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import (
    Allocation,
    OpeningHours,
    Photographer,
    Resource,
    ResourceKind,
    Set,
    SetEquipment,
    Skill,
    Studio,
)


def prepare(mode: str) -> str:
    """A studio without buffers whose one package fits as often as the mode says; its slug."""
    schema.migrate()
    session = db.session()
    if session.get(Studio, 1) is None:
        session.add(_studio())
        session.add(Terms(version=1, body="Fair.", created_at=ports().now()))
    session.execute(delete(Allocation))
    known = session.scalars(select(Package.slug).where(Package.name == mode)).first()
    if known is not None:
        session.commit()
        return known
    many = POOL + 1 if mode == "pool" else 1
    kit = _resource(ResourceKind.POOL, mode, 0, POOL if mode == "pool" else 1)
    rooms = [_resource(ResourceKind.ROOM, mode, n) for n in range(many)]
    people = [_resource(ResourceKind.PHOTOGRAPHER, mode, n) for n in range(many)]
    session.add_all([kit, *rooms, *people])
    session.flush()
    skill = Skill(key=mode, name=mode)
    session.add_all(
        Photographer(id=each.id, bio="", has_assistant=False, skills=[skill]) for each in people
    )
    wanted = [SetEquipment(resource_id=kit.id, quantity=1)] if mode != "single" else []
    plain = Set(
        slug=f"set-{mode}", name="Plain", summary="", build_minutes=0, strike_minutes=0,
        rooms=rooms, equipment=wanted,
    )  # fmt: skip
    session.add(plain)
    session.flush()
    package = _package(mode, plain, skill)
    session.add(package)
    session.commit()
    return package.slug


def run(
    app: Flask, slug: str, clients: int, tries: int, seed: int, free: Sequence[datetime]
) -> None:
    """Every client in a thread of its own; the lines of all come out whole.

    Each takes its part of *free* in turn, or without any, random ones of all times.
    """
    times, lock = starts(), threading.Lock()

    def client(number: int) -> None:
        rng = random.Random(seed * 1000 + number)
        mine = free[number * tries :]
        for n in range(tries):
            wanted = HoldRequest(package=slug, starts_at=mine[n] if mine else rng.choice(times))
            began = time.perf_counter()
            with app.app_context():
                said = _attempt(wanted)
            told = json.dumps({"said": said, "ms": (time.perf_counter() - began) * 1000})
            with lock:
                print(told, flush=True)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _attempt(request: HoldRequest) -> str:
    try:
        service.hold_time(request)
    except StartNotOpen:
        return "lost"
    except DatabaseBusy:
        return BUSY
    except Exception as error:  # noqa: BLE001 -- it is counted and shown
        return type(error).__name__
    return "won"


def look_first_and_write_later() -> None:
    """As others do: nobody queues, and what was seen in one transaction is written in another."""
    seen = threading.local()
    claim, hold = calendar.claim, holding._hold  # noqa: SLF001 -- taken away on purpose

    def look(request: HoldRequest) -> Held:
        session = db.session()
        wanted = sale_of(session, request.package)
        seen.claim = claim(session, wanted.needs, request.starts_at, ports().now())
        session.rollback()
        time.sleep(0.01)
        return hold(request)

    for place, name, instead in (
        (calendar, "queue", lambda _session: None),
        (calendar, "claim", lambda *_args: seen.claim),
        (database, "_one_writer", lambda _on_sqlite: nullcontext()),
        (holding, "_hold", look),
    ):
        setattr(place, name, instead)


def _studio() -> Studio:
    return Studio(
        id=1, name="Storm", zone="UTC", zone_city="UTC", currency="GBP", email="a@studio.example",
        phone="", address="", directions="", intro="", tax_percent=0, arrive_minutes=0,
        quiet_from_minute=1200, quiet_to_minute=480,
    )  # fmt: skip


def _resource(kind: ResourceKind, mode: str, number: int, capacity: int = 1) -> Resource:
    whole = kind is ResourceKind.POOL
    return Resource(
        kind=kind, slug=f"{kind}-{mode}-{number}", name=f"{kind} {number}", capacity=capacity,
        exclusive=not whole,
        hours=[]
        if whole
        else [OpeningHours(weekday=n, opens_minute=0, closes_minute=1440) for n in range(1, 8)],
    )  # fmt: skip


def _package(mode: str, plain: Set, skill: Skill) -> Package:
    kind = SessionType(
        code=mode, slug=mode, genre=Genre.HEADSHOT, name=mode, summary="", description="",
        frame="actor", studio_checklist=[],
    )  # fmt: skip
    return Package(
        session_type=kind, licence=Licence(key=mode, name="", text=""), slug=f"storm-{mode}",
        name=mode, summary="", includes=[], minutes=90, same_minutes=0, clear_minutes=0,
        people_min=1, people_max=1, looks=1, retouched_images=1, proofs_shown="",
        proofs_business_days=1, finals_business_days=1, price_minor=10000, currency="GBP",
        deposit_percent=50, balance_hours_before=24, lead_hours=0, horizon_days=60,
        step_minutes=60, package_sets=[PackageSet(position=0, set=plain)], skills=[skill],
    )  # fmt: skip


def main() -> None:
    log.configure(production=True)
    app = create_app()
    what, *rest = sys.argv[1:]
    if what == "prepare":
        with app.app_context():
            print(prepare(rest[0]))
        return
    slug, clients, tries, how, seed, go = rest
    if how == How.UNGUARDED:
        look_first_and_write_later()
    each = int(clients) * int(tries)
    free = own_starts()[int(seed) * each :][:each] if how == How.APART else []
    print("ready", flush=True)
    while not Path(go).exists():
        time.sleep(0.01)
    run(app, slug, int(clients), int(tries), int(seed), free)


if __name__ == "__main__":
    main()
