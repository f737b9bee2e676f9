from __future__ import annotations

from tests.browsing import Browser


def test_a_database_without_a_studio_still_answers_in_words(browser: Browser) -> None:
    page = browser.get("/nowhere", status=404)

    assert "There is nothing at this address" in page.words
