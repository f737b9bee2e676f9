from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from studio.db import db
from studio.scheduling import openings
from tests import factories
from tests.api.calling import Caller, Sold
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN, kept

DECEMBER_8 = {"from": "2026-12-08", "to": "2026-12-08"}


def test_packages_say_what_is_sold_and_what_is_due_when_booking(api: Caller, sold: Sold) -> None:
    (package,) = api.get("/packages")["packages"]

    assert package["slug"] == sold.package
    assert package["name"] == "Standard headshot"
    assert package["genre"] == "headshot"
    assert package["booking"] == "instant"
    assert package["minutes"] == 60
    assert package["price"] == {"amount": 39500, "currency": "GBP"}
    assert package["deposit"] == {"amount": 19750, "currency": "GBP"}
    assert package["people"] == {
        "min": 1,
        "max": 2,
        "included": 2,
        "extra_minutes": 0,
        "extra_price": {"amount": 0, "currency": "GBP"},
    }
    assert package["places"] == []
    assert (package["lead_hours"], package["horizon_days"], package["looks"]) == (24, 120, 2)
    assert [each["slug"] for each in package["add_ons"]] == [sold.extra]
    assert package["add_ons"][0]["price"] == {"amount": 6000, "currency": "GBP"}
    assert package["photographers"] == [
        {"slug": sold.amara, "name": "Amara Vale"},
        {"slug": sold.jonas, "name": "Jonas Wick"},
    ]


@pytest.mark.parametrize(("percent", "due"), [(0, 0), (100, 39500), (33, 13035)])
def test_the_deposit_is_nothing_a_part_or_all(
    app: Flask, api: Caller, percent: int, due: int
) -> None:
    with app.app_context():
        factories.a_bookable_package(deposit_percent=percent)

    assert api.get("/packages")["packages"][0]["deposit"]["amount"] == due


def test_what_is_no_longer_sold_is_not_listed(app: Flask, api: Caller, sold: Sold) -> None:
    with app.app_context():
        factories.a_package(archived_at=datetime(2026, 1, 1, tzinfo=UTC))
        skill = factories.a_skill()
        nobody = factories.a_package(skills=[skill]).slug

    found = {each["slug"]: each for each in api.get("/packages")["packages"]}

    assert set(found) == {sold.package, nobody}
    assert found[nobody]["photographers"] == []


def test_more_packages_take_no_more_queries(app: Flask, api: Caller, sold: Sold) -> None:
    few = _statements(app, lambda: api.get("/packages"))
    with app.app_context():
        for _ in range(5):
            factories.a_package(add_ons=[factories.an_add_on()], skills=[factories.a_skill()])

    assert _statements(app, lambda: api.get("/packages")) == few
    assert few <= 9


def test_slots_are_the_engines_starts_with_who_is_free(
    app: Flask, api: Caller, sold: Sold, clock: Clock
) -> None:
    answer = api.get(f"/packages/{sold.package}/slots", query=DECEMBER_8)

    assert answer["timezone"] == "Europe/London"
    assert {
        "starts_at": "2026-12-08T10:15:00+00:00",
        "ends_at": "2026-12-08T11:15:00+00:00",
        "photographers": [sold.amara, sold.jonas],
    } in answer["slots"]
    with app.app_context():
        from studio.booking.sale import sale_of

        needs = sale_of(db.session(), sold.package).needs
        starts = openings.starts_on(db.session(), needs, [date(2026, 12, 8)], clock.now())
    assert [datetime.fromisoformat(each["starts_at"]).timestamp() for each in answer["slots"]] == [
        each.at for each in starts
    ]


def test_both_days_are_included(api: Caller, sold: Sold) -> None:
    answer = api.get(
        f"/packages/{sold.package}/slots", query={"from": "2026-12-08", "to": "2026-12-10"}
    )

    assert {each["starts_at"][:10] for each in answer["slots"]} == {
        "2026-12-08",
        "2026-12-09",
        "2026-12-10",
    }


def test_an_extra_makes_the_session_longer(api: Caller, sold: Sold) -> None:
    answer = api.get(
        f"/packages/{sold.package}/slots", query={**DECEMBER_8, "add_on": [sold.extra]}
    )

    for each in answer["slots"]:
        begin, end = (datetime.fromisoformat(each[name]) for name in ("starts_at", "ends_at"))
        assert end - begin == timedelta(minutes=80)


def test_one_photographers_slots_name_nobody_else(api: Caller, sold: Sold) -> None:
    answer = api.get(
        f"/packages/{sold.package}/slots", query={**DECEMBER_8, "photographer": sold.jonas}
    )

    assert answer["slots"]
    assert all(each["photographers"] == [sold.jonas] for each in answer["slots"])


def test_what_is_held_is_not_offered(api: Caller, sold: Sold) -> None:
    for who in (sold.amara, sold.jonas):
        api.hold(sold.at(photographer=who))

    answer = api.get(f"/packages/{sold.package}/slots", query=DECEMBER_8)

    assert answer["slots"]
    assert "2026-12-08T10:15:00+00:00" not in [each["starts_at"] for each in answer["slots"]]


