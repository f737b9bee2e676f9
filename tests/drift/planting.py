"""`pytest -p tests.drift.planting`: every test is run with the bug that PLANTED names."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _planted(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.drift.planted import ELSEWHERE

    plant, _ = ELSEWHERE[os.environ["PLANTED"]]
    plant(monkeypatch)
