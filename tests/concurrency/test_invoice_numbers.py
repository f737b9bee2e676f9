"""Twenty at once, with real commits: each paper has a number, none has another's, none is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from studio.db import db, retried, transaction
from studio.domain.invoice import Charged
from studio.domain.money import Money
from studio.payments import invoices
from studio.payments.invoices import Draft, Invoice, InvoiceCounter, InvoiceKind, Series
from tests import factories

pytestmark = pytest.mark.concurrency

RIVALS = 20


class Crash(Exception):
    """The power went."""


@pytest.fixture
def booking_id(committed: Flask) -> Iterator[int]:
    with committed.app_context():
        yield factories.a_hold().id


def draft(booking_id: int, year: int = 2026, kind: InvoiceKind = InvoiceKind.PART) -> Draft:
    rate = Charged(Decimal(20), Money(120, "GBP"), Money(20, "GBP"))
    return Draft(
        booking_id=booking_id,
        kind=kind,
        issued_on=date(year, 12, 1),
        currency="GBP",
        rates=[rate],
        told={},
    )


@retried
def issue(booking_id: int, *, crash: bool = False, **wanted: object) -> None:
    with transaction() as session:
        invoices.issue(session, draft(booking_id, **wanted))  # type: ignore[arg-type]
        if crash:
            raise Crash


def race(app: Flask, tries: Sequence[Callable[[], None]]) -> list[str]:
    gate = threading.Barrier(len(tries))
    outcomes: list[str] = []

    def run(attempt: Callable[[], None]) -> None:
        with app.app_context():
            gate.wait()
            try:
                attempt()
                outcomes.append("issued")
            except Exception as error:
                outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def numbers(series: Series = Series.INVOICE, year: int = 2026) -> list[int]:
    db.session.rollback()
    wanted = select(Invoice.number).where(Invoice.series == series, Invoice.year == year)
    return sorted(db.session.scalars(wanted))


def test_47_twenty_at_once_have_a_number_each(committed: Flask, booking_id: int) -> None:
    outcomes = race(committed, [partial(issue, booking_id)] * RIVALS)

    assert outcomes == ["issued"] * RIVALS
    assert numbers() == list(range(1, RIVALS + 1))


def test_48_a_crash_while_issuing_takes_the_number_back(committed: Flask, booking_id: int) -> None:
    tries = [partial(issue, booking_id, crash=n % 3 == 0) for n in range(RIVALS)]
    outcomes = race(committed, tries)

    assert outcomes.count("Crash") == 7
    assert numbers() == list(range(1, RIVALS - 7 + 1))


def test_each_series_and_year_counts_for_itself(committed: Flask, booking_id: int) -> None:
    kinds = (InvoiceKind.PART, InvoiceKind.CREDIT)
    tries = [
        partial(issue, booking_id, year=2026 + n % 2, kind=kinds[n // 2 % 2]) for n in range(RIVALS)
    ]
    race(committed, tries)

    for series in Series:
        for year in (2026, 2027):
            assert numbers(series, year) == list(range(1, 6))


def test_control_numbers_from_what_is_there_are_given_twice(
    committed: Flask, booking_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Look for the last one, then write: two who look at once write the same, and one fails."""
    looked = threading.Barrier(2, timeout=20)

    def look(session: object, series: Series, year: int) -> int:
        found = len(numbers_seen(session)) + 1
        looked.wait()
        return found

    def numbers_seen(session: object) -> list[int]:
        return list(session.scalars(select(Invoice.number)))  # type: ignore[attr-defined]

    monkeypatch.setattr(invoices, "_next_number", look)
    if db.engine.dialect.name == "sqlite":
        # SQLite's writers queue: two that look before they queue do the same.
        given = [len(numbers()) + 1 for _ in range(2)]
        monkeypatch.setattr(invoices, "_next_number", lambda *_: given.pop())
    outcomes = race(committed, [partial(issue, booking_id)] * 2)

    assert sorted(outcomes) == ["IntegrityError", "issued"]


def test_control_numbers_counted_apart_leave_gaps(
    committed: Flask, booking_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a sequence does it: what was counted stays counted when the paper is not issued."""
    counted = iter(range(1, RIVALS + 1))
    monkeypatch.setattr(invoices, "_next_number", lambda *_: next(counted))
    race(committed, [partial(issue, booking_id, crash=n < 2) for n in range(RIVALS)])

    assert numbers() != list(range(1, RIVALS - 2 + 1))


def test_the_counter_is_the_last_number(committed: Flask, booking_id: int) -> None:
    issue(booking_id)
    issue(booking_id)
    db.session.rollback()

    assert db.session.get_one(InvoiceCounter, (Series.INVOICE, 2026)).last == 2
