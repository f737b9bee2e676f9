"""The client cancels or moves their own session, after reading what it costs now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.booking import choices, letters, links, sale, service
from studio.booking.companies import covering
from studio.booking.forms import OwnCancelForm, OwnMoveForm, instant
from studio.booking.models import Booking
from studio.booking.views import bp
from studio.db import db, epoch, from_epoch
from studio.domain.availability import Needs, Start
from studio.domain.lifecycle import BookingState, IllegalMove
from studio.domain.terms import CalledOffBy
from studio.ports import ports
from studio.scheduling import openings
from studio.scheduling.calendar import StartNotOpen
from studio.web.fields import planned_day
from studio.web.filters import clock, day
from studio.web.guards import holder
from studio.web.limits import limiter

# How many months after its own are looked through for a free time.
_MONTHS_AHEAD = 4


@bp.route("/booking/<token>/cancel", methods=["GET", "POST"])
@limiter.limit("30 per minute")
@holder
def cancel(token: str) -> ResponseReturnValue:
    """What cancelling gives back now; on POST, just that."""
    booking, form = links.booking_for(token), OwnCancelForm()
    if form.is_submitted() and booking.state is BookingState.CANCELLED:
        return redirect(url_for("booking.own_page", token=token), 303)
    if why := _over(booking, "cancelled"):
        return _not_possible(booking, token, why)
    if not form.validate_on_submit():
        return _cancel_page(booking, token, form), 422 if form.errors else 200
    try:
        service.cancel_booking(booking.id, form.to_request())
    except service.RefundChanged:
        return _cancel_page(links.booking_for(token), token, form, changed=True), 409
    except IllegalMove:
        # It was cancelled in this very moment, or begins: either page says which.
        return redirect(url_for("booking.cancel", token=token), 303)
    flash("Your session is cancelled. We have written to you.")
    return redirect(url_for("booking.own_page", token=token), 303)


def _cancel_page(
    booking: Booking, token: str, form: OwnCancelForm, *, changed: bool = False
) -> str:
    session = db.session()
    agreed = service.proposal(session, booking, CalledOffBy.CLIENT, ports().now())
    back = service.goes_back(session, booking, agreed)
    form.show(agreed.figures, booking.starts_at)
    return render_template(
        "booking/cancel.html",
        booking=booking,
        token=token,
        form=form,
        changed=changed,
        agreed=agreed,
        money=letters.settled(booking, back),
        payer=back.payer,
        movable=not _may_not_move(booking),
    )


@bp.route("/booking/<token>/reschedule", methods=["GET", "POST"])
@limiter.limit("60 per minute")
@holder
def reschedule(token: str) -> ResponseReturnValue:
    """What moving costs now and the free times; with one of them, it and the fee; POST moves."""
    booking, form = links.booking_for(token), OwnMoveForm()
    if why := _over(booking, "moved") or _may_not_move(booking):
        return _not_possible(booking, token, why)
    if not form.is_submitted():
        return _ask(booking, token, form)
    if not form.validate():
        return _times(booking, token, "Please choose a time: something is wrong with this page.")
    return _move(booking, token, form)


def _move(booking: Booking, token: str, form: OwnMoveForm) -> ResponseReturnValue:
    to = form.to.data
    try:
        service.move_own_session(
            booking.id, starts_at=to, away_from=form.away_from.data, fee_shown=form.fee.data
        )
    except service.CannotMove:
        return redirect(url_for("booking.reschedule", token=token), 303)
    except service.CostChanged:
        return _confirm(links.booking_for(token), token, form, to, changed=True), 409
    except StartNotOpen:
        return _taken(links.booking_for(token), token, to)
    flash(f"Moved to {day(to, booking.zone)}, {clock(to, booking.zone)}. We have written to you.")
    return redirect(url_for("booking.own_page", token=token), 303)


def _ask(booking: Booking, token: str, form: OwnMoveForm) -> ResponseReturnValue:
    """The free times; with a time in the address, whether it shall be that."""
    wanted = request.args.get("to")
    if wanted is None:
        return _times(booking, token)
    try:
        to = instant(wanted)
    except ValueError as refused:
        return _times(booking, token, str(refused))
    if _start(booking, to) is None:
        return _taken(booking, token, to)
    return _confirm(booking, token, form, to)


def _confirm(
    booking: Booking, token: str, form: OwnMoveForm, to: datetime, *, changed: bool = False
) -> str:
    now = ports().now()
    cost = service.cost_of_moving(db.session(), booking, now)
    form.show(to, booking.starts_at, cost.fee)
    crew = {each.id: each.name for each in service.own_crew(db.session(), booking)}
    start = _start(booking, to)
    return render_template(
        "booking/move.html",
        booking=booking,
        token=token,
        form=form,
        to=to,
        cost=cost,
        payer=_payer(booking),
        who=choices.either([crew[each] for each in start.options]) if start else "",
        due_at=service.fee_due_at(to, now),
        changed=changed,
    )


def _times(booking: Booking, token: str, complaint: str = "") -> ResponseReturnValue:
    """A month of free times, the session's own month first."""
    session, now = db.session(), ports().now()
    zone = openings.known_house(session).zone
    today = now.astimezone(zone).date()
    last = today + timedelta(days=booking.package.horizon_days)
    asked = planned_day(request.args.get("day", ""))
    month = asked or planned_day(f"{request.args.get('month', '')}-01")
    month, starts = _month(booking, month, last)
    free = choices.by_day(starts, month, zone)
    chosen = asked if asked and asked.month == month.month else min(free, default=None)
    crew = {each.id: each.first_name for each in service.own_crew(session, booking)}
    page = render_template(
        "booking/reschedule.html",
        booking=booking,
        token=token,
        complaint=complaint,
        cost=service.cost_of_moving(session, booking, now),
        payer=_payer(booking),
        month=month,
        weeks=choices.weeks(
            month,
            free=free,
            room=openings.room_on(session, _needs(booking), choices.days_of(month), now),
            selected=chosen,
            today=today,
            links={each: _href(token, day=each.isoformat()) for each in free},
        ),
        before=_href(token, month=f"{choices.month_before(month):%Y-%m}") if month > today else "",
        after=_href(token, month=f"{choices.month_after(month):%Y-%m}")
        if choices.month_after(month) <= last
        else "",
        day=chosen,
        groups=choices.groups(free.get(chosen, []) if chosen else [], crew, zone),
    )
    return page, 422 if complaint else 200


