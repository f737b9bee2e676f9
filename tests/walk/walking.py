"""Walk at random, and tell a failure as the shortest list of steps that still shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from tests.conftest import undone
from tests.walk.altering import Studio
from tests.walk.machine import Stage, Step
from tests.walk.plan import Plan

T = TypeVar("T")

# A list that takes longer to shorten is told as it is by then.
PATIENCE = 120


def walk(stage: Stage, seed: int, length: int) -> None:
    """So many random steps from *seed*, in a studio of their own.

    Raises:
        AssertionError: with what `replay` needs to show it again.
    """
    rng = Random(seed)
    plan = Plan.drawn(rng)
    steps = Studio.steps(rng, length)
    failed = replay(stage, plan, steps)
    if failed is None:
        return
    steps = shortened(steps[: failed[0] + 1], lambda less: replay(stage, plan, less) is not None)
    _, error = replay(stage, plan, steps) or failed
    listed = "".join(f"\n    {each!r}," for each in steps)
    raise AssertionError(
        f"{type(error).__name__}: {error}\n\nWALK_SEED={seed} shows it again, and so does\n"
        f"replay(stage, {plan}, [{listed}\n])"
    ) from error


def replay(stage: Stage, plan: Plan, steps: Sequence[Step]) -> tuple[int, Exception] | None:
    """Take *steps*, undo it all, and answer which failed and how, if one did."""
    try:
        with undone(stage.app):
            studio = Studio(stage, plan)
            for n, each in enumerate(steps):
                try:
                    studio.take(each)
                except Exception as error:  # whatever it is, it is what was looked for
                    return n, error
        return None
    finally:
        stage.clock.reset()


def shortened(steps: list[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """What is left of *steps* without every part, large and then small, that it fails without."""
    until = time.monotonic() + PATIENCE
    size = len(steps) // 2
    while size and time.monotonic() < until:
        parts = range(0, len(steps), size)
        fewer = (steps[:at] + steps[at + size :] for at in parts)
        shorter = next((less for less in fewer if fails(less)), None)
        if shorter is None:
            size //= 2
        else:
            steps = shorter
    return steps
