"""A policy in sentences, with the dates and amounts of one session."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from studio.catalogue.promises import Dated, as_a_rule
from studio.domain.money import Money
from studio.domain.policy import CancelBand, Deposit, Fee, MoveBand, Policy
from studio.domain.terms import Account
from tests.domain.policies import STUDIO

STARTS = datetime(2026, 12, 8, 10, 15, tzinfo=UTC)


def pounds(amount: int) -> Money:
    return Money(amount * 100, "GBP")


def dated(ahead: timedelta, policy: Policy = STUDIO, crew: int = 0) -> Dated:
    account = Account(pounds(395), pounds(200), pounds(crew), pounds(200), pounds(0))
    return Dated(policy, account, 60, STARTS - ahead, STARTS, STARTS, "Europe/London")


def test_a_session_far_ahead_has_every_date() -> None:
    terms = dated(timedelta(days=30))

    assert list(terms.cancelling(terms.booked_at)) == [
        "Cancel by Monday 9 November, 10:15, and you get everything back.",
        (
            "Cancel by Tuesday 24 November, 10:15, and your deposit of £200 becomes a credit for"
            " 90 days."
        ),
        (
            "If you cancel later, we keep your deposit of £200. Whatever you paid beyond that comes"
            " back."
        ),
    ]
    assert list(terms.moving(terms.booked_at)) == [
        "Moving the session is free until Saturday 5 December, 10:15.",
        "After that it costs £65 until Monday 7 December, 10:15.",
        "After that it uses your deposit up, and a new one is due.",
        "Each move after the first costs £50 more.",
    ]
    assert terms.coming_late() == (
        "We wait 15 minutes for you. After that the session counts as missed, and we keep the"
        " deposit."
    )


def test_what_is_over_is_not_promised() -> None:
    terms = dated(timedelta(hours=30))

    assert list(terms.cancelling(terms.booked_at)) == [
        "If you cancel, we keep your deposit of £200. Whatever you paid beyond that comes back."
    ]
    assert next(terms.moving(terms.booked_at)) == (
        "Moving the session costs £65 until Monday 7 December, 10:15."
    )


def test_who_is_booked_beforehand_is_named_with_what_they_cost() -> None:
    terms = dated(timedelta(days=5), crew=80)

    assert list(terms.cancelling(terms.booked_at)) == [
        "Cancel by Saturday 5 December, 10:15, and we keep your deposit of £200.",
        (
            "If you cancel later, we keep your deposit of £200, and £80 for the person booked to"
            " get you ready. Whatever you paid beyond that comes back."
        ),
    ]
    assert terms.coming_late().endswith(
        "we keep the deposit, and £80 for the person booked to get you ready."
    )


def test_where_the_whole_price_is_paid_nothing_beyond_it_is_spoken_of() -> None:
    account = Account(pounds(175), pounds(175), pounds(0), pounds(175), pounds(0))
    terms = replace(dated(timedelta(days=30)), account=account)

    assert list(terms.cancelling(terms.booked_at))[1:] == [
        "Cancel by Tuesday 24 November, 10:15, and the £175 you paid becomes a credit for 90 days.",
        "If you cancel later, we keep the £175 you paid.",
    ]


def test_a_booking_without_a_deposit_costs_nothing() -> None:
    terms = replace(dated(timedelta(days=5)), account=Account(*[pounds(0)] * 5))

    assert list(terms.cancelling(terms.booked_at)) == ["If you cancel, it costs you nothing."]


def test_what_a_company_pays_for_is_charged_and_neither_paid_nor_credited() -> None:
    # What a company pays for counts as paid, but for what it was let off.
    account = Account(pounds(395), pounds(200), pounds(80), pounds(395), pounds(0))
    terms = replace(dated(timedelta(days=30)), account=account, payer="Acme Ltd")

    assert list(terms.cancelling(terms.booked_at)) == [
        (
            "Acme Ltd pays for this session: what these rules keep or charge goes on its invoice,"
            " and you owe nothing."
        ),
        "Cancel by Monday 9 November, 10:15, and nothing is charged.",
        "Cancel by Tuesday 24 November, 10:15, and nothing is charged.",
        "Cancel by Saturday 5 December, 10:15, and £200 is charged.",
        ("If you cancel later, £200 is charged, and £80 for the person booked to get you ready."),
    ]
    assert list(terms.moving(terms.booked_at))[2] == "After that it costs £200."
    # The person who is booked beforehand comes whether or not the client does.
    assert terms.coming_late().endswith("counts as missed, and £280 is charged.")
    left = replace(terms, account=replace(account, paid=pounds(250)))
    assert left.coming_late().endswith("and £250 is charged.")


@pytest.mark.parametrize("whole", [False, True])
def test_a_policy_as_a_rule(whole: bool) -> None:
    said = list(as_a_rule(STUDIO, "GBP", whole=whole, crew=True))
    paid = "payment" if whole else "deposit"

    assert said[:3] == [
        (
            "Cancel within 24 hours of booking a session that is at least 7 days away, and all your"
            " money comes back."
        ),
        f"Cancel 14 days or more ahead, and your {paid} becomes a credit for 90 days.",
        f"Cancel later, and we keep your {paid}.",
    ]
    beyond = "Whatever you have paid beyond the deposit and fees for moving comes back."
    assert (beyond in said) is not whole
    ready = (
        "If you cancel less than 72 hours ahead, you also pay for the person booked to get you"
        " ready."
    )
    assert ready in said
    assert ready not in as_a_rule(STUDIO, "GBP", whole=whole, crew=False)
    assert said[-2:] == [
        "Moving your session once is free until 72 hours before.",
        "After that it costs £65 until 24 hours before.",
    ]


def test_a_gentle_policy_as_a_rule() -> None:
    gentle = replace(
        STUDIO,
        cooling_off_hours=0,
        cancel=(CancelBand(0, Deposit.RETURNED),),
        move=(MoveBand(0, Fee(minor=1000, percent=5)),),
    )

    assert list(as_a_rule(gentle, "GBP", whole=True, crew=True)) == [
        "If you cancel, all your money comes back.",
        "Moving your session costs 5% of the price and £10.",
    ]


def test_an_extra_that_somebody_is_booked_for_has_its_date() -> None:
    early = dated(timedelta(days=30))
    told = "If you cancel after Saturday 5 December, 10:15, you pay its price all the same."
    assert early.extra_with_crew(early.booked_at) == told
    late = "If you cancel, you pay its price all the same."
    assert early.extra_with_crew(STARTS - timedelta(hours=72)) == late
    company = replace(early, payer="Acme Ltd")
    charged = "If you cancel, its price is charged all the same."
    assert company.extra_with_crew(STARTS - timedelta(hours=72)) == charged

    always = replace(STUDIO, cancel=(CancelBand(0, Deposit.KEPT, crew=True),))
    soon = dated(timedelta(days=5), always)
    assert soon.extra_with_crew(soon.booked_at) == late
    assert "If you cancel, you also pay for the person booked to get you ready." in as_a_rule(
        always, "GBP", whole=False, crew=True
    )
    never = replace(STUDIO, cancel=(CancelBand(0, Deposit.KEPT),))
    assert dated(timedelta(days=5), never).extra_with_crew(STARTS) == ""


def test_what_costs_nothing_is_moved_and_missed_for_nothing() -> None:
    talks = replace(
        STUDIO,
        cooling_off_hours=0,
        again=Fee(),
        cancel=(CancelBand(0, Deposit.RETURNED),),
        move=(MoveBand(0, Fee()),),
    )
    nothing = Account(pounds(0), pounds(0), pounds(0), pounds(0), pounds(0))
    call = replace(dated(timedelta(days=3), talks), account=nothing, minutes=20)

    assert list(as_a_rule(talks, "GBP", whole=True, crew=True)) == [
        "If you cancel, all your money comes back.",
        "Moving your session is free until it begins.",
    ]
    assert call.coming_late() == (
        "We wait 5 minutes for you. After that the session counts as missed."
    )
