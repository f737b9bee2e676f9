"""The processes of a storm, forked from one that has made the studio and looked at its times.

python -m bench.storm_client MODE CLIENTS TRIES PROCESSES HOW FOLDER

Each tells its id, waits until it may begin, and then tells each try as a line of JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from flask import Flask
from sqlalchemy import delete, select

from bench.storm import BUSY, POOL, How
from bench.storm_terms import TURNAROUND, go_file, own_starts, starts, starts_of, told_by
from studio import db as database
from studio import log, schema
from studio.app import create_app
from studio.booking import service
from studio.booking.models import Terms
from studio.booking.sale import sale_of
from studio.booking.service import HoldRequest, holding
from studio.booking.service.holding import Held
from studio.catalogue.models import Genre, Licence, Package, PackageSet, SessionType
from studio.catalogue.policies import PolicyVersion
from studio.db import DatabaseBusy, db
from studio.domain.policy import CancelBand, Deposit, Fee, MoveBand, Policy
from studio.ports import ports
from studio.scheduling import calendar, openings
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


def prepare(mode: str) -> list[str]:
    """A studio whose packages fit as often as the mode says; their slugs.

    One package without buffers, or where it is about the turnaround two, on a set each, of which
    none leaves time for another an hour later.
    """
    schema.migrate()
    session = db.session()
    if session.get(Studio, 1) is None:
        session.add(_studio())
        session.add_all([Terms(version=1, body="Fair.", created_at=ports().now()), _policy()])
    session.execute(delete(Allocation))
    if known := list(session.scalars(select(Package.slug).where(Package.name == mode))):
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
    licence, packages = Licence(key=mode, name="", text=""), []
    for n in range(2 if mode == TURNAROUND else 1):
        wanted = [SetEquipment(resource_id=kit.id, quantity=1)] if mode != "single" else []
        minutes = 15 if mode == TURNAROUND else 0
        plain = Set(
            slug=f"set-{mode}-{n}", name=f"Set {mode} {n}", summary="", build_minutes=minutes,
            strike_minutes=minutes, rooms=rooms, equipment=wanted,
        )  # fmt: skip
        session.add(plain)
        session.flush()
        packages.append(_package(mode, n, plain, skill, licence))
    session.add_all(packages)
    session.commit()
    return [each.slug for each in packages]


def look(slugs: Sequence[str]) -> None:
    """As whoever sees the page before they hold a time: no process serves a hold as its first."""
    session = db.session()
    for slug in slugs:
        needs = sale_of(session, slug).needs
        openings.starts_on(session, needs, [starts()[0].date()], ports().now())


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does: its clients take theirs of *free* in turn.

    Without any, random ones of all times.
    """

    mode: str
    clients: int
    tries: int
    seed: int
    free: Sequence[datetime]


def run(app: Flask, slugs: Sequence[str], part: Part, out: TextIO) -> None:
    """Every client in a thread of its own; the lines of all come out whole."""
    times, lock = starts_of(part.mode), threading.Lock()

    def client(number: int) -> None:
        rng = random.Random(part.seed * 1000 + number)
        mine = part.free[number * part.tries :]
        for n in range(part.tries):
            starts_at = mine[n] if mine else rng.choice(times)
            wanted = HoldRequest(package=rng.choice(slugs), starts_at=starts_at)
            began = time.perf_counter()
            with app.app_context():
                said = _attempt(wanted)
            told = json.dumps({"said": said, "ms": (time.perf_counter() - began) * 1000})
            with lock:
                print(told, file=out, flush=True)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(part.clients)]
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


def _policy() -> PolicyVersion:
    rules = Policy(
        cooling_off_hours=24, cooling_off_days=7, cancel=(CancelBand(0, Deposit.KEPT),),
        credit_days=90, move=(MoveBand(0, Fee()),), again=Fee(), most_moves=3, grace_minutes=15,
        grace_percent=25, no_show_keeps_all=False,
    )  # fmt: skip
    return PolicyVersion(
        key="studio", version=1, name="Storm", rules=rules.to_json(), created_at=ports().now()
    )


def _resource(kind: ResourceKind, mode: str, number: int, capacity: int = 1) -> Resource:
    whole = kind is ResourceKind.POOL
    return Resource(
        kind=kind, slug=f"{kind}-{mode}-{number}", name=f"{kind} {number}", capacity=capacity,
        exclusive=not whole,
        hours=[]
        if whole
        else [OpeningHours(weekday=n, opens_minute=0, closes_minute=1440) for n in range(1, 8)],
    )  # fmt: skip


def _package(mode: str, number: int, plain: Set, skill: Skill, licence: Licence) -> Package:
    own, turnaround = f"{mode}-{number}", mode == TURNAROUND
    kind = SessionType(
        code=own, slug=own, genre=Genre.HEADSHOT, name=mode, summary="", description="",
        frame="actor", studio_checklist=[],
    )  # fmt: skip
    return Package(
        session_type=kind, licence=licence, slug=f"storm-{own}", name=mode, summary="", includes=[],
        minutes=40 if turnaround else 90, same_minutes=30 if turnaround else 0, clear_minutes=0,
        people_min=1, people_max=1, looks=1, retouched_images=1, proofs_shown="",
        proofs_business_days=1, finals_business_days=1, price_minor=10000, currency="GBP",
        deposit_percent=50, balance_hours_before=24, lead_hours=0, horizon_days=60,
        step_minutes=60, package_sets=[PackageSet(position=0, set=plain)], skills=[skill],
    )  # fmt: skip


def main() -> None:
    mode, clients, tries, processes, how, told = sys.argv[1:]
    folder, each = Path(told), int(clients) * int(tries)
    log.configure(production=True)
    app = create_app()
    with app.app_context():
        slugs = prepare(mode)
        look(slugs)
        # What is open would be everybody's.
        db.session.remove()
        db.engine.dispose()
    if how == How.UNGUARDED:
        look_first_and_write_later()
    for n in range(int(processes)):
        if os.fork() == 0:
            free = own_starts()[n * each :][:each] if how == How.APART else []
            with told_by(folder, n).open("w") as out:
                print(os.getpid(), file=out, flush=True)
                while not go_file(folder).exists():
                    time.sleep(0.01)
                run(app, slugs, Part(mode, int(clients), int(tries), n, free), out)
            # Without clearing up, which would count as part of the storm.
            os._exit(0)
    for _ in range(int(processes)):
        os.wait()


if __name__ == "__main__":
    main()
