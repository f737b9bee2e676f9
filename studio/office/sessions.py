"""One session with all that is known about it, and what staff may do to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.accounts import people
from studio.accounts.people import Person
from studio.booking import codes, kept_card, prep_facts, service
from studio.booking.coming.service import add_ons_left, wished
from studio.booking.companies import covering
from studio.booking.models import Booking
from studio.booking.releases import paper
from studio.booking.releases import queries as releases
from studio.booking.service import AlreadyPaid, PaymentUnreachable, RefundChanged
from studio.booking.service.weather import open_to_weather
from studio.catalogue.models import AddOn
from studio.db import db
from studio.domain.lifecycle import BookingState, IllegalMove
from studio.domain.terms import CalledOffBy, Settlement
from studio.messaging import queries as outbox
from studio.office import missed, past, queries
from studio.office.forms import CancelForm
from studio.office.misfits import misfits
from studio.office.once import new_once
from studio.office.prep_board import Line, is_of_money, preparation
from studio.office.shell import bp
from studio.office.shoot_sheet import answers
from studio.payments import by_hand, disputes, invoices, kept_cards, ledger
from studio.payments.standing import standing
from studio.ports import ports
from studio.prep import queries as prep
from studio.prep import tailoring
from studio.prep.models import PrepGuide
from studio.scheduling.contradictions import contradictions
from studio.web.filters import money
from studio.web.guards import staff

_SESSION = "/sessions/<id:booking_id>"


@bp.get(_SESSION)
@staff("see_own_sessions")
def session(booking_id: int) -> ResponseReturnValue:
    return _page(_booking(booking_id))


@bp.post(f"{_SESSION}/seen-to")
@staff("cancel_sessions")
def see_to_session(booking_id: int) -> ResponseReturnValue:
    booking = _booking(booking_id)
    seen = request.form.get("seen", "")
    if service.clear_attention(booking.id, seen=seen, by=_person().name):
        flash("Noted: somebody has seen to it.")
    else:
        flash("Something else has come up since: it stands below.", "warning")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


@bp.post(f"{_SESSION}/release")
@staff("cancel_sessions")
def release_session(booking_id: int) -> ResponseReturnValue:
    """Give a hold up, so that somebody else may have the time."""
    booking = _booking(booking_id)
    if booking.state is not BookingState.HELD:
        return _page(booking, "This is not held any more, so there is nothing to give up."), 409
    try:
        service.release_hold(booking_id, by=_person().name)
    except AlreadyPaid:
        flash("It was paid a moment ago: the session stands.", "warning")
    except PaymentUnreachable:
        flash("Stripe does not answer, so the time stays held. Try again soon.", "warning")
    else:
        flash("Given up: the time is free again.")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


@bp.route(f"{_SESSION}/cancel", methods=["GET", "POST"])
@staff("cancel_sessions")
def cancel_session(booking_id: int) -> ResponseReturnValue:
    """What cancelling would give back, and doing it."""
    booking, form = _booking(booking_id), CancelForm()
    if not _may_be_cancelled(booking):
        return _too_late(booking)
    if not form.validate_on_submit():
        return _cancel_page(booking, form), 422 if form.errors else 200
    request = form.to_request(_person().name)
    if request.shown.refund and not people.may("refund"):
        abort(403, "Giving money back is for the manager or the owner.")
    try:
        refund = service.cancel_booking(booking_id, request)
    except RefundChanged:
        return _cancel_page(_booking(booking_id), form, changed=True), 409
    except IllegalMove:
        return _too_late(_booking(booking_id))
    back = f" {money(refund)} goes back to the client." if refund else ""
    flash(f"Cancelled. The time is free again, and the client is told.{back}")
    return redirect(url_for("office.session", booking_id=booking_id), 303)


def _page(booking: Booking, refused: str = "") -> str:
    session, now = db.session(), ports().now()
    with_money = people.may("see_money")
    guide = _guide(session, booking)
    (ready,) = preparation(session, [booking], now)
    return render_template(
        "office/sessions/session.html",
        booking=booking,
        refused=refused,
        answers=releases.answers_of(session, booking.id),
        levels=paper.LEVELS,
        told=answers(session, booking),
        misfits=misfits(session, contradictions(session, now, of=booking.id)),
        zone=booking.zone,
        genre_of=booking.package.session_type.genre,
        guide=guide,
        listed=tailoring.checklist(guide, prep_facts.of(session, booking)),
        ticks=prep.ticks(session, booking.id),
        ready=ready,
        messages=[
            (Line(each, booking), with_money or not is_of_money(each))
            for each in outbox.of_booking(session, booking.id)
        ],
        with_money=with_money,
        money_of=_money(session, booking) if with_money else None,
        past=past.entries(booking.events, booking.zone, booking.currency, with_money=with_money),
        time_left=queries.time_left(booking, now),
        waits_for=queries.waits_for(booking),
        cancellable=people.may("cancel_sessions") and _may_be_cancelled(booking),
        missable=people.may("cancel_sessions") and missed.may_be_missed(booking),
        weather=open_to_weather(booking),
        wishes=_wishes(session, booking, now) if people.may("book_sessions") else [],
        new_once=new_once,
        releasable=people.may("cancel_sessions") and booking.state is BookingState.HELD,
        may_clear=people.may("cancel_sessions"),
    )


def _wishes(session: Session, booking: Booking, now: datetime) -> list[AddOn]:
    """The extras that the client has asked for and that nobody has added."""
    if not _may_be_cancelled(booking):
        return []
    asked = wished(session, booking)
    return [each for each in add_ons_left(booking, now) if each.name in asked]


def _money(session: Session, booking: Booking) -> dict[str, Any]:
    money = standing(session, booking.id, booking.currency)
    return {
        "paid": money.paid,
        "going_back": money.asked,
        "given_up": money.given_up,
        "payer": covering.payer(session, booking.id),
        "cover": covering.of(session, booking.id),
        "credit": codes.credit_of(session, booking) if booking.credit_minor else None,
        "credit_left": service.credit_left(session, booking, ports().now()),
        "loose_credit": service.loose_credit(session, booking, ports().now()),
        "odd": service.odd_payment(session, booking),
        "owed": money.owed,
        "dues": ledger.dues(session, booking.id),
        "payments": ledger.payments(session, booking.id),
        "refunds": ledger.refunds(session, booking.id),
        "disputes": disputes.of_booking(session, booking.id),
        "returnable": service.returnable(session, booking),
        "by_hand": by_hand.refunds(session, booking.id),
        "entries": ledger.entries(session, booking.id),
        "kept": kept_card.plan(session, booking),
        "consent": kept_cards.of(session, booking.id),
        "under_way": kept_cards.under_way(session, booking.id),
        "papers": invoices.of_booking(session, booking.id),
    }


def _cancel_page(booking: Booking, form: CancelForm, *, changed: bool = False) -> str:
    session, now = db.session(), ports().now()
    proposals: dict[CalledOffBy, Settlement] = {
        side: service.proposal(session, booking, side, now) for side in CalledOffBy
    }
    form.show(proposals)
    return render_template(
        "office/sessions/cancel.html",
        booking=booking,
        form=form,
        changed=changed,
        disputed=disputes.blocks(session, booking.id),
        payer=covering.payer(session, booking.id),
        paid=ledger.paid(session, booking.id, booking.currency),
        sides=[
            ("The client cancels", proposals[CalledOffBy.CLIENT]),
            ("We cancel", proposals[CalledOffBy.STUDIO]),
        ],
    )


def _may_be_cancelled(booking: Booking) -> bool:
    return booking.state is BookingState.CONFIRMED and booking.starts_at > ports().now()


def _too_late(booking: Booking) -> ResponseReturnValue:
    why = {
        BookingState.CONFIRMED: "This session has begun, so it cannot be cancelled any more.",
        BookingState.COMPLETED: "This session has taken place, so it cannot be cancelled.",
        BookingState.CANCELLED: "This session was cancelled already.",
        BookingState.NO_SHOW: "Nobody came to this session, so it cannot be cancelled.",
        BookingState.EXPIRED: "This hold ran out by itself: there is nothing to cancel.",
        BookingState.HELD: "This is only held: give the hold up instead.",
        BookingState.REQUESTED: "This is only asked for: decline the request instead.",
    }[booking.state]
    return _page(booking, why), 409


def _guide(session: Session, booking: Booking) -> PrepGuide | None:
    """The guide the client was sent, else the one they would be sent."""
    if booking.guide_id is not None:
        return session.get(PrepGuide, booking.guide_id)
    return prep.guide_for(session, booking.package.session_type_id, booking.language)


def _booking(booking_id: int) -> Booking:
    found = queries.booking(db.session(), booking_id, people.scope(_person()))
    return found or abort(404)


def _person() -> Person:
    return people.asking()
