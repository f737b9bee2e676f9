"""Rows 1 to 25 of the table of failures: from the hold to the session, over HTTP."""

from __future__ import annotations

import pytest

from studio.booking import jobs, settlement
from studio.payments.models import PaymentState
from tests.browsing import Browser
from tests.payments.rows.conftest import ASKS, DECLINED, DEPOSIT, ROBIN, Till


def test_1_two_clients_take_one_slot(till: Till) -> None:
    till.hold()

    late = till.hold(Browser(till.app), status=409)

    assert "That time has just gone" in late.words
    assert late.all("button[name='starts_at']")


def test_2_a_declined_card_leaves_the_page_open(till: Till) -> None:
    url = till.go_to_payment()
    assert till.card(url, DECLINED) == 402
    till.deliver()
    till.work()
    assert till.state == "held"

    assert till.card(url) == 303
    till.deliver()
    till.work()
    assert (till.state, till.net) == ("confirmed", DEPOSIT)


def test_3_4_an_abandoned_page_frees_the_time(till: Till) -> None:
    page = till.hold()
    url = till.go_to_payment(page)
    assert till.card(url, ASKS) == 200
    assert "still yours to pay for" in till.back(page).words
    assert "payment" in till.steps()

    till.clock.advance(minutes=36)
    till.work()
    assert till.state == "expired"
    till.hold(Browser(till.app))


def test_5_paid_and_never_back_is_confirmed_by_the_notice(till: Till) -> None:
    till.card(till.go_to_payment())
    assert till.state == "held"

    assert set(till.deliver()) == {204}
    till.work()

    assert (till.state, till.entries, till.confirmations()) == (
        "confirmed", [("payment", DEPOSIT)], 1,
    )  # fmt: skip


def test_6_7_back_before_at_and_after_the_notice_is_one_entry(till: Till) -> None:
    page = till.hold()
    till.card(till.go_to_payment(page))

    assert till.back(page).response.status_code == 303
    assert till.state == "confirmed"
    till.deliver()
    till.work()
    till.back(page)

    assert (till.entries, till.confirmations()) == ([("payment", DEPOSIT)], 1)


@pytest.mark.parametrize("backwards", [False, True])
def test_8_9_however_often_and_in_whatever_order(till: Till, *, backwards: bool) -> None:
    till.card(till.go_to_payment())

    till.deliver(times=3, backwards=backwards)
    till.work()

    assert (till.state, till.entries, till.confirmations()) == (
        "confirmed", [("payment", DEPOSIT)], 1,
    )  # fmt: skip


def test_10_what_no_notice_tells_is_read(till: Till) -> None:
    till.card(till.go_to_payment())
    till.sandbox.core.world.events.clear()

    till.clock.advance(minutes=4)
    till.work()

    assert (till.state, till.net) == ("confirmed", DEPOSIT)


def test_10_no_notice_for_an_hour_after_a_payment_is_told_until_one_comes(till: Till) -> None:
    till.card(till.go_to_payment())
    till.lose()
    till.clock.advance(minutes=4)
    till.work()
    assert till.state == "confirmed"
    manager = till.staff()
    assert "No notice from Stripe" not in manager.get("/office/").words

    till.clock.advance(minutes=61)
    assert "No notice from Stripe has come since a payment on" in manager.get("/office/").words
    assert "Stripe has sent no notice since" in manager.get("/office/payments").words
    till.post({**till.sandbox.core.world.events[-1], "id": "evt_new"})
    assert "No notice from Stripe" not in manager.get("/office/").words


def test_10_a_notice_that_was_settled_late_is_not_silence(till: Till) -> None:
    till.card(till.go_to_payment())
    till.deliver()
    till.clock.advance(minutes=2)
    till.work()
    till.clock.advance(hours=3)

    assert "No notice from Stripe" not in till.staff().get("/office/").words


def test_11_three_days_away_are_caught_up_before_holds_end(till: Till) -> None:
    till.card(till.go_to_payment())
    till.lose()

    till.clock.advance(days=3)
    till.work()

    assert (till.state, till.confirmations()) == ("confirmed", 1)


