"""The demo studio's people, rooms and catalogue: consistent, and possible to shoot."""

from __future__ import annotations

import re
from itertools import chain, combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from studio.domain.money import Money
from tests.demo.content import (
    ADD_ONS,
    CAPACITY,
    CODES,
    LICENCES,
    PACKAGES,
    PLACES,
    POLICIES,
    RESOURCES,
    SETS,
    STUDIO,
    TALKS,
    TYPES,
    front_matter,
    minutes,
    read,
    slugs,
    spans,
)

FRAMES = {
    "classic",
    "executive",
    "actor",
    "medical",
    "agent",
    "speaker",
    "individual",
    "branding",
    "family",
    "child",
    "graduation",
    "pet",
    "team",
    "onsite",
    "golden",
    "couple",
    "maternity",
    "newborn",
    "boudoir",
    "mini",
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def test_the_studio_is_in_london_and_nobody_answers_its_telephone() -> None:
    assert STUDIO["name"] == "North Light"
    assert ZoneInfo(STUDIO["zone"]).key == "Europe/London"
    assert (STUDIO["currency"], STUDIO["tax_percent"], STUDIO["tax_included"]) == ("GBP", 20, True)
    # Ofcom keeps 020 7946 0000 to 0999 free for films, and .example is nobody's.
    assert re.fullmatch(r"020 7946 0\d{3}", STUDIO["phone"])
    people = [*STUDIO["staff"], *RESOURCES["photographers"], STUDIO]
    assert all(each["email"].endswith("@northlight.example") for each in people)


def test_every_role_but_the_photographers_signs_in() -> None:
    assert [each["role"] for each in STUDIO["staff"]] == ["owner", "manager", "prep"]


def test_every_session_type_follows_the_policy_that_suits_it() -> None:
    follows = {code: each["key"] for each in POLICIES for code in each.get("session_types", ())}
    assert set(follows) <= set(CODES)
    for package in PACKAGES:
        expected = "studio"
        if package["session_type"] in TALKS:
            expected = "talks"
        elif package["balance_hours_before"] > 24:
            expected = "location"
        elif package["deposit_percent"] == 100:
            expected = "short"
        assert follows.get(package["session_type"], "studio") == expected
    [short] = [each for each in POLICIES if each["key"] == "short"]
    for minutes_long in (15, 30):
        assert min(short["grace_minutes"], minutes_long * short["grace_percent"] // 100) == 8


def test_the_terms_say_what_the_policies_do() -> None:
    front, body = front_matter("terms.md")
    assert set(front) == {"version", "title"}
    by_key = {each["key"]: each for each in POLICIES}
    studio, location = by_key["studio"], by_key["location"]
    for said in (
        f"within {studio['cooling_off_hours']} hours of booking",
        "at least seven days away",
        f"for {studio['grace_minutes']} minutes",
        f"within {studio['credit_days']} days",
        f"£{studio['again']['minor'] // 100}",
        f"£{studio['move'][1]['fee']['minor'] // 100}",
        "free until seven days before",
        "72 hours before:** you also pay for the person booked to get you ready",
        "eight minutes",
        "within 14 days",
        "for 12 months",
    ):
        assert said in body, said
    assert studio["cooling_off_days"] == 7
    assert location["move"][0]["hours_before"] == 7 * 24
    assert location["move"][1]["fee"] == {"percent": 25}
    assert "a quarter of the price" in body
    assert by_key["short"]["grace_minutes"] == 8
    assert 200 <= len(body.split()) <= 550


@pytest.mark.parametrize(
    "entry", [*RESOURCES["photographers"], *RESOURCES["rooms"]], ids=lambda entry: entry["slug"]
)
def test_hours_are_spans_in_order_that_do_not_meet(entry: dict[str, Any]) -> None:
    week = spans(entry["hours"])
    assert set(week) <= set(WEEKDAYS)
    for of_day in week.values():
        edges = list(chain.from_iterable(of_day))
        assert edges == sorted(set(edges))


def test_three_photographers_differ_in_skills_and_hours() -> None:
    three = RESOURCES["photographers"]
    assert len(three) == 3
    assert all(
        a["skills"] != b["skills"] and a["hours"] != b["hours"] for a, b in combinations(three, 2)
    )
    assert any(each["has_assistant"] for each in three)
    assert any(len(of_day) > 1 for each in three for of_day in each["hours"].values())
    assert any("saturday" in each["hours"] for each in three)
    known = {each["key"] for each in RESOURCES["skills"]}
    assert all(set(each["skills"]) <= known for each in three)


def test_sets_stand_in_rooms_or_travel_and_share_a_pool() -> None:
    rooms = slugs(RESOURCES["rooms"])
    for entry in SETS.values():
        assert set(entry["rooms"]) <= set(rooms)
        assert all(1 <= need <= CAPACITY[slug] for slug, need in entry["equipment"].items())
    assert set(rooms) == set(chain.from_iterable(entry["rooms"] for entry in SETS.values()))
    assert any(
        capacity >= 2 and sum(slug in entry["equipment"] for entry in SETS.values()) >= 2
        for slug, capacity in CAPACITY.items()
    )


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["slug"])
def test_a_package_is_shot_in_a_room_or_at_a_place(package: dict[str, Any]) -> None:
    travels = [not SETS[code]["rooms"] for code in package["sets"]]
    assert all(travels) if package.get("places") else not any(travels)


def test_no_equipment_lies_about_unused() -> None:
    assert set(CAPACITY) == set(chain.from_iterable(each["equipment"] for each in SETS.values()))


@pytest.mark.parametrize(
    "entries",
    [
        TYPES,
        PACKAGES,
        ADD_ONS,
        [*RESOURCES["photographers"], *RESOURCES["rooms"], *RESOURCES["equipment"]],
        RESOURCES["sets"],
    ],
)
def test_slugs_are_unique_and_fit_an_address(entries: list[dict[str, Any]]) -> None:
    assert len(set(slugs(entries))) == len(entries)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs(entries))


