"""Rows 47 and 48 of the table of failures: what numbers invoices have, over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from studio.booking import jobs, letters
from tests import factories
from tests.browsing import Browser, Page
from tests.payments.rows.conftest import Till


@pytest.mark.concurrency
def test_47_who_come_back_at_once_have_an_invoice_each(crowded_till: Till) -> None:
    till = crowded_till
    gate = Barrier(4)
    gone: list[tuple[Page, Browser]] = []
    for days in range(4):
        browser = Browser(till.app)
        page = till.hold(browser, factories.days_after(days=days).isoformat())
        till.card(till.go_to_payment(page, browser))
        gone.append((page, browser))

    def back(page: Page, browser: Browser) -> int:
        gate.wait()
        return int(till.back(page, browser).response.status_code)

    with ThreadPoolExecutor(4) as rivals:
        assert set(rivals.map(lambda each: back(*each), gone)) == {303}
    assert till.numbers == [f"2026-000{n}" for n in range(1, 5)]


def test_48_what_breaks_after_the_number_was_taken_gives_it_back(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.card(till.go_to_payment())
    with monkeypatch.context() as broken, till.app.app_context():
        broken.setattr(letters, "agreed", lambda *_, **__: 1 // 0)
        till.deliver()
        jobs.settle_events()
    assert (till.state, till.numbers) == ("held", [])

    till.clock.advance(hours=1)
    till.work()
    assert (till.state, till.numbers) == ("confirmed", ["2026-0001"])
