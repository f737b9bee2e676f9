"""What the client agreed to when they booked: to read, and to keep."""

from __future__ import annotations

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from studio.booking import contract, links
from studio.booking.views import bp
from studio.db import db
from studio.web.guards import holder
from studio.web.limits import limiter


@bp.get("/booking/<token>/terms")
@limiter.limit("60 per minute")
@holder
def terms(token: str) -> ResponseReturnValue:
    booking = links.booking_for(token)
    if booking.terms is None:
        abort(404)
    return render_template("booking/terms.html", booking=booking, token=token)


@bp.get("/booking/<token>/terms.pdf")
@limiter.limit("30 per minute")
@holder
def terms_pdf(token: str) -> ResponseReturnValue:
    booking = links.booking_for(token)
    drawn = contract.drawing(db.session(), booking) or abort(404)
    return Response(
        drawn(),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="terms-{booking.reference}.pdf"'},
    )