def test_there_are_at_least_six_types_of_each_genre_and_each_has_a_package() -> None:
    genres = [each["genre"] for each in TYPES]
    assert genres.count("headshot") >= 6
    assert genres.count("portrait") >= 6
    assert len(set(CODES)) == len(CODES)
    assert {each["session_type"] for each in PACKAGES} == set(CODES)
    assert {each["frame"] for each in TYPES} == FRAMES


@pytest.mark.parametrize("entry", TYPES, ids=lambda entry: entry["code"])
def test_the_studio_has_a_checklist_of_its_own_for_each_type(entry: dict[str, Any]) -> None:
    assert len(set(entry["studio_checklist"])) >= 3
    assert all(entry[key].strip() for key in ("name", "summary", "description"))


def test_no_two_types_share_a_line_of_the_studios_checklist() -> None:
    lines = list(chain.from_iterable(each["studio_checklist"] for each in TYPES))
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["slug"])
def test_a_package_says_all_that_is_sold(package: dict[str, Any]) -> None:
    assert package["licence"] in {each["key"] for each in LICENCES}
    assert len(package["includes"]) >= 3
    assert 1 <= package["people_min"] <= package["people_max"]
    assert package["looks"] >= 1
    called = package["session_type"] == "AX-CON"
    assert package["retouched_images"] >= (1 if package["price_minor"] else 0)
    assert package["minutes"] % (20 if called else 15) == 0
    assert package["horizon_days"] in {120, 210}
    assert package["step_minutes"] in {15, 20, 30}
    # A week where we travel or wait for a baby, else a day.
    week = (
        any(PLACES[each]["travel_minutes"] for each in package.get("places", ()))
        or package["session_type"] == "PT-NBS"
    )
    assert package["balance_hours_before"] == (168 if week else 24)
    assert package.get("max_per_day", 1) >= 1


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["slug"])
def test_the_deposit_is_the_price_or_less(package: dict[str, Any]) -> None:
    if package["session_type"] in TALKS:
        assert package["price_minor"] == package["deposit_percent"] == 0
        return
    assert package["deposit_percent"] in {50, 100}
    price = Money(package["price_minor"], STUDIO["currency"])
    assert 0 < price.minor * package["deposit_percent"] // 100 <= price.minor
    # What is paid in full is short, and what is chosen on the screen is paid in full.
    assert (package["deposit_percent"] == 100) == (package["minutes"] <= 30)
    assert package["proofs_business_days"] > 0 or package["deposit_percent"] == 100


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["slug"])
def test_children_and_animals_leave_time_to_clear(package: dict[str, Any]) -> None:
    with_children_or_animals = {
        "HS-KID", "PT-FAM", "PT-FAMO", "PT-EXT", "PT-NBS", "PT-NBL", "PT-MIL", "PT-KID", "PT-PET",
    }  # fmt: skip
    expected = 10 if package["session_type"] in with_children_or_animals else 0
    assert package["clear_minutes"] == expected


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["slug"])
def test_staying_in_the_set_never_takes_longer_than_building_it_anew(
    package: dict[str, Any],
) -> None:
    first, last = SETS[package["sets"][0]], SETS[package["sets"][-1]]
    assert package["same_minutes"] <= last["strike_minutes"] + first["build_minutes"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["slug"])
