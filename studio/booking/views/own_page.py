"""The client's own page: time, place, prep and money, without a password."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studio.booking import account, codes, history, kept_card, links, service
from studio.booking.companies import covering
from studio.booking.invitations import invitation
from studio.booking.views import bp
from studio.db import db
from studio.payments import invoices, ledger, papers, vouchers
from studio.payments.standing import standing
from studio.ports import ports
from studio.prep.questionnaires.queries import asked_of
from studio.scheduling.queries import the_studio
from studio.web.guards import holder
from studio.web.limits import limiter


@bp.get("/booking/<token>")
@limiter.limit("60 per minute")
@holder
def own_page(token: str) -> ResponseReturnValue:
    booking = links.booking_for(token)
    session = db.session()
    money = standing(session, booking.id, booking.currency)
    terms = account.dated_by(session, booking, money)
    return render_template(
        "booking/own_page.html",
        booking=booking,
        token=token,
        paid=ledger.came_in(session, booking.id, booking.currency),
        let_off=money.let_off,
        owed=money.owed,
        payer=covering.payer(session, booking.id),
        missing=money.missing,
        refunds=ledger.refunds(session, booking.id),
        on_voucher=vouchers.returned(session, booking.id, booking.currency),
        kept=kept_card.plan(session, booking),
        credit=codes.credit_of(session, booking) if booking.credit_minor else None,
        credit_left=service.credit_left(session, booking, ports().now()),
        papers=invoices.of_booking(session, booking.id),
        asks=asked_of(session, booking.id, booking.package.session_type_id),
        promises=[
            *terms.cancelling(ports().now()),
            *terms.moving(ports().now()),
            terms.coming_late(),
        ],
        now=ports().now(),
    )


@bp.post("/booking/<token>/withdraw")
@limiter.limit("30 per minute")
@holder
def withdraw(token: str) -> ResponseReturnValue:
    """The client does not want any more what they asked for."""
    service.withdraw_request(links.booking_for(token).id)
    return redirect(url_for("booking.own_page", token=token), 303)


@bp.post("/booking/<token>/card/leave")
@limiter.limit("30 per minute")
@holder
def leave_card(token: str) -> ResponseReturnValue:
    """The client takes back that their card may be charged."""
    if service.leave_card_alone(links.booking_for(token).id, by=history.CLIENT):
        flash("Your card was being charged this moment: if it went through, it stands below.")
    else:
        flash("Your card will not be charged. Please pay the balance another way.")
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


@bp.get("/booking/<token>/invoice.pdf")
@limiter.limit("30 per minute")
@holder
def invoice(token: str) -> ResponseReturnValue:
    """The session's newest invoice or credit note; with a `number`, that one of them."""
    booking = links.booking_for(token)
    number = request.args.get("number")
    found = [
        each
        for each in invoices.of_booking(db.session(), booking.id)
        if number in {None, each.name}
    ]
    return papers.as_pdf(found[-1]) if found else abort(404)
