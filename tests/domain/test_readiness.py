from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.readiness import (
    ASKED_BEFORE,
    Form,
    Prepared,
    Readiness,
    Task,
    asks_coming,
    readiness,
)

STARTS = datetime(2026, 12, 8, 10, 15, tzinfo=UTC)
DAY_BEFORE = STARTS - timedelta(days=1)

READY = Prepared(
    starts_at=STARTS, opened=True, ticked=2, listed=2, form=Form.IN, sitters=1, answered=1,
    coming=DAY_BEFORE,
)  # fmt: skip


def test_whoever_did_everything_is_ready() -> None:
    assert readiness(READY, DAY_BEFORE) == Readiness(tuple(Task), ())
    assert readiness(READY, DAY_BEFORE).ready


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"opened": False}, Task.GUIDE),
        ({"ticked": 1}, Task.LIST),
        ({"form": Form.MISSING}, Task.FORM),
        ({"form": Form.BEGUN}, Task.FORM),
        ({"answered": 0}, Task.RELEASE),
        ({"sitters": 2}, Task.RELEASE),
        ({"sitters": 0, "answered": 0}, Task.RELEASE),
        ({"overdue": True}, Task.PAYMENT),
        ({"coming": None}, Task.COMING),
    ],
)
def test_one_thing_left_undone_is_the_one_thing_missing(
    change: dict[str, object], missing: Task
) -> None:
    found = readiness(replace(READY, **change), DAY_BEFORE)  # type: ignore[arg-type]

    assert found.missing == (missing,)
    assert missing not in found.done
    assert not found.ready


@pytest.mark.parametrize(
    ("change", "task"),
    [
        ({"listed": 0, "ticked": 0}, Task.LIST),
        ({"form": Form.NOT_ASKED}, Task.FORM),
        ({"release_asked": False, "sitters": 0, "answered": 0}, Task.RELEASE),
    ],
)
def test_what_is_not_asked_is_neither_done_nor_missing(
    change: dict[str, object], task: Task
) -> None:
    found = readiness(replace(READY, **change), DAY_BEFORE)  # type: ignore[arg-type]

    assert task not in found.done + found.missing
    assert found.ready


def test_coming_is_asked_three_days_before_and_not_sooner() -> None:
    silent = replace(READY, coming=None)
    asked = STARTS - ASKED_BEFORE

    assert Task.COMING not in readiness(silent, asked - timedelta(seconds=1)).missing
    assert readiness(silent, asked).missing == (Task.COMING,)
    assert [asks_coming(STARTS, at) for at in (asked - timedelta(seconds=1), asked, STARTS)] == [
        False, True, False,
    ]  # fmt: skip


@given(
    st.builds(
        Prepared,
        starts_at=st.just(STARTS),
        opened=st.booleans(),
        ticked=st.integers(0, 3),
        listed=st.integers(0, 3),
        form=st.sampled_from(Form),
        release_asked=st.booleans(),
        sitters=st.integers(0, 3),
        answered=st.integers(0, 3),
        overdue=st.booleans(),
        coming=st.none() | st.just(DAY_BEFORE),
    )
)
def test_nothing_is_both_done_and_missing_and_nothing_comes_undone_by_doing(
    known: Prepared,
) -> None:
    found = readiness(known, DAY_BEFORE)
    more = readiness(
        replace(known, opened=True, ticked=3, answered=3, overdue=False, coming=DAY_BEFORE),
        DAY_BEFORE,
    )

    assert not set(found.done) & set(found.missing)
    assert set(found.done) <= set(more.done)
    assert list(found.done) == sorted(found.done, key=list(Task).index)
