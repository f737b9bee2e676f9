"""Rows 29 to 33 of the table of failures: codes and prices, over HTTP."""

from __future__ import annotations

from sqlalchemy import update

from studio.catalogue.models import Package
from studio.db import transaction
from tests import factories
from tests.booking.test_codes import a_promo, a_voucher
from tests.browsing import Browser
from tests.payments.rows.conftest import DEPOSIT, ROBIN, Till


def test_29_a_voucher_that_pays_it_all_asks_for_no_card(till: Till) -> None:
    with till.app.app_context():
        code = a_voucher(50000)
    page = till.use(till.hold(), code)
    till.client.submit(page, ROBIN, form="/checkout/")

    assert (till.state, till.sessions()) == ("confirmed", 0)
    assert till.entries[0][0] == "voucher"


def test_30_a_rest_too_small_for_a_card_is_written_off(till: Till) -> None:
    with till.app.app_context():
        code = a_voucher(39480)
    page = till.use(till.hold(), code)
    till.client.submit(page, ROBIN, form="/checkout/")

    assert (till.state, till.sessions(), till.owed) == ("confirmed", 0, 0)
    assert till.entries == [("voucher", 39480), ("write_off", 20)]


def test_31_what_a_hold_has_of_a_voucher_nobody_else_spends(till: Till) -> None:
    with till.app.app_context():
        code = a_voucher(50000)
    page = till.use(till.hold(), code)
    other, later = Browser(till.app), factories.days_after(days=1).isoformat()
    theirs = till.use(till.hold(other, later), code, other)
    assert "£105" in theirs.words, "what the first has left of it"
    third, later = Browser(till.app), factories.days_after(days=2).isoformat()
    refused = till.use(till.hold(third, later), code, third, 422)
    assert "This voucher has been spent already." in refused.words

    till.client.submit(page, ROBIN, form="/checkout/")
    assert till.entries[0] == ("voucher", 39500)


def test_32_the_last_use_of_a_code_is_its_holds(till: Till) -> None:
    with till.app.app_context():
        a_promo(most_uses=1)
    page = till.use(till.hold(), "SPRING")
    other, later = Browser(till.app), factories.days_after(days=1).isoformat()
    refused = till.use(till.hold(other, later), "SPRING", other, 422)
    assert "as often as it may be" in refused.words
    assert till.client.submit(page, ROBIN, form="/checkout/").location.startswith("http")


def test_33_a_price_that_staff_change_is_not_the_holds(till: Till) -> None:
    page = till.hold()
    with till.app.app_context(), transaction() as session:
        session.execute(update(Package).values(price_minor=99900))
    till.card(till.go_to_payment(page))
    till.deliver()
    till.work()

    assert (till.state, till.net, till.booking().price_minor) == ("confirmed", DEPOSIT, 39500)