def test_12_a_notice_that_cannot_be_settled_waits_and_is_run_again(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.card(till.go_to_payment())
    with monkeypatch.context() as broken:
        broken.setattr(settlement, "apply", lambda *_: 1 // 0)
        till.deliver()
        for _ in range(3):
            with till.app.app_context():
                jobs.settle_events()
            till.clock.advance(hours=1)
    assert till.state == "held"
    manager = till.staff()
    assert "could not be settled" in manager.get("/office/").words

    page = manager.get("/office/payments")
    assert "ZeroDivisionError" in page.words
    settled = manager.follow(manager.submit(page, form="/again"))
    assert "It is settled now" in settled.words
    assert (till.state, till.entries, till.confirmations()) == (
        "confirmed", [("payment", DEPOSIT)], 1,
    )  # fmt: skip


def test_13_forged_notices_are_refused_and_many_are_told(till: Till) -> None:
    event = {"id": "evt_1", "object": "event"}
    for _ in range(5):
        assert till.post(event, secret="whsec_of_somebody_else") == 400
    manager = till.staff()
    assert "5 notices with a wrong signature were refused" in manager.get("/office/").words

    page = manager.get("/office/payments")
    manager.submit(page, form="/notices/seen")
    assert "wrong signature" not in manager.get("/office/").words


def test_14_an_unknown_notice_is_kept_and_done(till: Till) -> None:
    till.go_to_payment()
    told = {
        "id": "evt_x", "object": "event", "type": "sun.rises", "created": 1, "livemode": False,
        "data": {"object": {"id": "sun_1", "object": "sun"}},
    }  # fmt: skip
    assert till.post(told) == 204
    # An account's balance has no id.
    nameless = {"id": "evt_y", "data": {"object": {"object": "balance"}}}
    assert till.post(told | nameless) == 204
    till.work()
    assert till.state == "held"


def test_15_a_notice_of_the_other_mode_is_refused_and_told(till: Till) -> None:
    till.card(till.go_to_payment())
    live = {**till.sandbox.core.world.events[-1], "livemode": True}
    assert till.post(live) == 400
    with till.app.app_context():
        assert jobs.settle_events() == 0

    assert till.state == "held"
    assert "other mode (test or live) was refused" in till.staff().get("/office/").words


def test_16_two_tabs_share_one_page(till: Till) -> None:
    page = till.hold()
    first = till.go_to_payment(page)
    assert till.go_to_payment(page) == first
    again = till.client.get(page.path)
    assert till.client.submit(again, ROBIN, form="/checkout/").location == first
    assert till.sessions() == 1


def test_18_paid_as_the_hold_ends_is_confirmed(till: Till) -> None:
    till.card(till.go_to_payment())
    till.lose()
    till.clock.advance(minutes=36)
    with till.app.app_context():
        jobs.expire_holds()

    assert (till.state, till.net) == ("confirmed", DEPOSIT)


def test_21_23_24_stripe_down_when_starting(till: Till) -> None:
    page = till.hold()
    till.fault("POST", "/v1/checkout/sessions", "500")
    told = till.client.submit(page, ROBIN, form="/checkout/", status=503)
    assert "Your time is still held" in told.words
    assert (till.state, till.payment().state) == ("held", PaymentState.CREATING)

    till.verb("config", faults=[])
    till.clock.advance(minutes=2)
    till.card(till.go_to_payment(page))
    till.deliver()
    till.work()
    assert (till.state, till.entries) == ("confirmed", [("payment", DEPOSIT)])


def test_22_a_lost_answer_leads_to_the_same_page(till: Till) -> None:
    page = till.hold()
    till.fault("POST", "/v1/checkout/sessions", "lost")
    till.client.submit(page, ROBIN, form="/checkout/", status=503)

    till.card(till.go_to_payment(page))
    till.deliver()
    till.work()

    assert (till.sessions(), till.state) == (1, "confirmed")


def test_25_stripe_down_when_the_hold_ends_keeps_the_time(till: Till) -> None:
    till.go_to_payment()
    till.clock.advance(minutes=36)
    till.fault("*", "/v1/*", "500", times=99)
    with till.app.app_context():
        jobs.expire_holds()
    assert till.state == "held"
    till.clock.advance(hours=1)
    with till.app.app_context():
        jobs.expire_holds()
    assert "Stripe has not answered for an hour" in till.booking().attention

    till.verb("config", faults=[])
    till.work()
    assert till.state == "expired"


def test_46_a_revoked_key_pauses_payments_and_keeps_the_time(till: Till) -> None:
    page = till.hold()
    till.fault("*", "/v1/*", "401", times=99)
    told = till.client.submit(page, ROBIN, form="/checkout/", status=503)
    assert "Payments are paused just now. Your time is kept" in told.words
    manager = till.staff()
    assert "Payments are paused since" in manager.get("/office/prep").words
    till.clock.advance(minutes=36)
    till.work()
    assert till.state == "held"

    till.verb("config", faults=[])
    till.work()
    assert "Payments are paused" not in manager.get("/office/").words
