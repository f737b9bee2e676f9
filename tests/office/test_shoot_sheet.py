"""What a client answered is read by staff: on the session, and on a sheet for the photographer."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.booking.form import service
from studio.booking.form.pictures import Folder, recognised
from studio.booking.models import Booking
from studio.db import db
from studio.prep.questionnaires.models import PrepPicture
from tests import factories, people
from tests.browsing import Browser
from tests.pictures import PNG


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(type(app.extensions["settings"]), "pictures", tmp_path / "pictures")
    return tmp_path / "pictures"


@pytest.fixture
def session(app: Flask, rolled_back: None, folder: Path) -> str:
    """The page of a session whose client has answered and shown a picture."""
    with app.app_context():
        booking = factories.a_confirmed_booking()
        asked = factories.a_questionnaire(booking.package.session_type_id).id
        service.keep_answers(
            booking.id,
            asked,
            {
                "glasses": "never",
                "darken": True,
                "allergies": "Latex, badly",
                "needed": "2026-12-24",
                "used": ["web", "wall"],
            },
        )
        service.add_picture(booking.id, asked, "liked", recognised(PNG), Folder(folder).keep(PNG))
        return f"/office/sessions/{booking.id}"


def test_staff_read_the_answers_that_count_with_care_first(app: Flask, session: str) -> None:
    staff = people.signed_in(app, Role.PREP)

    for path in (session, f"{session}/sheet"):
        page = staff.get(path)
        (care,) = page.all(".care li")
        assert "take care" in care.text
        assert "Latex, badly" in care.text
        assert "Glasses? Never" in page.words
        assert "Thursday 24 December 2026" in page.words
        assert "On the web, Wall" in page.words
        assert "Do they darken?" not in page.words
        image = page.one(".pictures img")
        assert image["loading"] == "lazy"
        answer = staff.client.get(str(image["src"]))
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/png", PNG)
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    for said in ("Grey seamless", "Looks 2", "Steamer on", "the form is not sent in", "Nobody is"):
        assert said in page.words


@pytest.mark.parametrize("nothing", ["None", " no. ", "Nothing"])
def test_nothing_to_take_care_of_is_not_marked(app: Flask, session: str, nothing: str) -> None:
    with app.app_context():
        booking = db.session.scalars(select(Booking)).one()
        service.keep_answers(booking.id, 0, {"allergies": nothing.strip()})

    page = people.signed_in(app, Role.PREP).get(session)
    assert not page.all(".care")
    assert nothing.strip() in page.words


def test_others_photographers_see_neither_sheet_nor_picture(app: Flask, session: str) -> None:
    with app.app_context():
        other = factories.a_photographer("Bo Lind").id
        picture = db.session.scalars(select(PrepPicture.id)).one()
        owner = db.session.scalars(select(Booking.photographer_id)).one()
    theirs = people.signed_in(app, Role.PHOTOGRAPHER, photographer_id=owner)
    theirs.get(f"{session}/sheet")
    someone = people.signed_in(app, Role.PHOTOGRAPHER, photographer_id=other)
    for path in (f"{session}/sheet", f"{session}/pictures/{picture}"):
        assert someone.client.get(path).status_code == 404
    assert Browser(app).client.get(f"{session}/pictures/{picture}").status_code in {302, 303, 401}


def test_a_picture_that_should_not_be_kept_is_removed_for_good(
    app: Flask, session: str, folder: Path
) -> None:
    staff = people.signed_in(app, Role.PREP)
    page = staff.follow(staff.submit(staff.get(session), form="/remove"))

    assert not page.all(".pictures img")
    assert list(folder.iterdir()) == []
    assert "removed" in page.words
