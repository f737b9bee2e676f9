"""The web server's process."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from studio import server


@pytest.fixture
def collector() -> Iterator[None]:
    """As it was, afterwards."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("collector")
def test_requests_wait_for_no_look_through_the_application(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def answering(*_: Any, **__: Any) -> Any:
        return SimpleNamespace(run=lambda: seen.append(len(gc.get_objects())))

    monkeypatch.setattr(server, "create_server", answering)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    before = len(gc.get_objects())

    server.serve(app, 0)

    assert seen[0] < before / 10
