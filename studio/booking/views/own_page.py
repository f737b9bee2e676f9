"""The client's own page: time, place, prep and money, without a password."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studio.booking import links, service
from studio.booking.invitations import invitation
from studio.booking.views import bp
from studio.db import db
from studio.domain import terms
from studio.payments import ledger
from studio.ports import ports
from studio.scheduling.queries import the_studio
from studio.web.guards import holder
from studio.web.limits import limiter


@bp.get("/booking/<token>")
@limiter.limit("60 per minute")
@holder
def own_page(token: str) -> ResponseReturnValue:
    booking = links.booking_for(token)
    session = db.session()
    kept = ledger.kept(session, booking.id, booking.currency)
    booked_at = booking.confirmed_at or booking.created_at
    return render_template(
        "booking/own_page.html",
        booking=booking,
        token=token,
        paid=ledger.came_in(session, booking.id, booking.currency),
        owed=booking.price - kept,
        dues=ledger.dues(session, booking.id),
        refunds=ledger.refunds(session, booking.id),
        free_until=terms.free_until(booked_at, booking.starts_at),
        credit_until=terms.credit_until(booking.starts_at),
        now=ports().now(),
    )


@bp.post("/booking/<token>/withdraw")
@limiter.limit("30 per minute")
@holder
def withdraw(token: str) -> ResponseReturnValue:
    """The client does not want any more what they asked for."""
    service.withdraw_request(links.booking_for(token).id)
    return redirect(url_for("booking.own_page", token=token), 303)


@bp.get("/booking/<token>/calendar.ics")
@holder
def calendar_file(token: str) -> ResponseReturnValue:
    booking = links.booking_for(token)
    entry = invitation(booking, the_studio(db.session()), ports().now())
    return Response(
        entry.text(),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{booking.reference}.ics"'},
    )
