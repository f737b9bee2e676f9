"""Disputes: what a client's bank asks, until when, and all that speaks for the studio."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from studio.booking.models import Booking
from studio.db import db
from studio.messaging import queries as outbox
from studio.messaging.models import Message, MessageKind
from studio.messaging.rendering import subject_line
from studio.office import past, queries
from studio.office.payments import paid_for
from studio.office.shell import bp
from studio.payments import disputes, invoices, ledger
from studio.payments.models import Dispute, Payment
from studio.web.guards import staff

_AGREED = {"to payment", "confirm", "request"}


@bp.get("/disputes/<id:dispute_id>")
@staff("see_money")
def dispute(dispute_id: int) -> ResponseReturnValue:
    """Everything to answer the bank with, to be printed or kept as a PDF by the browser.

    That of a gift voucher stands with its order.
    """
    ours = db.session().get(Dispute, dispute_id) or abort(404)
    payment = db.session().get_one(Payment, ours.payment_id)
    if payment.booking_id is None:
        return redirect(paid_for(payment))
    return render_template("office/disputes/dispute.html", **_evidence(db.session(), dispute_id))


@bp.get("/disputes/<id:dispute_id>/evidence.txt")
@staff("see_money")
def evidence(dispute_id: int) -> ResponseReturnValue:
    """The same as plain text, as it is pasted into Stripe's form."""
    found = _evidence(db.session(), dispute_id)
    answer = make_response(render_template("office/disputes/evidence.txt", **found))
    answer.mimetype = "text/plain"
    name = f"dispute-{found['booking'].reference}.txt"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _evidence(session: Session, dispute_id: int) -> dict[str, Any]:
    ours = session.get(Dispute, dispute_id) or abort(404)
    payment = session.get_one(Payment, ours.payment_id)
    booking = queries.booking(session, payment.booking_id or 0, None) or abort(404)
    messages = outbox.of_booking(session, booking.id)
    return {
        "dispute": ours,
        "net": disputes.net(session, ours),
        "payment": payment,
        "booking": booking,
        "zone": booking.zone,
        "agreed_at": _agreed_at(booking),
        "messages": [(each, subject_line(each)) for each in messages if _to_client(each)],
        "entries": ledger.entries(session, booking.id),
        "papers": invoices.of_booking(session, booking.id),
        "past": past.entries(booking.events, booking.zone, booking.currency, with_money=True),
    }


def _agreed_at(booking: Booking) -> datetime | None:
    """When the client agreed to the terms: with the details, before any payment."""
    return next((each.at for each in booking.events if each.kind in _AGREED), None)


def _to_client(message: Message) -> bool:
    return message.sent_at is not None and message.kind is not MessageKind.STAFF
