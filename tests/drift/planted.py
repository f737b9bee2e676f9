"""Bugs to be planted: what judges money is judged by whether it sees them.

Each is a patch of the real code and the shortest way known to what it breaks. Those that no order
of events reaches, since something else mends them or keeps them away, name the test that sees them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from studio.adapters import stripe_answers
from studio.booking import disputed, history, jobs, money_back, settlement, surplus
from studio.booking.service import checkout, pages
from studio.booking.settlement import Ending
from studio.db import db
from studio.domain.terms import CalledOffBy
from studio.payments import dues, ledger
from studio.payments.models import Dispute, EntryKind
from studio.ports.payment_gateway import Checkout, CheckoutState
from studio.sandbox.stripe.answers import Answers
from tests.drift.ground import JOBS, PAYS, SLOTS, Ground

Patch = Callable[[pytest.MonkeyPatch], None]


class Bug(NamedTuple):
    plant: Patch
    leads_to_it: Callable[[Ground], None]


def a_payment_counts_as_often_as_it_is_told(patch: pytest.MonkeyPatch) -> None:
    def record(session: Any, payment: Any, intent: str, amount: Any, now: Any) -> bool:
        before = sum(each.kind is EntryKind.PAYMENT for each in _entries(session, payment))
        ref = f"{intent}-{before}" if before else intent
        return ledger._record(session, ledger._owner(payment), EntryKind.PAYMENT, ref, amount, now)

    patch.setattr(ledger, "record_payment", record)


def a_hold_is_given_up_while_its_page_is_open(patch: pytest.MonkeyPatch) -> None:
    def close(booking_id: int, ending: Ending) -> None:
        waiting = [each.id for each in ledger.payable(db.session(), booking_id)]
        db.session.rollback()
        for each in waiting:
            settlement.never_made(each, ending)

    patch.setattr(pages, "close", close)


def what_was_used_counts_as_paid(patch: pytest.MonkeyPatch) -> None:
    real = stripe_answers.checkout

    def shown(made: Any) -> Checkout:
        found = real(made)
        return replace(found, paid=found.state is CheckoutState.COMPLETE)

    patch.setattr(stripe_answers, "checkout", shown)


def a_refund_in_the_dashboard_is_overheard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(money_back, "settle_refunds", _nothing)


def of_a_refund_in_the_dashboard_nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    silent = SimpleNamespace(locked=history.locked, flag=_nothing)
    patch.setattr(money_back, "history", silent)


def every_visit_makes_a_page_of_its_own(patch: pytest.MonkeyPatch) -> None:
    blind = SimpleNamespace(**vars(ledger) | {"payable": lambda *_: []})
    patch.setattr(checkout, "ledger", blind)


def money_for_what_was_cancelled_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "_return", _nothing)


def a_refund_is_promised_and_not_planned(patch: pytest.MonkeyPatch) -> None:
    def plan(_session: Any, _booking: int, amount: Any, **_told: Any) -> Any:
        return amount

    patch.setattr(ledger, "plan_refunds", plan)


def a_refund_that_went_is_not_written_down(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "record_refund", lambda *_: True)


def nothing_reads_what_no_event_tells(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(JOBS, "reconcile", lambda: 0)


def a_lost_answer_makes_a_second_page(patch: pytest.MonkeyPatch) -> None:
    """As it would be with keys that are random."""
    patch.setattr(Answers, "find", lambda *_: None)


def a_bank_that_takes_a_payment_back_is_overheard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(disputed, "settle_disputes", _nothing)


def what_a_bank_took_is_taken_again_when_it_is_lost(patch: pytest.MonkeyPatch) -> None:
    real = ledger.record_dispute

    def record(session: Any, payment: Any, ref: str, amount: Any, now: Any) -> bool:
        lost = session.scalars(select(Dispute.id).where(Dispute.payment_id == payment.id)).first()
        return real(session, payment, f"{ref}-again" if lost else ref, amount, now)

    patch.setattr(ledger, "record_dispute", record)


def what_costs_less_is_asked_for_all_the_same(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dues, "let_off", lambda *_: [])


def of_what_is_too_much_nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(surplus, "ask", _nothing)


def _book(ground: Ground) -> int:
    booking = ground.hold(SLOTS[0])
    assert booking is not None
    ground.check_out(booking)
    return booking


def _paid(ground: Ground) -> int:
    booking = _book(ground)
    ground.pay(booking, PAYS)
    ground.come_back(booking)
    return booking


def _cancelled_by_the_studio(ground: Ground) -> None:
    ground.cancel(_paid(ground), CalledOffBy.STUDIO)


def _given_back_elsewhere(ground: Ground) -> None:
    ground.refund_elsewhere(_paid(ground), 3)


def _paid_slowly(ground: Ground) -> None:
    booking = _book(ground)
    ground.pay_late(booking)
    ground.come_back(booking)


def _late_for_nothing(ground: Ground) -> None:
    booking = _book(ground)
    ground.pay_late(booking)
    ground.let_go(booking)
    ground.late_money(arrives=True)


def _the_rest_unheard_of(ground: Ground) -> None:
    booking = _paid(ground)
    ground.pay_the_rest(booking)
    ground.pay(booking, PAYS)
    while ground.core.outbox.queue:
        ground.lose(0, made=False)


def _answer_lost(ground: Ground) -> None:
    booking = ground.hold(SLOTS[0])
    assert booking is not None
    ground.trouble("lost", "POST", 1)
    ground.check_out(booking)
    ground.check_out(booking)


def _twice_at_the_till(ground: Ground) -> None:
    ground.check_out(_book(ground))


def _given_up(ground: Ground) -> None:
    ground.let_go(_book(ground))


def _disputed(ground: Ground) -> None:
    ground.dispute(_paid(ground))


def _disputed_and_lost(ground: Ground) -> None:
    _disputed(ground)
    ground.work_all()
    ground.decide(won=False)


def _made_smaller(ground: Ground) -> None:
    ground.alter(_paid(ground), 2, give_back=False)


def _told_twice(ground: Ground) -> None:
    _paid(ground)


BUGS = {
    bug.plant.__name__: bug
    for bug in (
        Bug(a_payment_counts_as_often_as_it_is_told, _told_twice),
        Bug(a_hold_is_given_up_while_its_page_is_open, _given_up),
        Bug(what_was_used_counts_as_paid, _paid_slowly),
        Bug(a_refund_in_the_dashboard_is_overheard, _given_back_elsewhere),
        Bug(of_a_refund_in_the_dashboard_nobody_is_told, _given_back_elsewhere),
        Bug(every_visit_makes_a_page_of_its_own, _twice_at_the_till),
        Bug(money_for_what_was_cancelled_stays, _late_for_nothing),
        Bug(a_refund_is_promised_and_not_planned, _cancelled_by_the_studio),
        Bug(a_refund_that_went_is_not_written_down, _cancelled_by_the_studio),
        Bug(nothing_reads_what_no_event_tells, _the_rest_unheard_of),
        Bug(a_lost_answer_makes_a_second_page, _answer_lost),
        Bug(a_bank_that_takes_a_payment_back_is_overheard, _disputed),
        Bug(what_a_bank_took_is_taken_again_when_it_is_lost, _disputed_and_lost),
        Bug(what_costs_less_is_asked_for_all_the_same, _made_smaller),
        Bug(of_what_is_too_much_nobody_is_told, _made_smaller),
    )
}


def an_event_is_done_though_settling_failed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(jobs, "_put_off", lambda row_id, _error: jobs._done(row_id))


def late_money_confirms_without_its_time(patch: pytest.MonkeyPatch) -> None:
    def late(session: Any, booking: Any, _payment: Any, now: Any) -> None:
        settlement.confirm(session, booking, by=history.CLIENT, now=now)

    patch.setattr(settlement, "_late", late)


def paying_twice_is_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settlement, "_return", _nothing)


def a_refund_is_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    from studio.payments import jobs as refunds

    patch.setattr(refunds, "_found", _nothing)


_BOOKING = "tests/booking/"
ELSEWHERE: dict[str, tuple[Patch, str]] = {
    plant.__name__: (plant, _BOOKING + test)
    for plant, test in (
        (
            an_event_is_done_though_settling_failed,
            "test_settlement.py::test_12_an_event_whose_settling_fails_stays_and_is_tried_again",
        ),
        (
            late_money_confirms_without_its_time,
            "test_late_money.py::test_19_late_money_goes_back_when_the_time_is_gone",
        ),
        (paying_twice_is_kept, "test_late_money.py::test_17_two_pages_paid_keep_one"),
        (
            a_refund_is_not_looked_for,
            "test_refunds_sent.py::test_a_refund_whose_answer_is_lost_is_looked_for_before_it_is_sent_again",
        ),
    )
}


def _entries(session: Any, payment: Any) -> Any:
    return ledger.entries(session, payment.booking_id)


def _nothing(*_: Any, **__: Any) -> None:
    return None
