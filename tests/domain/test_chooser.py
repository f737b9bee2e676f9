"""The guided choice: its engine on any offers, and the demo studio's own questions and rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.chooser import (
    GENRES,
    Answers,
    Offer,
    Recommendation,
    Rule,
    recommend,
)
from studio.domain.chooser_rules import rules_from
from tests.demo.content import PACKAGES, PROPOSED, TYPES, table

CHOOSER = rules_from(table("chooser.toml"))
GENRE_OF = {each["code"]: each["genre"] for each in TYPES}
OFFERS = [
    Offer(
        slug=each["slug"],
        session_type=each["session_type"],
        genre=GENRE_OF[each["session_type"]],
        people_min=each["people_min"],
        people_max=each["people_max"],
        looks=each["looks"],
        minutes=each["minutes"],
        lead_hours=each["lead_hours"],
        delivery_business_days=each["proofs_business_days"] + each["finals_business_days"],
    )
    for each in PACKAGES
]
BY_SLUG = {offer.slug: offer for offer in OFFERS}
KEYS = {question.key: [option.key for option in question.options] for question in CHOOSER.questions}
PAIRS = list(itertools.product(KEYS["purpose"], KEYS["audience"]))
DAYS = {
    option.key: option.days
    for question in CHOOSER.questions
    if question.key == "needed_by_days"
    for option in question.options
}
PEOPLE = {
    option.key: option.people
    for question in CHOOSER.questions
    if question.key == "people"
    for option in question.options
}

any_answers = st.builds(
    Answers,
    purpose=st.sampled_from(KEYS["purpose"]),
    audience=st.sampled_from(KEYS["audience"]),
    people=st.sampled_from([None, *KEYS["people"]]),
    surroundings=st.sampled_from([None, *KEYS["surroundings"]]),
    outfits=st.sampled_from([None, *KEYS["outfits"]]),
    needed_by_days=st.sampled_from([None, *KEYS["needed_by_days"]]),
)


@st.composite
def any_offer(draw: st.DrawFn) -> Offer:
    session_type = draw(st.sampled_from(sorted(GENRE_OF)))
    fewest = draw(st.integers(1, 8))
    return Offer(
        slug=draw(st.text("abcdef", min_size=3, max_size=6)),
        session_type=session_type,
        genre=GENRE_OF[session_type],
        people_min=fewest,
        people_max=draw(st.integers(fewest, 20)),
        looks=draw(st.integers(1, 5)),
        minutes=draw(st.integers(1, 20)) * 15,
        lead_hours=draw(st.integers(0, 400)),
        delivery_business_days=draw(st.integers(0, 20)),
    )


any_offers = st.lists(any_offer(), max_size=25, unique_by=lambda offer: offer.slug)


def ask(purpose: str, audience: str, **refined: str) -> Recommendation:
    return recommend(Answers(purpose, audience, **refined), CHOOSER, OFFERS)


def types(found: Recommendation) -> list[str]:
    return [BY_SLUG[pick.slug].session_type for pick in found.packages]


# The demo studio's rules ----------------------------------------------------------------------


@pytest.mark.parametrize(("purpose", "audience"), PAIRS)
def test_two_answers_are_enough_for_a_genre_a_package_and_the_reasons(
    purpose: str, audience: str
) -> None:
    found = ask(purpose, audience)
    assert found.genre in GENRES
    assert found.because.endswith(".")
    assert 1 <= len(found.packages) <= 3
    assert all(pick.because.endswith(".") for pick in found.packages)
    assert not found.nothing


@pytest.mark.parametrize(
    ("answers", "genre", "expected"),
    [
        (Answers("profile", "employers"), "headshot", ["HS-STD", "HS-EXP", "HS-EXE"]),
        (Answers("register", "employers"), "headshot", ["HS-MED", "HS-EXP", "HS-STD"]),
        (Answers("sales", "customers"), "headshot", ["HS-AGT", "HS-STD"]),
        (Answers("speaking", "audience"), "headshot", ["HS-SPK", "HS-STD"]),
        (Answers("casting", "casting"), "headshot", ["HS-ACT1", "HS-ACT2"]),
        (
            Answers("casting", "casting", outfits="several"),
            "headshot",
            ["HS-ACT2", "HS-ACT1"],
        ),
        (Answers("casting", "casting", people="child"), "headshot", ["HS-KID"]),
        (Answers("brand", "customers"), "portrait", ["PT-BR2", "PT-IND"]),
        (Answers("milestone", "family"), "portrait", ["PT-GRD", "PT-IND"]),
        (Answers("family", "family"), "portrait", ["PT-FAM", "PT-KID", "PT-PET"]),
        (Answers("family", "family", people="child"), "portrait", ["PT-KID"]),
        (Answers("family", "family", people="animal"), "portrait", ["PT-PET"]),
        (Answers("family", "family", people="adult"), "portrait", ["PT-IND"]),
        (Answers("self", "me"), "portrait", ["PT-IND"]),
        (Answers("profile", "employers", needed_by_days="7"), "headshot", ["HS-EXP"]),
        (Answers("profile", "employers", people="few"), "headshot", ["HS-GRP"]),
        (Answers("sales", "customers", people="six"), "headshot", ["HS-GRP"]),
        (
            Answers("speaking", "audience", people="two", surroundings="own-place"),
            "headshot",
            ["HS-ENV", "HS-GRP"],
        ),
        (
            Answers("profile", "employers", surroundings="own-place"),
            "headshot",
            ["HS-ENV", "HS-STD", "HS-EXP"],
        ),
        (Answers("couple", "family"), "portrait", ["PT-CPL", "PT-FAM"]),
        (Answers("couple", "family", people="two"), "portrait", ["PT-CPL", "PT-FAM"]),
        (
            Answers("couple", "family", people="two", surroundings="plain"),
            "portrait",
            ["PT-FAM"],
        ),
        (Answers("couple", "me", people="adult"), "portrait", ["PT-IND"]),
        (Answers("expecting", "family"), "portrait", ["PT-MAT", "PT-NBS"]),
        (Answers("newborn", "family", people="few"), "portrait", ["PT-NBS", "PT-NBL", "PT-FAM"]),
        (Answers("newborn", "family", people="child"), "portrait", ["PT-NBS", "PT-NBL"]),
        (Answers("private", "me"), "portrait", ["PT-BOU", "PT-IND"]),
        (
            Answers("family", "family", people="few", surroundings="outdoors"),
            "portrait",
            ["PT-FAMO", "PT-FAM"],
        ),
        (
            Answers("family", "family", people="few", outfits="one"),
            "portrait",
            ["PT-FAM", "MN-STD"],
        ),
    ],
)
def test_what_the_demo_studio_recommends(answers: Answers, genre: str, expected: list[str]) -> None:
    found = recommend(answers, CHOOSER, OFFERS)
    assert found.genre == genre
    assert types(found) == expected


@pytest.mark.parametrize("people", ["child", "animal", "two", "few", "six", "more"])
def test_boudoir_is_named_to_nobody_but_one_grown_up(people: str) -> None:
    for purpose, audience in PAIRS:
        assert "PT-BOU" not in types(ask(purpose, audience, people=people))


@pytest.mark.parametrize("people", ["two", "few", "six"])
@pytest.mark.parametrize("purpose", ["profile", "register", "sales", "speaking"])
def test_two_to_six_colleagues_are_a_team(purpose: str, people: str) -> None:
    for audience in KEYS["audience"]:
        found = ask(purpose, audience, people=people)
        assert types(found)[0] == "HS-GRP"
        assert "Colleagues" in found.because


@pytest.mark.parametrize("audience", KEYS["audience"])
def test_more_colleagues_than_a_team_holds_are_told_how_many(audience: str) -> None:
    assert "up to 6" in ask("profile", audience, people="more").nothing


def test_whoever_needs_a_page_and_a_story_gets_one_of_each() -> None:
    found = ask("both", "employers")
    assert {BY_SLUG[pick.slug].genre for pick in found.packages} == set(GENRES)
    assert len(found.packages) == 2
    assert "one of each" in found.mixed


def test_a_mixed_case_with_no_time_for_the_portrait_is_no_longer_called_mixed() -> None:
    found = ask("both", "employers", needed_by_days="7")
    assert types(found) == ["HS-EXP"]
    assert not found.mixed


def test_more_people_than_any_package_holds_is_said_with_the_number() -> None:
    found = ask("couple", "family", people="more")
    assert not found.packages
    assert "up to 6" in found.nothing


def test_a_family_of_many_is_led_outdoors() -> None:
    assert types(ask("family", "family", people="more")) == ["PT-EXT"]


def test_the_first_birthday_is_led_to_the_cake() -> None:
    assert types(ask("milestone", "family", people="child"))[0] == "PT-MIL"


def test_too_little_time_is_said_with_the_days_it_takes() -> None:
    found = ask("self", "me", needed_by_days="7")
    assert not found.packages
    assert f"about {BY_SLUG['individual-portrait'].ready_in_days} days" in found.nothing


def test_a_studio_without_such_packages_says_so() -> None:
    found = recommend(Answers("profile", "employers"), CHOOSER, [])
    assert found.nothing == CHOOSER.nothing.otherwise


def answers_to(rule: Rule) -> Iterator[Answers]:
    """All answers to which *rule* applies."""
    refinements = [[*keys, None] for keys in list(KEYS.values())[2:]]
    for purpose, audience in PAIRS:
        for refined in itertools.product(*refinements):
            answers = Answers(purpose, audience, *refined)
            if rule.applies_to(answers):
                yield answers


@pytest.mark.parametrize("rule", CHOOSER.rules, ids=lambda rule: rule.key)
def test_each_rule_makes_a_difference_to_somebody(rule: Rule) -> None:
    without = replace(
        CHOOSER,
        rules=tuple(
            # The genre is left in place, since every purpose must have one.
            replace(each, weight=0, because="", suggests=(), mixed="") if each is rule else each
            for each in CHOOSER.rules
        ),
    )
    assert any(
        recommend(answers, CHOOSER, OFFERS) != recommend(answers, without, OFFERS)
        for answers in answers_to(rule)
    )


@pytest.mark.parametrize("session_type", sorted(set(GENRE_OF) - PROPOSED))
def test_each_session_type_that_people_look_for_can_be_recommended(session_type: str) -> None:
    rules = [
        rule
        for rule in CHOOSER.rules
        if any(each.session_type == session_type for each in rule.suggests)
    ]
    assert any(
        session_type in types(recommend(answers, CHOOSER, OFFERS))
        for rule in rules
        for answers in answers_to(rule)
    )


def test_the_rules_speak_of_session_types_that_exist() -> None:
    named = {each.session_type for rule in CHOOSER.rules for each in rule.suggests}
    assert named <= set(GENRE_OF)


# The engine, on any offers --------------------------------------------------------------------


@given(any_answers, any_offers)
def test_no_package_is_named_that_cannot_hold_the_people_or_be_ready_in_time(
    answers: Answers, offers: list[Offer]
) -> None:
    by_slug = {offer.slug: offer for offer in offers}
    for pick in recommend(answers, CHOOSER, offers).packages:
        offer = by_slug[pick.slug]
        people = PEOPLE[answers.people] if answers.people else None
        days = DAYS[answers.needed_by_days] if answers.needed_by_days else None
        if people:
            assert offer.people_min <= people[0]
            assert people[1] <= offer.people_max
        if days:
            assert -(-offer.lead_hours // 24) + offer.delivery_business_days <= days


@given(any_answers, any_offers)
def test_at_most_three_of_one_genre_or_one_of_each_and_a_reason_for_none(
    answers: Answers, offers: list[Offer]
) -> None:
    genre_of = {offer.slug: offer.genre for offer in offers}
    found = recommend(answers, CHOOSER, offers)
    genres = [genre_of[pick.slug] for pick in found.packages]
    assert len({pick.slug for pick in found.packages}) == len(found.packages) <= 3
    assert bool(found.packages) != bool(found.nothing)
    if found.mixed:
        assert sorted(genres) == sorted(GENRES)
    else:
        assert set(genres) <= {found.genre}


@given(any_answers, any_offers, st.randoms(use_true_random=False))
def test_the_order_of_the_offers_does_not_matter(
    answers: Answers, offers: list[Offer], random: Any
) -> None:
    shuffled = random.sample(offers, len(offers))
    assert recommend(answers, CHOOSER, offers) == recommend(answers, CHOOSER, shuffled)


def test_packages_that_are_alike_in_all_but_name_keep_their_order() -> None:
    alike = [replace(BY_SLUG["individual-portrait"], slug=slug) for slug in ("a", "b", "c", "d")]
    for offers in (alike, alike[::-1]):
        found = recommend(Answers("self", "me"), CHOOSER, offers)
        assert [pick.slug for pick in found.packages] == ["a", "b", "c"]


@given(any_answers, any_offers)
def test_a_fitting_package_is_never_passed_over_in_silence(
    answers: Answers, offers: list[Offer]
) -> None:
    found = recommend(answers, CHOOSER, offers)
    if found.nothing:
        people = PEOPLE[answers.people] if answers.people else (0, 0)
        suited = {
            each.session_type
            for rule in CHOOSER.rules
            if rule.applies_to(answers)
            for each in rule.suggests
        }
        assert not any(
            offer.session_type in suited
            and offer.genre == found.genre
            and (not answers.people or offer.holds(people or (0, 0)))
            and offer.ready_in_days <= (DAYS.get(answers.needed_by_days or "any") or 10_000)
            for offer in offers
        )


@pytest.mark.parametrize(
    ("lead_hours", "business_days", "days"), [(0, 0, 0), (12, 3, 6), (24, 5, 8), (72, 10, 17)]
)
def test_weekends_count_when_a_date_is_promised(
    lead_hours: int, business_days: int, days: int
) -> None:
    offer = replace(OFFERS[0], lead_hours=lead_hours, delivery_business_days=business_days)
    assert offer.ready_in_days == days
