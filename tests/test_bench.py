"""What of the benchmarks is no matter of time."""

from __future__ import annotations

import pytest

from bench import fitting
from bench.rows import row


@pytest.mark.parametrize(
    ("value", "goal", "ok"),
    [
        (1.5, "<= 1.5", True),
        (1.5004, "<= 1.5", True),  # as it is written down
        (1.501, "<= 1.5", False),
        (0.25, ">= 0.25", True),
        (0.249, ">= 0.25", False),
        (0, "== 0", True),
        (1, "== 0", False),
    ],
)
def test_a_row_is_judged_as_it_is_written_down(value: float, goal: str, *, ok: bool) -> None:
    found = row("anything", value, "ratio", goal)
    assert found == {
        "name": "anything", "value": round(value, 3), "unit": "ratio", "goal": goal, "ok": ok,
    }  # fmt: skip


def test_more_sessions_fit_into_a_day_than_with_fixed_buffers() -> None:
    found = list(fitting.goals())
    assert len(found) == 6
    assert all(each["ok"] for each in found), found
    assert list(fitting.goals()) == found, "the same clients, the same sessions"
