"""Pictures that clients show with their answers: kept, limited, and nobody else's."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from studio.booking.form import pictures, service
from studio.booking.models import Booking
from studio.db import db
from studio.prep.questionnaires.models import PrepPicture
from studio.sweep import sweep_command
from tests import factories
from tests.booking.test_form import _own_folder, address, answers, own
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.pictures import JPEG, PNG, WEBP

__all__ = ["_own_folder", "own"]


def files(tmp_path: Path) -> list[bytes]:
    return [each.read_bytes() for each in (tmp_path / "pictures").glob("*")]


def add(browser: Browser, own: str, *contents: bytes, status: int = 303, name: str = "") -> Page:
    given = [(BytesIO(each), f"holiday {n}.php") for n, each in enumerate(contents)]
    return browser.submit(
        browser.get(own), {"q-name": name, "q-liked": given, "do": "save"}, status=status
    )


def test_pictures_are_kept_shown_and_removed(
    app: Flask, browser: Browser, own: str, tmp_path: Path
) -> None:
    page = browser.follow(add(browser, own, JPEG, PNG, JPEG, name="Robin"))

    assert sorted(files(tmp_path)) == sorted([JPEG, PNG])  # the same twice is there once
    assert answers(app) == {"name": "Robin"}
    for image, kind in zip(page.all(".pictures img"), ("jpeg", "png"), strict=True):
        answer = browser.client.get(str(image["src"]))
        assert (answer.status_code, answer.mimetype) == (200, f"image/{kind}")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "php" not in answer.headers["Content-Disposition"]

    button = str(page.all(".pictures button")[0]["value"])
    page = browser.follow(browser.submit(page, {"do": button}))
    assert len(page.all(".pictures img")) == 1
    assert files(tmp_path) == [PNG]
    assert answers(app) == {"name": "Robin"}


def test_what_is_no_picture_is_refused_and_nothing_else_is_lost(
    app: Flask, browser: Browser, own: str, tmp_path: Path
) -> None:
    page = add(browser, own, b"<script>alert(1)</script>", PNG, status=422, name="Robin")

    assert "That is no JPEG, PNG or WebP picture." in page.words
    assert answers(app) == {"name": "Robin"}
    assert files(tmp_path) == [PNG]


def test_size_and_number_are_limited(
    app: Flask, browser: Browser, own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LARGEST", len(PNG) + 1)
    monkeypatch.setattr(service, "MOST_PICTURES", 1)

    assert "larger than" in add(browser, own, JPEG, status=422).words
    add(browser, own, PNG)
    assert "pictures are enough" in add(browser, own, WEBP, status=422).words
    assert files(tmp_path) == [PNG]


def test_a_body_beyond_all_measure_is_a_sentence(
    browser: Browser, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.booking.form import views

    page = browser.get(own)
    monkeypatch.setattr(views, "_LARGEST", 2_000)
    fields = {**page.fields(page.form()), "q-liked": (BytesIO(JPEG * 9), "a.jpg")}
    answer = browser.client.post(own, data=fields)

    assert answer.status_code == 413
    assert "add your pictures a few at a time" in answer.get_data(as_text=True)


def test_pictures_are_the_booking_s_alone_and_can_go_after_the_session(
    app: Flask, browser: Browser, own: str, clock: Clock, tmp_path: Path
) -> None:
    page = browser.follow(add(browser, own, PNG))
    at = str(page.one(".pictures img")["src"])
    with app.app_context():
        kind = db.session.scalars(select(Booking)).one().package
        other = factories.a_confirmed_booking(
            kind, factories.days_after(days=1), email="kim@client.example"
        )
        theirs = address(other)
    number = at.rpartition("/")[2]
    assert browser.client.get(f"{theirs}/pictures/{number}").status_code == 404
    assert (
        browser.client.get(f"{own.replace('booking/', 'booking/x')}/pictures/1").status_code == 404
    )
    browser.submit(browser.get(theirs), {"do": f"remove-{number}"})
    assert len(files(tmp_path)) == 1

    clock.set(factories.days_after(days=3))
    page = browser.get(own)
    browser.follow(browser.submit(page, form="/form"))
    assert files(tmp_path) == []
    with app.app_context():
        assert db.session.scalars(select(PrepPicture)).all() == []


OLD = 8 * 86_400


@pytest.fixture
def folder(app: Flask, browser: Browser, own: str, clock: Clock) -> Path:
    """The folder of pictures: one of a session and others, all but one a week old."""
    add(browser, own, JPEG)
    where: Path = app.extensions["settings"].pictures
    for name in ("a" * 64, f".{'b' * 64}", "c" * 64, "notes.txt", "d" * 63):
        (where / name).write_bytes(b"pixels")
    (where / ("e" * 64)).symlink_to(where / "notes.txt")
    (where / ("f" * 64)).mkdir()
    then = clock.now().timestamp() - OLD
    for each in where.iterdir():
        os.utime(each, (then, then))
    os.utime(where / ("c" * 64), (then + OLD, then + OLD))
    return where


def sweep(app: Flask, *flags: str) -> Result:
    return app.test_cli_runner().invoke(sweep_command, flags)


def test_files_that_no_session_knows_are_named_and_only_removed_if_asked(
    app: Flask, folder: Path
) -> None:
    before = set(folder.iterdir())

    told = sweep(app)

    assert told.output.splitlines() == [
        f".{'b' * 64}", "a" * 64, "2 files belong to no session. Remove with --remove.",
    ]  # fmt: skip
    assert set(folder.iterdir()) == before
    assert "were removed" in sweep(app, "--remove").output
    assert before - set(folder.iterdir()) == {folder / ("a" * 64), folder / f".{'b' * 64}"}
    assert "Every picture belongs to a session" in sweep(app).output


def test_a_database_that_may_be_another_one_sweeps_nothing(app: Flask, folder: Path) -> None:
    before = set(folder.iterdir())
    with app.app_context():
        mine = db.session.scalars(select(PrepPicture)).one()
        mine.file = "0" * 64
        db.session.commit()
    assert "1 of the 1 pictures" in sweep(app, "--remove").output
    with app.app_context():
        db.session.delete(db.session.scalars(select(PrepPicture)).one())
        db.session.commit()

    told = sweep(app, "--remove")

    assert (told.exit_code, set(folder.iterdir())) == (1, before)
    assert "knows no picture at all" in told.output
