"""What clients do, and time: holds, details, payments, and what the worker ends."""

from __future__ import annotations

from typing import Any

from studio.booking import history, jobs, service
from studio.booking.models import Booking
from studio.booking.service import Cancellation, Details, HoldRequest
from studio.db import db
from studio.domain.terms import CalledOffBy
from studio.ports import ports
from tests.domain import oracle
from tests.walk.diary import (
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    HELD,
    HOLDS,
    LONGER,
    NEVER,
    PAGE_LASTS,
    PAY_WITHIN,
    REQUESTED,
    Entry,
    Want,
)
from tests.walk.machine import Ground, below, instant, one_of, step, wants, whens, whiches

WHO = Details(name="Robin Ash", email="robin@client.example", address="1 Client Street")


class Clients(Ground):
    @step(8, told=wants, when=whens)
    def hold(self, told: Any, when: Any) -> None:
        self._hold(self.want(told), self.at(when))

    @step(8, told=wants, ahead=below(3), nth=whiches)
    def hold_what_is_offered(self, told: Any, ahead: int, nth: int) -> None:
        want = self.want(told)
        offered = self.starts(want, self.day(ahead))
        if offered:
            held = self._hold(want, offered[nth % len(offered)].at // 60)
            assert held, "what was offered could not be held"

    @step(4, told=wants, when=whens, which=whiches)
    def hold_instead(self, told: Any, when: Any, which: int) -> None:
        self._hold(self.want(told), self.at(when), self.pick(which, HELD))

    @step(4)
    def hold_what_was_wanted_last(self) -> None:
        self._hold(*self.last)

    def _hold(self, want: Want, start: int, earlier: Entry | None = None) -> bool:
        self.last = want, start
        gone = earlier if earlier and earlier.state == HELD and not earlier.paying else None
        options = self.diary.options(want, start, gone)
        request = HoldRequest(
            package=want.offer.slug,
            starts_at=instant(start),
            replaces=earlier.id if earlier else None,
            key=f"key {len(self.diary.entries)} {start} {self.now}",
            **self.asked(want),
        )
        held, refused = self.said(lambda: service.hold_time(request))
        assert refused == ("" if options else "StartNotOpen")
        if held is None:
            return False
        if gone:
            self.end(gone, CANCELLED, "cancel")
        entry = self.enter(
            self.id_of(held.reference), want, start, *self.diary.assigned(want, start, options)
        )
        entry.expires = entry.over = self.now + HOLDS
        entry.request = request
        entry.history.append("held")
        return True

    @step(2, which=whiches)
    def hold_once_more(self, which: int) -> None:
        """The same request again: the same hold, or that it is over."""
        entry = self.pick(which, HELD)
        if entry is None or entry.request is None:
            return
        again, refused = self.said(lambda: service.hold_time(entry.request))
        ran_out = entry.state == HELD and not entry.paying and entry.over <= self.now
        over = ran_out or entry.state in {CANCELLED, EXPIRED}
        assert refused == ("HoldOver" if over else "")
        assert again is None or self.id_of(again.reference) == entry.id

    @step(3, which=whiches)
    def extend(self, which: int) -> None:
        entry = self.pick(which, HELD)
        if entry is None:
            return
        may = (
            entry.state == HELD
            and not entry.paying
            and not entry.extended
            and entry.over > self.now
        )
        _, refused = self.said(lambda: service.extend_hold(entry.id))
        assert refused == ("" if may else "HoldOver")
        if may:
            entry.expires = entry.over = entry.over + LONGER
            entry.extended = True
            entry.history.append("extended")

    @step(16, which=whiches)
    def check_out(self, which: int) -> None:
        entry = self.pick(which, HELD)
        if entry is None or (entry.paying and entry.page_until <= self.now):
            return
        url, refused = self.said(lambda: service.check_out(entry.id, WHO))
        if entry.state in {CONFIRMED, REQUESTED}:
            assert (url, refused) == (None, "")
        elif entry.state != HELD or (not entry.paying and entry.over <= self.now):
            assert refused == "HoldOver"
        elif entry.want.offer.on_request and not entry.accepted:
            self.end(entry, REQUESTED, "request")
        elif entry.paid:
            self.settled(entry)
        elif entry.due:
            assert url
            if not entry.paying:
                entry.promised = entry.over if entry.accepted else 0
                entry.page_until, entry.over = self.now + PAGE_LASTS, self.now + PAY_WITHIN
                entry.expires = None
                entry.history.append("to payment")
        else:
            assert (url, refused) == (None, "")
            self.confirmed(entry)

    @step(9, which=whiches, comes_back=one_of(True, False))
    def pay(self, which: int, comes_back: bool) -> None:
        """On the open page; who does not come back to us is found by the worker later."""
        paying = [
            each
            for each in self.diary.entries
            if each.paying and not each.paid and each.page_until > self.now
        ]
        if not paying:
            return
        entry = paying[which % len(paying)]
        self.stage.gateway.pay(self.page_of(entry))
        entry.paid = True
        if comes_back:
            self.said(lambda: service.settle_now(entry.id))
            self.settled(entry)

    @step(2, which=whiches)
    def release(self, which: int) -> None:
        entry = self.pick(which, HELD)
        if entry is None:
            return
        _, refused = self.said(lambda: service.release_hold(entry.id, by=history.CLIENT))
        if entry.paying and entry.paid:
            self.settled(entry)
        assert refused == ("AlreadyPaid" if entry.state == CONFIRMED else "")
        if entry.state == HELD:
            self.end(entry, CANCELLED, "cancel")

    @step(4, which=whiches)
    def cancel(self, which: int) -> None:
        entry = self.pick(which, CONFIRMED, REQUESTED)
        if entry is None:
            return
        may = entry.state in {CONFIRMED, REQUESTED} and entry.start > self.now

        def act() -> None:
            session = db.session()
            booking = session.get_one(Booking, entry.id)
            back = service.proposal(session, booking, CalledOffBy.CLIENT, ports().now())
            service.cancel_booking(
                entry.id,
                Cancellation(
                    called_off_by=CalledOffBy.CLIENT,
                    reason="",
                    shown=back.figures,
                    actor=history.CLIENT,
                ),
            )

        _, refused = self.said(act)
        assert refused == ("" if may else "IllegalMove")
        if may:
            self.end(entry, CANCELLED, "cancel", "settled")

    @step(5, minutes=one_of(5, 5, 5, 10, 15, 15, 35, 60, 300, 1440))
    def time_goes_by(self, minutes: int) -> None:
        self.stage.clock.advance(minutes=minutes)
        self.diary.now = self.now

    @step(3)
    def the_worker_runs(self) -> None:
        for job in (jobs.expire_holds, jobs.lapse_requests, jobs.complete_past_sessions):
            self.said(job)
        for entry in self.diary.entries:
            if entry.state == HELD and entry.over <= self.now:
                if entry.paid:
                    self.settled(entry)
                elif entry.paying and entry.promised > self.now:
                    entry.page_until, entry.expires = 0, entry.promised
                    entry.over = entry.promised
                else:
                    self.end(entry, EXPIRED, "expire")
            elif entry.state == REQUESTED and entry.start <= self.now:
                self.end(entry, EXPIRED, "expire")
            if entry.state == CONFIRMED and entry.end <= self.now:
                entry.state = COMPLETED
                entry.history.append("complete")

    @step(3, told=wants, ahead=below(3))
    def look(self, told: Any, ahead: int) -> None:
        """All that is offered on a day is all that the oracle finds, with who and where."""
        want, day = self.want(told), self.day(ahead)
        offered = {
            start.at // 60: {who: rooms or (0,) for who, rooms in start.options.items()}
            for start in self.starts(want, day)
        }
        found = {
            minute: options
            for minute in oracle.minutes_of([day], self.town.zone)
            if oracle.local(minute, self.town.zone).minute % 30 == 0
            and (options := self.diary.options(want, minute))
        }
        assert offered == found

    # What follows in the diary.

    def end(self, entry: Entry, state: str, *events: str) -> None:
        entry.state, entry.expires, entry.over, entry.page_until = state, None, NEVER, 0
        entry.history += events

    def settled(self, entry: Entry) -> None:
        entry.history.append("paid")
        self.confirmed(entry)

    def confirmed(self, entry: Entry) -> None:
        self.end(entry, CONFIRMED, "confirm")

    def page_of(self, entry: Entry) -> str:
        pages = self.stage.gateway.pages.values()
        with self.stage.app.app_context():
            booking = db.session.get_one(Booking, entry.id)
            return next(
                page.shown.id
                for page in reversed(list(pages))
                if page.shown.booking_reference == booking.reference
            )
