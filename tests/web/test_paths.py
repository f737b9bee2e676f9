"""Names and numbers in addresses that nothing can have."""

from __future__ import annotations

import pytest
from flask import Flask

from studio.accounts.permissions import Role
from tests import factories, people
from tests.browsing import Browser

# A NUL is what PostgreSQL cannot even compare.
NAMES = ["a%00b", "%00", "A", "a_b", "a%0a", "a" * 81, "%C3%A9", "a%20b"]
WITH_NAMES = ["/packages/{}", "/book/{}", "/api/v1/packages/{}/slots?from=2026-12-08&to=2026-12-08"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_a_page(app: Flask, browser: Browser, name: str) -> None:
    with app.app_context():
        factories.a_studio()
    owner = people.signed_in(app, Role.OWNER)

    for path in WITH_NAMES:
        browser.get(path.format(name), status=404)
    for path in ("/office/prep/guides/{}", "/office/mailbox/{}", "/office/mailbox/{}/raw"):
        owner.get(path.format(name), status=404)


def test_no_word_of_a_query_breaks_a_page(app: Flask, browser: Browser) -> None:
    with app.app_context():
        slug = factories.a_bookable_package().slug
    owner = people.signed_in(app, Role.OWNER)

    for path in (
        "/packages/?genre=%00",
        f"/book/{slug}?photographer=%00",
        f"/book/{slug}?add_on=%00",
        f"/book/{slug}?month=%00",
        f"/book/{slug}?day=%00",
        f"/api/v1/packages/{slug}/slots?from=2026-12-08&photographer=%00",
    ):
        assert browser.client.get(path).status_code < 500, path
    for path in ("photographer=%00", "week=%00"):
        assert owner.client.get(f"/office/calendar?{path}").status_code < 500, path


@pytest.mark.parametrize("number", [0, 2**63 - 1, 2**63, 10**40])
def test_no_number_breaks_a_page(app: Flask, browser: Browser, number: int) -> None:
    with app.app_context():
        factories.a_studio()
    owner = people.signed_in(app, Role.OWNER)

    for path in (
        f"/office/packages/{number}",
        f"/office/sessions/{number}",
        f"/office/prep/messages/{number}",
        f"/office/studio/hours/{number}",
    ):
        owner.get(path, status=404)
