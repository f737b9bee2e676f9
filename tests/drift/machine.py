"""Everything that may happen to money, in any order."""

from __future__ import annotations

from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from studio.domain.terms import CalledOffBy
from tests.drift import judge
from tests.drift.ground import ASKS, DECLINES, JOBS, PAYS, SLOTS, Stage, forgotten

STEPS = 22
# What all runs together have to do a few times; else that they end well proves nothing.
LEAST = ("paid", "settle_events", "cancelled", "given back elsewhere", "altered", "disputed")

which = st.integers(0, 9)
shares = st.sampled_from([1, 3, None, None])
slots = st.integers(0, len(SLOTS) - 1)


class Drift(RuleBasedStateMachine):
    """One run, which begins where it becomes interesting: by itself that is rarely reached.

    Two weeks lie ahead of the sessions, of which time's jumps use up at most ten days.
    """

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.forgotten = forgotten(self.stage)
        self.ground = self.forgotten.__enter__()
        self.days_left = 10

    def teardown(self) -> None:
        try:
            self.ground.quiet()
            judge.after_quiet(self.ground)
            before = judge.told(self.ground)
            self.ground.quiet()
            assert judge.told(self.ground) == before, "running everything again changed something"
        finally:
            self.forgotten.__exit__(None, None, None)

    def any_booking(self, number: int) -> int:
        return self.ground.bookings[-1 - number % len(self.ground.bookings)]

    @invariant()
    def the_books_agree(self) -> None:
        judge.always(self.ground)

    @initialize(pays=st.booleans(), into=st.integers(0, 2), share=shares)
    def begins_in_the_middle(self, into: int, share: int | None, *, pays: bool) -> None:
        """Two sessions that are paid, one that nobody has told us is, and one at the till.

        Of those that are paid the first is made something else, and the second taken back.
        """
        self.ground.slow_banks_pay = pays
        for slot in range(4):
            booking = self.ground.hold(SLOTS[slot])
            assert booking is not None
            self.ground.check_out(booking)
            if slot < 3:
                self.ground.pay(booking, PAYS)
            if slot < 2:
                self.ground.come_back(booking)
        self.ground.alter(self.ground.bookings[0], into, give_back=pays)
        self.is_taken_back(self.ground.bookings[1], share)

    def is_taken_back(self, booking: int, share: int | None) -> bool:
        """In the dashboard, all of it or a *share*; or by the client's bank."""
        if share:
            return self.ground.refund_elsewhere(booking, share)
        return self.ground.dispute(booking)

    @rule(slot=slots, pays=st.booleans())
    def books(self, slot: int, *, pays: bool) -> None:
        booking = self.ground.hold(SLOTS[slot])
        if booking is not None:
            self.ground.check_out(booking)
            if pays:
                self.ground.pay(booking, PAYS)

    @rule(slot=slots)
    def holds(self, slot: int) -> None:
        self.ground.hold(SLOTS[slot])

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which)
    def goes_to_payment(self, number: int) -> None:
        self.ground.check_out(self.any_booking(number))

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which, card=st.sampled_from([PAYS, PAYS, DECLINES, ASKS]), yes=st.booleans())
    def pays(self, number: int, card: str, *, yes: bool) -> None:
        self.ground.pay(self.any_booking(number), card, authenticates=yes)

    @precondition(lambda self: self.ground.bookings)
    @rule(gives_up=st.booleans())
    def pays_what_takes_days(self, *, gives_up: bool) -> None:
        """And perhaps lets the time go before the bank has answered."""
        paid = next((each for each in self.ground.bookings if self.ground.pay_late(each)), None)
        if paid is not None and gives_up:
            self.ground.let_go(paid)

    @rule(arrives=st.booleans())
    def hears_from_a_slow_bank(self, *, arrives: bool) -> None:
        self.ground.late_money(arrives=arrives)

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which)
    def pays_the_rest(self, number: int) -> None:
        booking = self.any_booking(number)
        self.ground.pay_the_rest(booking)
        self.ground.pay(booking, PAYS)

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which)
    def comes_back(self, number: int) -> None:
        self.ground.come_back(self.any_booking(number))

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which)
    def lets_go(self, number: int) -> None:
        self.ground.let_go(self.any_booking(number))

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which, by=st.sampled_from(CalledOffBy))
    def cancels(self, number: int, by: CalledOffBy) -> None:
        self.ground.cancel(self.any_booking(number), by)

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which, share=shares)
    def is_taken_back_elsewhere(self, number: int, share: int | None) -> None:
        at = number % len(self.ground.bookings)
        for each in self.ground.bookings[at:] + self.ground.bookings[:at]:
            if self.is_taken_back(each, share):
                return

    @precondition(lambda self: self.ground.bookings)
    @rule(number=which, into=st.integers(0, 2), give_back=st.booleans())
    def becomes_something_else(self, number: int, into: int, *, give_back: bool) -> None:
        self.ground.alter(self.any_booking(number), into, give_back=give_back)

    @rule(won=st.booleans())
    def a_bank_decides(self, *, won: bool) -> None:
        self.ground.decide(won=won)

    @rule(number=which, keep=st.booleans())
    def an_event_arrives(self, number: int, *, keep: bool) -> None:
        self.ground.deliver(number, keep=keep)

    @rule(number=which, made=st.booleans())
    def an_event_is_lost(self, number: int, *, made: bool) -> None:
        self.ground.lose(number, made=made)

    @rule(
        kind=st.sampled_from(["500", "lost", "lost"]),
        method=st.sampled_from(["*", "POST"]),
        times=st.integers(1, 3),
    )
    def stripe_has_trouble(self, kind: str, method: str, times: int) -> None:
        self.ground.trouble(kind, method, times)

    @rule(minutes=st.sampled_from([1, 4, 16, 36, 26 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        if minutes > 24 * 60:
            if self.days_left < 2:
                return
            self.days_left -= 2
        self.ground.advance(minutes)

    @rule(job=st.sampled_from(["settle_events", *sorted(JOBS)]))
    def the_worker_works(self, job: str) -> None:
        self.ground.work(job)


def run(stage: Stage, examples: int, *, phases: tuple[Phase, ...], derandomize: bool) -> None:
    """So many runs.

    Raises:
        AssertionError: with the steps that led to it.
    """
    Drift.stage = stage
    run_state_machine_as_test(
        Drift,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            phases=phases,
            derandomize=derandomize,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
