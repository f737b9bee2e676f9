"""Random use cases one after the other, on small studios in which everything is scarce.

What each must answer is decided by a diary in plain Python and the minute-by-minute oracle; after
each, a sweep looks at every row. A failure is told as the shortest list of steps that shows it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.clock import Clock
from tests.effort import seed_of, tries
from tests.fakes.payment_gateway import FakeGateway
from tests.walk.machine import Stage
from tests.walk.walking import shortened, walk

STEPS, OF_ONE_STUDIO = tries(200), 100


@pytest.mark.usefixtures("mailer")
def test_the_application_does_what_the_diary_says(
    app: Flask, clock: Clock, gateway: FakeGateway, record_property: Callable[[str, int], None]
) -> None:
    stage = Stage(app, clock, gateway)
    seed = seed_of("WALK_SEED")
    for n in range(STEPS // OF_ONE_STUDIO):
        walk(stage, seed + n, OF_ONE_STUDIO)
    record_property("steps", STEPS)


@pytest.mark.parametrize("needed", [{3}, {0, 63}, {7, 8, 40}, set(range(64))])
def test_only_the_steps_that_are_needed_are_left(needed: set[int]) -> None:
    assert shortened(list(range(64)), lambda less: needed <= set(less)) == sorted(needed)
