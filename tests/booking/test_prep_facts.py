"""What a booking tells of itself to the conditions of its guide."""

from __future__ import annotations

from datetime import timedelta

import pytest

from studio.booking import prep_facts
from studio.booking.form.service import keep_answers
from studio.booking.models import Booking
from studio.booking.releases.models import Sitter
from studio.catalogue.models import AddOn, Genre
from studio.db import db
from studio.domain.conditions import FACTS, Known
from studio.scheduling.models import ResourceKind
from tests import factories
from tests.office.counting import questions

pytestmark = pytest.mark.usefixtures("database")


def facts(booking: Booking) -> Known:
    return prep_facts.of(db.session(), booking)


def with_add_on(add_on: AddOn, **changes: object) -> Booking:
    package = factories.a_bookable_package(deposit_percent=0, add_ons=[add_on], **changes)
    return factories.a_confirmed_booking(package, add_ons=[add_on.slug])


def test_a_booking_tells_what_it_is_and_leaves_open_what_it_cannot_know() -> None:
    assert facts(factories.a_confirmed_booking()) == {
        "looks": 2, "people": 1, "make up": False, "on location": False, "outdoors": False,
        "company": False, "team": False, "trade": "actor", "first visit": True,
    }  # fmt: skip


def test_every_fact_that_a_booking_tells_is_one_that_editors_are_told_of() -> None:
    names = {each.replace("-", " ") for each in FACTS}
    assert set(facts(factories.a_confirmed_booking())) < names


def test_who_has_been_here_comes_again() -> None:
    package = factories.a_bookable_package(deposit_percent=0)
    first = factories.a_confirmed_booking(package)
    second = factories.a_confirmed_booking(package, factories.days_after(days=1))
    other = factories.a_confirmed_booking(
        package, factories.days_after(days=2), name="Kim", email="kim@client.example"
    )

    told = prep_facts.of_all(db.session(), [first, second, other])
    assert [told[each.id]["first visit"] for each in (first, second, other)] == [True, False, True]


def test_what_was_added_tells_of_make_up_and_of_animals() -> None:
    artist = factories.a_resource(ResourceKind.ARTIST, hours=((0, 1439),))
    assert facts(with_add_on(factories.make_up(artist)))["make up"] is True
    assert facts(with_add_on(factories.an_add_on(name="The Dog comes too")))["pets"] is True
    assert "pets" not in facts(
        with_add_on(factories.an_add_on(name="Carpet for the petite hotdog"))
    )


def test_an_outfit_more_is_a_look_more() -> None:
    look = factories.an_add_on(looks=1)
    booking = factories.a_confirmed_booking(
        factories.a_bookable_package(deposit_percent=0, add_ons=[look]), add_ons=[look.slug]
    )
    assert facts(booking)["looks"] == 3


def test_where_it_is_shot_and_with_whom() -> None:
    park = facts(
        factories.a_confirmed_booking(
            factories.a_bookable_package(
                deposit_percent=0, place=factories.a_place(), people_max=4,
                session_type=factories.a_session_type(Genre.PORTRAIT),
            ),
            people=3,
        )
    )  # fmt: skip
    assert (park["outdoors"], park["on location"], park["people"]) == (True, True, 3)
    assert park["team"] is False
    assert "trade" not in park


def test_at_the_client_s_nobody_knows_whether_it_is_outside() -> None:
    booking = factories.a_confirmed_booking()
    booking.place_id = factories.a_place(at_client=True).id
    db.session.commit()

    theirs = facts(booking)
    assert theirs["on location"] is True
    assert "outdoors" not in theirs


def test_sitters_tell_of_minors_once_all_are_named() -> None:
    booking = factories.a_confirmed_booking()
    booking.people = 2
    factories.kept(Sitter(booking_id=booking.id, name="Robin"))
    assert "minors" not in facts(booking)

    child = factories.kept(
        Sitter(booking_id=booking.id, name="Kim", minor=True, guardian_name="R",
               guardian_relation="parent")
    )  # fmt: skip
    assert facts(booking)["minors"] is True
    child.minor = False
    db.session.commit()
    assert facts(booking)["minors"] is False
    assert "children" not in facts(booking)  # who comes along is no sitter


def test_answers_tell_the_rest_and_a_booking_tells_its_own() -> None:
    booking = factories.a_confirmed_booking()
    number = {"kind": "number", "text": "How many?"}
    asked = factories.a_questionnaire(
        booking.package.session_type_id,
        content=[
            {"key": "glasses", "kind": "short", "text": "Glasses?"},
            {"key": "looks"} | number,
        ],
    )
    keep_answers(booking.id, asked.id, {"glasses": "always", "looks": 9})

    told = facts(booking)
    assert (told["glasses"], told["looks"]) == ("always", 2)
    with questions() as sent:
        facts(booking)
    assert len(sent) == 3


def test_what_another_tab_asked_is_told_too() -> None:
    booking = factories.a_confirmed_booking()
    of = booking.package.session_type_id
    beard = {"key": "beard", "kind": "short", "text": "A beard?"}
    older = factories.a_questionnaire(of, content=[beard])
    newer = factories.a_questionnaire(
        of, version=2, content=[{"key": "glasses", "kind": "short", "text": "Glasses?"}]
    )
    keep_answers(booking.id, newer.id, {"glasses": "always"})
    keep_answers(booking.id, older.id, {"beard": "full"})

    told = facts(booking)
    assert (told["glasses"], told["beard"]) == ("always", "full")


@pytest.mark.parametrize("name", ["minors", "children", "team"])
def test_what_a_client_says_counts_more_than_what_nobody_wrote_down(name: str) -> None:
    kind = factories.a_session_type(Genre.PORTRAIT)
    package = factories.a_bookable_package(deposit_percent=0, session_type=kind, people_max=4)
    booking = factories.a_confirmed_booking(package, people=2)
    for each in ("Robin", "Ash"):
        factories.kept(Sitter(booking_id=booking.id, name=each))
    asked = factories.a_questionnaire(
        kind.id, content=[{"key": name, "kind": "short", "text": "Is it so?"}]
    )
    assert not facts(booking).get(name)

    keep_answers(booking.id, asked.id, {name: "yes"})

    assert facts(booking)[name] == "yes"


def test_many_are_read_by_one_statement() -> None:
    package = factories.a_bookable_package(deposit_percent=0)
    bookings = [
        factories.a_confirmed_booking(package, factories.TEN_FIFTEEN + timedelta(days=n))
        for n in range(3)
    ]
    for each in bookings:
        assert each.package.session_type.name
    with questions() as sent:
        prep_facts.of_all(db.session(), bookings)
    assert len(sent) == 1