def test_somebody_can_shoot_each_package_with_every_add_on(package: dict[str, Any]) -> None:
    """In some room, or at the furthest of its places: alone, for as many as there can be."""
    rooms = [
        room["hours"]
        for room in RESOURCES["rooms"]
        if all(room["slug"] in SETS[code]["rooms"] for code in package["sets"])
    ]
    way = max((PLACES[slug]["travel_minutes"] for slug in package.get("places", ())), default=0)
    able = [
        each for each in RESOURCES["photographers"] if set(package["skills"]) <= set(each["skills"])
    ]
    extra = sum(each["minutes"] for each in ADD_ONS if package["slug"] in each["packages"])
    more = package["people_max"] - package.get("people_included", package["people_max"])
    extra += more * package.get("minutes_per_extra", 0)
    build = SETS[package["sets"][0]]["build_minutes"]
    strike = SETS[package["sets"][-1]]["strike_minutes"] + package["clear_minutes"]
    needed = way + build + package["minutes"] + extra + strike + way
    assert any(
        minutes(min(ours[1], theirs[1])) - minutes(max(ours[0], theirs[0])) >= needed
        for each in able
        for hours in ([each["hours"]] if package.get("places") else rooms)
        for day, of_day in spans(each["hours"]).items()
        for ours in of_day
        for theirs in spans(hours).get(day, [])
    )


def test_every_skill_and_every_set_is_wanted_by_a_package() -> None:
    assert {each["key"] for each in RESOURCES["skills"]} == set(
        chain.from_iterable(package["skills"] for package in PACKAGES)
    )
    assert set(SETS) == set(chain.from_iterable(package["sets"] for package in PACKAGES))


@pytest.mark.parametrize("add_on", ADD_ONS, ids=lambda add_on: add_on["slug"])
def test_an_add_on_goes_with_packages_that_exist(add_on: dict[str, Any]) -> None:
    assert add_on["packages"]
    assert set(add_on["packages"]) <= set(slugs(PACKAGES))
    assert len(set(add_on["packages"])) == len(add_on["packages"])
    assert add_on["price_minor"] > 0
    assert add_on["minutes"] % 5 == 0


def test_add_ons_change_price_alone_or_price_and_minutes() -> None:
    assert {bool(each["minutes"]) for each in ADD_ONS} == {True, False}
    assert {slug for each in ADD_ONS for slug in each["packages"]} == set(slugs(PACKAGES)) - {
        "consultation"
    }


def test_no_two_add_ons_go_by_the_same_name() -> None:
    names = [each["name"] for each in ADD_ONS]
    assert len(set(names)) == len(names)


def test_what_comes_before_a_session_has_somebody_and_somewhere_and_three_days_notice() -> None:
    people, stations = slugs(RESOURCES["artists"]), slugs(RESOURCES["stations"])
    ahead = [each for each in ADD_ONS if each.get("before_minutes")]
    assert {each["before_minutes"] for each in ahead} == {45, 60, 75}
    for each in ahead:
        assert set(each["resources"]) & set(people)
        assert set(each["resources"]) & set(stations)
        assert each["lead_hours"] == 72
    assert all(spans(each["hours"]) for each in RESOURCES["artists"])


def test_every_licence_is_given_with_a_package() -> None:
    assert {each["key"] for each in LICENCES} == {package["licence"] for package in PACKAGES}


@pytest.mark.parametrize(
    "name",
    [
        *(f"guides/{code}.md" for code in CODES),
        "terms.md",
        "add_ons.toml",
        "chooser.toml",
        "diary.toml",
        "licences.toml",
        "packages.toml",
        "places.toml",
        "resources.toml",
        "session_types.toml",
        "studio.toml",
        "tracks.toml",
    ],
)
def test_the_words_are_ours_and_british(name: str) -> None:
    text = read(name)
    assert not re.search(
        r"\b(appointments?|colors?|gray|favorites?|center|license)\b", text, re.IGNORECASE
    )
    assert "\u2014" not in text
    assert "TODO" not in text
