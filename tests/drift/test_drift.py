"""Money cannot drift from bookings, whatever happens in whatever order; and who watches sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import Phase

from tests.drift import judge, machine
from tests.drift.ground import Ground, Stage, forgotten
from tests.drift.planted import BUGS
from tests.effort import tries

EXAMPLES = tries(10)
LONG = EXAMPLES > 10


def test_our_books_are_stripes(stage: Stage) -> None:
    phases = (Phase.generate, Phase.shrink) if LONG else (Phase.generate,)
    machine.run(stage, EXAMPLES, phases=phases, derandomize=not LONG)

    few = {name: stage.reached[name] for name in machine.LEAST if stage.reached[name] < 3}
    assert not few, "it does not reach what it is about"


def judged(stage: Stage, way: Callable[[Ground], None]) -> None:
    with forgotten(stage) as ground:
        way(ground)
        judge.always(ground)
        ground.quiet()
        judge.after_quiet(ground)


def test_without_a_bug_all_ways_are_fine(stage: Stage) -> None:
    for way in {bug.leads_to_it for bug in BUGS.values()}:
        judged(stage, way)


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_seen_where_it_leads(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plant, way = BUGS[name]
    plant(monkeypatch)

    with pytest.raises(AssertionError):
        judged(stage, way)