def test_summer_has_its_own_offset(app: Flask, api: Caller, clock: Clock) -> None:
    with app.app_context():
        slug = factories.a_bookable_package().slug
    clock.set(datetime(2027, 3, 20, 9, tzinfo=UTC))

    answer = api.get(f"/packages/{slug}/slots", query={"from": "2027-03-27", "to": "2027-03-29"})

    starts = [each["starts_at"] for each in answer["slots"]]
    assert "2027-03-27T10:15:00+00:00" in starts  # a Saturday, the last of winter
    assert "2027-03-29T10:15:00+01:00" in starts


def test_days_long_past_and_far_ahead_are_empty(api: Caller, sold: Sold) -> None:
    for day in ("2000-01-01", "2100-12-31"):
        answer = api.get(f"/packages/{sold.package}/slots", query={"from": day, "to": day})
        assert answer["slots"] == []


@pytest.mark.parametrize(
    ("since", "until", "wrong"),
    [
        ("2026-12-09", "2026-12-08", "to"),
        ("2026-12-01", "2027-03-03", "to"),  # 93 days
        ("2026-12-1", "2026-12-08", "from"),
        ("20261201", "2026-12-08", "from"),
        ("2026-W50-2", "2026-12-08", "from"),
        ("2026-02-30", "2026-12-08", "from"),
        ("2026-12-01 ", "2026-12-08", "from"),
        ("2026-12-01\n", "2026-12-08", "from"),
        ("２０２６-12-01", "2026-12-08", "from"),
        ("2026-12-01T00:00", "2026-12-08", "from"),
        ("9999-12-31", "9999-12-31", "from"),
        ("0001-01-01", "2026-12-08", "from"),
        ("", "2026-12-08", "from"),
        ("2026-12-01", "tomorrow", "to"),
        ("2026-12-01\x00", "2026-12-08", "from"),
    ],
)
def test_ranges_that_cannot_be_used(
    api: Caller, sold: Sold, since: str, until: str, wrong: str
) -> None:
    path = f"/packages/{sold.package}/slots"

    problem = api.get(path, 422, {"from": since, "to": until})

    assert problem["type"] == "/problems/invalid-input"
    assert wrong in problem["errors"]


def test_92_days_are_the_most(api: Caller, sold: Sold) -> None:
    api.get(f"/packages/{sold.package}/slots", query={"from": "2026-12-01", "to": "2027-03-02"})


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"photographer": "nobody"}, "photographer"),
        ({"photographer": ""}, "photographer"),
        ({"photographer": "a\x00"}, "photographer"),
        ({"add_on": "nothing"}, "add_on"),
        ({"add_on": ["x"] * 21}, "add_on"),
        ({"add_ons": "x"}, "add_ons"),
        ({"people": "3"}, "people"),
        ({"people": "many"}, "people"),
        ({"place": "the-moon"}, "place"),
        ({"from": ["2026-12-08", "2026-12-09"]}, "from"),
    ],
)
def test_parameters_that_cannot_be_used(
    api: Caller, sold: Sold, more: dict[str, object], wrong: str
) -> None:
    problem = api.get(f"/packages/{sold.package}/slots", 422, {**DECEMBER_8, **more})

    assert list(problem["errors"]) == [wrong]


def test_missing_days_are_both_named(api: Caller, sold: Sold) -> None:
    problem = api.get(f"/packages/{sold.package}/slots", 422)

    assert set(problem["errors"]) == {"from", "to"}


@pytest.mark.parametrize("slug", ["nothing", "%00", "%ED%A0%80", "x" * 5000, "..", "A%20b"])
def test_an_unknown_package_is_not_found(api: Caller, slug: str) -> None:
    assert api.get(f"/packages/{slug}/slots", 404, DECEMBER_8)["type"] == "/problems/not-found"


def test_an_archived_package_is_not_found(app: Flask, api: Caller) -> None:
    with app.app_context():
        package = factories.a_bookable_package()
        package.archived_at = TEN_FIFTEEN
        slug = kept(package).slug

    api.get(f"/packages/{slug}/slots", 404, DECEMBER_8)


def test_more_days_and_bookings_take_no_more_queries(app: Flask, api: Caller, sold: Sold) -> None:
    path = f"/packages/{sold.package}/slots"
    few = _statements(app, lambda: api.get(path, query=DECEMBER_8))
    for n in range(3):
        api.hold(sold.at(TEN_FIFTEEN + timedelta(days=n)))

    assert (
        _statements(app, lambda: api.get(path, query={"from": "2026-12-01", "to": "2026-12-31"}))
        <= few
    )
    assert few <= 28


def _statements(app: Flask, run: object) -> int:
    count = [0]

    def seen(*_: object) -> None:
        count[0] += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", seen)
    try:
        run()  # type: ignore[operator]
    finally:
        event.remove(engine, "before_cursor_execute", seen)
    return count[0]
