"""What a process keeps of what it has computed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from studio.scheduling.memory import Memory

ASKING = 8


@pytest.fixture
def asked() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(ASKING) as threads:
        yield threads


def test_those_who_ask_at_once_have_it_made_once(asked: ThreadPoolExecutor) -> None:
    memory, made, all_here = Memory(), [], threading.Barrier(ASKING)
    begun, go = threading.Event(), threading.Event()

    def make() -> object:
        begun.set()
        assert go.wait(20)
        made.append(object())
        return made[-1]

    def ask() -> object:
        all_here.wait(20)
        return memory.recall("key", make)

    answers = [asked.submit(ask) for _ in range(ASKING)]
    assert begun.wait(20)
    go.set()

    assert {id(each.result(20)) for each in answers} == {id(made[0])}
    assert len(made) == 1


def test_another_answer_is_not_waited_for(asked: ThreadPoolExecutor) -> None:
    memory, begun, go = Memory(), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go.wait(20)
        return "slow"

    first = asked.submit(memory.recall, "slow", slow)
    assert begun.wait(20)
    assert asked.submit(memory.recall, "quick", lambda: "quick").result(20) == "quick"
    go.set()
    assert first.result(20) == "slow"


def test_who_waits_for_one_that_fails_makes_it(asked: ThreadPoolExecutor) -> None:
    memory, begun, go = Memory(), threading.Event(), threading.Event()

    def fails() -> str:
        begun.set()
        assert go.wait(20)
        raise LookupError

    first = asked.submit(memory.recall, "key", fails)
    assert begun.wait(20)
    second = asked.submit(memory.recall, "key", lambda: "made")
    go.set()

    with pytest.raises(LookupError):
        first.result(20)
    assert second.result(20) == "made"
    assert memory.recall("key", fails) == "made"


def test_what_holds_no_more_is_made_anew() -> None:
    memory = Memory()
    memory.recall("key", lambda: 1)

    assert memory.recall("key", lambda: 2, lambda kept: kept == 1) == 1
    assert memory.recall("key", lambda: 2, lambda kept: kept > 1) == 2
    assert memory.recall("key", lambda: memory.recall("key", lambda: 3), lambda _: False) == 2
