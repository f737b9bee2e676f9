"""Whether planted bugs are found: minutes, so `make faults planted` runs it and not the suite."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from flask import Flask

from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway
from tests.walk.altering import Studio
from tests.walk.machine import Stage
from tests.walk.plan import Plan
from tests.walk.planted import BUGS
from tests.walk.walking import replay

OF_ONE_STUDIO, STUDIOS = 200, 25


@pytest.mark.usefixtures("mailer")
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(
    app: Flask,
    clock: Clock,
    gateway: FakeGateway,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, int], None],
    name: str,
) -> None:
    stage = Stage(app, clock, gateway)
    BUGS[name](monkeypatch)

    for seed in range(STUDIOS):
        rng = Random(seed)
        failed = replay(stage, Plan.drawn(rng), Studio.steps(rng, OF_ONE_STUDIO))
        if failed:
            n, error = failed
            assert isinstance(error, AssertionError), "the bug itself fails"
            record_property("steps", seed * OF_ONE_STUDIO + n + 1)
            return
    pytest.fail(f"{STUDIOS * OF_ONE_STUDIO} steps, and nobody has noticed")