def _month(booking: Booking, asked: date | None, last: date) -> tuple[date, list[Start]]:
    """The month asked for; without one, the session's or the first after it with a free time."""
    month = (asked or _local_day(booking.starts_at)).replace(day=1)
    starts = _starts(booking, choices.days_of(month))
    for _ in range(_MONTHS_AHEAD):
        if asked or starts or choices.month_after(month) > last:
            break
        month = choices.month_after(month)
        starts = _starts(booking, choices.days_of(month))
    return month, starts


def _starts(booking: Booking, days: Sequence[date]) -> list[Start]:
    """The starts open to a session on *days*, but its own: with its own photographer if free."""
    found = openings.starts_on(
        db.session(), _needs(booking), days, ports().now(), leaving_out=booking.id
    )
    own, at = booking.photographer_id, epoch(booking.starts_at)
    return [
        each._replace(options={own: each.options[own]}) if own in each.options else each
        for each in found
        if each.at != at
    ]


def _start(booking: Booking, to: datetime) -> Start | None:
    """The start at *to*, if it is open to the session."""
    found = _starts(booking, [_local_day(to)])
    return next((each for each in found if each.at == epoch(to)), None)


def _needs(booking: Booking) -> Needs:
    session = db.session()
    return sale.needs_now(session, booking, service.own_crew(session, booking))


def _taken(booking: Booking, token: str, to: datetime) -> ResponseReturnValue:
    near = openings.nearest(
        db.session(), _needs(booking), to, ports().now(), leaving_out=booking.id
    )
    page = render_template(
        "booking/move_taken.html",
        booking=booking,
        token=token,
        to=to,
        near=[from_epoch(each.at) for each in near if each.at != epoch(booking.starts_at)],
    )
    return page, 409


def _over(booking: Booking, done: str) -> str:
    """Why a session cannot be cancelled or moved by its client any more; "" if it can."""
    if booking.state is BookingState.CONFIRMED:
        begun = booking.starts_at <= ports().now()
        return f"Your session has begun, so it cannot be {done} any more." if begun else ""
    return {
        BookingState.COMPLETED: f"Your session has taken place, so it cannot be {done}.",
        BookingState.CANCELLED: "This session was cancelled already.",
        BookingState.NO_SHOW: f"The time of your session has passed, so it cannot be {done}.",
    }.get(booking.state, f"This is not booked, so it cannot be {done}.")


def _may_not_move(booking: Booking) -> str:
    cost = service.cost_of_moving(db.session(), booking, ports().now())
    if service.may_move_own(booking, cost):
        return ""
    if not cost.left:
        return "You have moved this session as often as our terms allow."
    return "A session like this is agreed with us in person, and so is another time for it."


def _payer(booking: Booking) -> str:
    """The company that pays for it, if one does."""
    company = covering.payer(db.session(), booking.id)
    return company.name if company else ""


def _not_possible(booking: Booking, token: str, why: str) -> ResponseReturnValue:
    page = render_template("booking/not_possible.html", booking=booking, token=token, why=why)
    return page, 409


def _local_day(at: datetime) -> date:
    return at.astimezone(openings.known_house(db.session()).zone).date()


def _href(token: str, *, month: str | None = None, day: str | None = None) -> str:
    return url_for("booking.reschedule", token=token, month=month, day=day)
