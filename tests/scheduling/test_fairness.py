from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from studio.db import db, epoch
from studio.scheduling.fairness import workload
from studio.scheduling.models import Photographer
from tests import factories
from tests.clock import Clock

LONDON = ZoneInfo("Europe/London")
TUESDAY = date(2026, 12, 8)


@pytest.mark.usefixtures("database")
def test_work_is_counted_by_local_day_and_iso_week(clock: Clock) -> None:
    ava, ben, cat = (_always(name) for name in ("Ava", "Ben", "Cat"))
    rooms = [factories.a_resource(hours=[(0, 0)], weekdays=range(1, 8)) for _ in range(3)]
    package = factories.a_package(sets=[factories.a_set(rooms=rooms)])
    noon = factories.TEN_FIFTEEN.replace(hour=12, minute=0)
    for who, days, hours in (
        (ava, 0, 0),
        (ava, 0, 11),
        (ava, 1, 0),
        (ben, -1, 3),
        (ben, -1, 0),  # on Monday, and on the Sunday that ends the week
        (ben, 5, 0),
        (ben, 6, 0),  # in the weeks after and before
        (cat, -2, 0),
    ):
        starts_at = noon + timedelta(days=days, hours=hours)
        factories.a_hold(package, starts_at, photographer=who.slug)
    last = factories.a_hold(package, noon + timedelta(hours=3), photographer=ben.slug)
    everybody, now = [each.id for each in (ava, ben, cat)], epoch(clock.now())

    assert workload(db.session(), everybody, TUESDAY, LONDON, now=now, leaving_out=last.id) == (
        {ava.id: 2, ben.id: 0},
        {ava.id: 3, ben.id: 3},
    )
    assert workload(db.session(), [ben.id], TUESDAY, LONDON, now=now) == (
        {ben.id: 1},
        {ben.id: 4},
    )
    run_out = now + 7200
    assert workload(db.session(), everybody, TUESDAY, LONDON, now=run_out) == ({}, {})


def _always(name: str) -> Photographer:
    return factories.a_photographer(name, hours=[(0, 0)], weekdays=range(1, 8))
