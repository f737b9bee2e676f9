"""Changing what a booked session is: its package, its extras, how many people come."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from studio.booking import (
    agreement,
    alterations,
    codes,
    effects,
    history,
    invoicing,
    surplus,
    wishes,
)
from studio.booking import letters_of_change as letters
from studio.booking.alterations import Plan, Wish
from studio.booking.companies import covering
from studio.booking.effects import Effect, NotAgreed
from studio.booking.models import Booking, BookingLine, BookingSet
from studio.booking.service import moving, pages
from studio.booking.service.dues import ChargeUnderWay
from studio.booking.service.giving_back import returnable
from studio.booking.settlement import Ending
from studio.db import DatabaseBusy, db, retried, transaction
from studio.domain.availability import Needs, Obstacle
from studio.domain.money import Money
from studio.domain.pricing import quote
from studio.inserts import insert_all
from studio.payments import dues, kept_cards, ledger
from studio.payments import once as once_keys
from studio.ports import ports
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused
from studio.scheduling import calendar, judgement, openings
from studio.scheduling.models import Allocation

log = structlog.get_logger()


class NothingChanges(Exception):
    """The session is that already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterRequest:
    """What a session is to be, and who wishes it.

    *agreed* is the seal of the effect that was shown; None takes it as it is. With a *reason*, the
    rules named in *set_aside* are broken for it; nothing else is. With *give_back* what was paid
    beyond the new price goes back, and else waits for somebody who may say so.
    """

    wish: Wish
    by: str
    agreed: str | None = None
    reason: str = ""
    set_aside: frozenset[str] = frozenset()
    give_back: bool = False
    once: str = ""


def alter_booking(booking_id: int, request: AlterRequest) -> Effect:
    """Make a session what is wished; its people are told, and what prepares them is planned anew.

    What was bought keeps its price, what is added costs what it costs today, both taxed as on the
    day of booking. It keeps what it takes of the calendar unless all that it is to take can be had.

    Raises:
        DoneBefore: if its form was sent before.
        CannotMove: if it is no session still to come.
        NotOffered: if something of it cannot be had, whatever the time.
        NothingChanges: if it is that already.
        CodeRefused: if a company pays for it, and would not for this.
        ChargeUnderWay: if the kept card is being charged just now.
        calendar.StartNotOpen: if it does not fit at its time, or nobody could set aside why.
        RulesBroken: if other rules are broken than the ones set aside.
        NotAgreed: if it does something else than was agreed to.
    """
    if request.agreed:
        # What was paid on an open page counts before it is decided what the change comes to.
        looked_at = db.session()
        moving.must_be_movable(looked_at.get_one(Booking, booking_id), ports().now())
        looked_at.rollback()
        _close_page(booking_id)
    effect = _alter(booking_id, request)
    close_stale_page(booking_id, effect)
    return effect


@retried
def _alter(booking_id: int, request: AlterRequest) -> Effect:
    with transaction() as session:
        calendar.queue(session)
        now = ports().now()
        booking = history.locked(session, booking_id)
        once_keys.claim(session, request.once, now)
        return alter(session, booking, request, now)


def alter(session: Session, booking: Booking, request: AlterRequest, now: datetime) -> Effect:
    """`alter_booking` for a booking that the caller has locked, after the calendar."""
    moving.must_be_movable(booking, now)
    before = effects.told(session, booking)
    wanted = alterations.plan(session, booking, request.wish)
    if not wanted.retimed and _is_sold_as(booking, wanted):
        raise NothingChanges
    if kept_cards.under_way(session, booking.id):
        raise ChargeUnderWay
    broken: tuple[Obstacle, ...] = ()
    if wanted.retimed:
        broken = _retake(session, booking, wanted, request, now)
    another = wanted.package.id != booking.package_id
    _write(session, booking, wanted, now)
    shown = effects.told(session, booking)
    gone = _settle(session, booking, Effect(before, shown), now, another=another)
    session.flush()
    session.refresh(booking)
    wishes.settle(booking)
    letters.plan_anew(session, booking, now)
    effect = Effect(before, effects.told(session, booking))
    if request.agreed is not None and request.agreed != effect.seal:
        raise NotAgreed(effect)
    booking.sequence += effect.entry_changed
    back = _give_back(session, booking, effect, request, now)
    history.note(
        session, booking, "altered", by=request.by, now=now,
        what=effect.changes, was=effect.before.price.minor, price=effect.after.price.minor,
        currency=booking.currency, reason=request.reason,
        rules=[each.rule.value for each in broken],
        # What was agreed until then, since its lines make way for those of now.
        lines=[(label, number, total.minor) for label, number, total in effect.before.lines],
        let_off=gone,
    )  # fmt: skip
    session.flush()
    invoicing.follow_the_money(session, booking, now)
    letters.altered(session, booking, effect, back, now)
    return effect


def close_stale_page(booking_id: int, effect: Effect) -> None:
    """Let nobody pay on an open page what is not owed any more; else whoever pays next does it."""
    if effect.after.owed != effect.before.owed:
        _close_page(booking_id)


def _close_page(booking_id: int) -> None:
    try:
        pages.close(booking_id, Ending())
    except (GatewayUnavailable, GatewayRefused, PaymentsPaused, DatabaseBusy) as error:
        # Whatever became of the page, the change itself is saved.
        log.warning("page_left_open", booking=booking_id, error=type(error).__name__)


