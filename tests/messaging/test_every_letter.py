"""Every mail as text beside the tests: ``UPDATE_SNAPSHOTS=1`` writes them anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from tests.conftest import DATABASES
from tests.messaging.letters import each_letter

FOLDER = Path(__file__).parents[1] / "snapshots" / "letters"
TEMPLATES = Path(__file__).parents[2] / "templates" / "email"


def test_every_template_has_its_snapshot(applications: Callable[[str], Flask]) -> None:
    """What a template writes needs no database, so one of them will do."""
    with applications(DATABASES[0]).app_context():
        written = {
            name: f"Subject: {letter.subject}\n\n{letter.text.rstrip()}\n"
            for name, letter in each_letter()
        }
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        for name, text in written.items():
            (FOLDER / f"{name}.txt").write_text(text)

    assert {each.stem: each.read_text() for each in FOLDER.iterdir()} == written
    assert written.keys() >= {each.name for each in TEMPLATES.iterdir() if each.is_dir()}
