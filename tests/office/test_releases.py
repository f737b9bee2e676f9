"""What staff see of releases: each their own sessions, the owner the text."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.models import Booking
from studio.booking.releases.models import Level, Release, ReleaseText, Sitter
from studio.booking.releases.service import NewSitter, Signature, answer_release, name_sitter
from studio.db import db
from tests import factories, people
from tests.browsing import Browser
from tests.pdf_text import text_of


@pytest.fixture
def signed(app: Flask, browser: Browser) -> str:
    """The office's page of a session whose sitter, a child, may stand in the portfolio."""
    with app.app_context():
        factories.a_release_text()
        booking = factories.a_confirmed_booking()
        kim = NewSitter(
            name="Kim Ash", minor=True, guardian_name="Robin Ash", guardian_relation="mother"
        )
        name_sitter(booking.id, kim)
        sitter = db.session.scalars(select(Sitter.id)).one()
        yes = Signature(level=Level.PORTFOLIO, name="Robin Ash", version=1, address="192.0.2.7")
        answer_release(booking.id, sitter, yes)
        return f"/office/sessions/{booking.id}"


def test_the_session_shows_who_may_be_shown_and_prints_the_copy(app: Flask, signed: str) -> None:
    office = people.signed_in(app, Role.MANAGER)
    page = office.get(signed)

    panel = " ".join(page.one("section[aria-labelledby=releases]").text.split())
    assert "Kim Ash, under 18 Portfolio Mon 23 Nov, signed by Robin Ash" in panel
    link = str(page.one("section[aria-labelledby=releases] a")["href"])
    said = text_of(office.client.get(link).data)
    assert "Photographed Kim Ash, under 18" in said
    assert "192.0.2.7" in said
    terms = str(page.one("a[href$='terms.pdf']")["href"])
    assert "Fair terms." in text_of(office.client.get(terms).data)
    assert "Answered the release" in page.words


def test_a_photographer_prints_those_of_their_own_sessions_only(app: Flask, signed: str) -> None:
    with app.app_context():
        bo = factories.a_photographer("Bo Lind").id
        amara = db.session.scalars(select(Booking.photographer_id)).one()
        release = db.session.scalars(select(Release.id)).one()
    copy = f"{signed}/releases/{release}.pdf"

    assert people.signed_in(app, Role.PHOTOGRAPHER, bo).client.get(copy).status_code == 404
    mine = people.signed_in(app, Role.PHOTOGRAPHER, amara)
    assert mine.client.get(copy).status_code == 200
    assert mine.client.get(f"{signed}/terms.pdf").status_code == 403


def test_only_the_owner_writes_the_text_and_each_saving_is_a_version(
    app: Flask, signed: str
) -> None:
    people.signed_in(app, Role.MANAGER).get("/office/release-text", 403)
    owner = people.signed_in(app, Role.OWNER)
    page = owner.get("/office/release-text")
    again = owner.submit(page, {"body": " "}, form="", status=422)
    assert "Please fill this in." in again.words
    page = owner.follow(owner.submit(page, {"body": "Quite new.", "changed": "yes"}))
    assert "this is signed from now on" in page.words
    page = owner.follow(owner.submit(page))
    assert "Nothing was changed." in page.words

    with app.app_context():
        texts = db.session.scalars(select(ReleaseText).order_by(ReleaseText.version)).all()
        assert [(each.version, each.body[:10]) for each in texts] == [
            (1, "You need n"), (2, "Quite new."),
        ]  # fmt: skip
        assert texts[1].written_by == "Owner Person"
    assert "to an earlier text" in owner.get(signed).words
    assert "missing: guide not opened, list, release" in owner.get("/office/prep").words