def _is_sold_as(booking: Booking, wanted: Plan) -> bool:
    lines = [
        (each.kind.value, each.label, each.quantity, each.total.minor) for each in wanted.lines
    ]
    sold = [(each.kind, each.label, each.quantity, each.total_minor) for each in booking.lines]
    return lines == sold and wanted.people == booking.people


def _retake(
    session: Session, booking: Booking, wanted: Plan, request: AlterRequest, now: datetime
) -> tuple[Obstacle, ...]:
    """Take what it is to take in place of what it takes; the rules that this breaks."""
    broken: tuple[Obstacle, ...] = ()
    needs = staying(session, booking, wanted.needs)
    if request.reason:
        found, broken = judgement.claim_anyway(
            session, needs, booking.starts_at, now,
            photographer_id=booking.photographer_id, leaving_out=booking.id,
        )  # fmt: skip
        if {each.rule.value for each in broken} - request.set_aside:
            raise moving.RulesBroken(broken)
        calendar.reallocate(session, found, booking.id)
    else:
        found = _moved(session, booking, needs, now)
    booking.ends_at, booking.room_id = found.ends_at, found.room_id
    booking.override_reason = request.reason if broken else ""
    return broken


def staying(session: Session, booking: Booking, needs: Needs) -> Needs:
    """The same, by preference where the session is, with whoever comes before it."""
    own = select(Allocation.resource_id).where(Allocation.booking_id == booking.id)
    taken = set(session.scalars(own))

    def own_first(several: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(several, key=lambda each: each not in taken))

    before = tuple(replace(each, artists=own_first(each.artists)) for each in needs.before)
    return replace(needs, rooms=own_first(needs.rooms), before=before)


def _moved(session: Session, booking: Booking, needs: Needs, now: datetime) -> calendar.Claim:
    """In its own room if it can be, where it is expected, even if its set stands in another."""
    if booking.room_id in needs.rooms:
        here = replace(needs, rooms=(booking.room_id,))
        with suppress(calendar.StartNotOpen):
            return calendar.move(session, here, booking.id, booking.starts_at, now)
    return calendar.move(session, needs, booking.id, booking.starts_at, now)


def _write(session: Session, booking: Booking, wanted: Plan, now: datetime) -> None:
    """What it is and costs from now on, one revision more."""
    package = wanted.package
    if package.id != booking.package_id:
        booking.package_id = package.id
        booking.licence_text = package.licence.text
        session.execute(delete(BookingSet).where(BookingSet.booking_id == booking.id))
        sets = [
            {"booking_id": booking.id, "position": each.position, "set_id": each.set_id}
            for each in package.package_sets
        ]
        insert_all(session, BookingSet, sets)
    if wanted.retimed:
        early = agreement.early(
            booking.place, wanted.sets[0], openings.known_house(session).arrive_minutes
        )
        booking.arrive_at = agreement.arrival(booking.starts_at, wanted.before_minutes, early)
    booking.minutes, booking.before_minutes = wanted.minutes, wanted.before_minutes
    booking.people, booking.looks = wanted.people, wanted.looks
    found = quote(wanted.lines, booking.pay_terms, starts_at=booking.starts_at, now=now)
    revision = max(each.revision for each in booking.lines) + 1
    session.execute(delete(BookingLine).where(BookingLine.booking_id == booking.id))
    insert_all(
        session, BookingLine, agreement.lines(booking.id, found, wanted.add_on_ids, revision)
    )
    booking.price_minor = found.total.minor
    session.flush()
    session.expire(booking, ["lines", "sets", "package", "room"])


def _settle(
    session: Session, booking: Booking, effect: Effect, now: datetime, *, another: bool
) -> list[dict[str, Any]]:
    """Ask for as much more, or less, as it costs now; of a company its papers do.

    Returns:
        The dues that are asked for no more, as `dues.let_off` tells them.
    """
    company = covering.payer(session, booking.id)
    if company is not None:
        if effect.more.minor > 0 or another:
            covering.must_pay_for(session, company, booking, booking.package_id, booking.price)
        return []
    if effect.more.minor > 0:
        dues.ask_for(session, booking.id, effect.more, due_at(booking, now), effect.added)
    elif effect.more:
        return dues.let_off(session, booking.id, -effect.more)
    return []


def due_at(booking: Booking, now: datetime) -> datetime:
    """By when what is added is to be paid: with the balance, or soon where that was due."""
    balance = booking.starts_at - timedelta(hours=booking.balance_hours_before)
    return balance if balance > now else moving.fee_due_at(booking.starts_at, now)


def _give_back(
    session: Session, booking: Booking, effect: Effect, request: AlterRequest, now: datetime
) -> Money:
    """Plan back what was paid beyond the price, as far as it can be, or ask somebody to decide."""
    too_much, back = effect.after.surplus, Money.zero(booking.currency)
    if too_much == effect.before.surplus:
        return back
    if request.give_back:
        back = min(too_much, returnable(session, booking))
    if back:
        _plan_back(session, booking, back, request.by, now)
    surplus.ask(session, booking, now)
    return back


def _plan_back(session: Session, booking: Booking, back: Money, by: str, now: datetime) -> None:
    planned = ledger.plan_refunds(session, booking.id, back, reason="costs less", by=by, now=now)
    codes.give_back(session, booking, back - planned, now)
    history.note(
        session, booking, "given back", by=by, now=now,
        reason="it costs less", amount=back.minor, currency=back.currency,
    )  # fmt: skip
