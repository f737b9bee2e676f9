from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from tests.clock import Clock

if TYPE_CHECKING:
    from tests.drift.ground import Stage

pytest.register_assert_rewrite("tests.drift.ground", "tests.drift.judge", "tests.drift.machine")


@pytest.fixture
def stage(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    from tests.drift.ground import staged

    with staged(app, clock, monkeypatch) as found:
        yield found
