"""Clients over HTTP: found, with their sessions and messages, and only by who may see them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.clients.models import Client
from studio.db import db, transaction
from studio.messaging.models import Message, MessageKind, MessageState
from tests import factories, people
from tests.browsing import Browser
from tests.clock import START
from tests.office.counting import questions


@pytest.fixture
def robin(app: Flask, browser: Browser) -> int:
    """The client Robin Ash, who has one session."""
    with app.app_context():
        found = factories.a_confirmed_booking().client_id
        assert found
        return found


def add(app: Flask, count: int) -> None:
    with app.app_context():
        for n in range(count):
            name, email = f"Kim {n:03}", f"kim{n}@client.example"
            words = f"{name} {email}".lower()
            factories.kept(
                Client(
                    name=name, email=email, address_key=email, search_text=words,
                    created_at=START,
                )
            )  # fmt: skip


def test_clients_are_found_by_any_part_and_in_pages(app: Flask, robin: int) -> None:
    staff = people.signed_in(app, Role.PREP)
    add(app, 1)

    def names(query: str) -> list[str]:
        return [a.text for a in staff.get(f"/office/clients?q={query}").all("td a")]

    assert names("") == ["Kim 000", "Robin Ash"]
    assert names("ASH+robin%40cl") == ["Robin Ash"]
    assert names("%25") == names("_") == []
    assert "Nobody is called that" in staff.get("/office/clients?q=zz").words


def test_the_list_is_paged(app: Flask, robin: int) -> None:
    staff = people.signed_in(app, Role.PREP)
    staff.get("/office/clients")
    with questions() as few:
        staff.get("/office/clients")
    add(app, 60)
    staff.get("/office/clients")

    with questions() as more:
        first = staff.get("/office/clients")
    second = staff.get(str(first.one("a[rel=next]")["href"]))

    assert len(first.all("tbody tr")) == 50
    assert len(second.all("tbody tr")) == 11
    assert len(more) == len(few)
    assert "Page 2 of 2" in staff.get("/office/clients?page=99").words


def test_a_client_has_their_sessions_and_what_became_of_each_message(
    app: Flask, robin: int
) -> None:
    with app.app_context(), transaction() as session:
        first, second, *_ = session.scalars(
            select(Message).where(Message.kind == MessageKind.PREP).order_by(Message.due_at)
        )
        first.state, first.sent_at, first.sent_subject = MessageState.SENT, START, "As sent"
        second.state, second.error = MessageState.DEAD, "550 no such user"
    staff = people.signed_in(app, Role.PREP)

    page = staff.get(f"/office/clients/{robin}")

    assert page.one("h1").text == "Robin Ash"
    assert "Tue 8 Dec 2026, 10:15 Standard headshot Amara Vale Confirmed" in page.words
    assert "550 no such user" in page.words
    with questions() as few:
        staff.get(f"/office/clients/{robin}")
    assert len([each for each in few if each.startswith("SELECT")]) <= 12
    staff.get("/office/clients/999999", status=404)


def test_photographers_know_the_clients_of_their_own_sessions(app: Flask, robin: int) -> None:
    with app.app_context():
        whose = db.session.scalars(select(Booking)).one().photographer_id
        other = factories.a_photographer("Bo Lind").id
    mine = people.signed_in(app, Role.PHOTOGRAPHER, whose)
    foreign = people.signed_in(app, Role.PHOTOGRAPHER, other)

    assert "Robin Ash" in mine.get("/office/clients").words
    mine.get(f"/office/clients/{robin}")
    assert "Robin Ash" not in foreign.get("/office/clients?q=robin").words
    foreign.get(f"/office/clients/{robin}", status=404)


def test_letters_about_money_are_not_listed_to_those_who_may_not_see_it(
    app: Flask, robin: int
) -> None:
    with app.app_context(), transaction() as session:
        letter = session.scalars(
            select(Message).where(Message.kind == MessageKind.CONFIRMATION)
        ).one()
        letter.kind, letter.subject, letter.body = MessageKind.RECEIPT, "We have your £197.50", "x"

    prep, manager = (people.signed_in(app, role) for role in (Role.PREP, Role.MANAGER))

    assert "£" not in prep.get(f"/office/clients/{robin}").words
    assert "£197.50" in manager.get(f"/office/clients/{robin}").words
