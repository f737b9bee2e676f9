"""Where the processor's signed events come in."""

from __future__ import annotations

import structlog
from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from studio.payments import service
from studio.payments.troubles import Refused
from studio.ports import ports
from studio.ports.payment_gateway import BadSignature
from studio.web.guards import signed
from studio.web.limits import limiter

log = structlog.get_logger()
bp = Blueprint("payments", __name__)

_REFUSED = 400


@bp.post("/payments/stripe/webhook")
@limiter.limit("60 per minute", deduct_when=lambda answer: answer.status_code == _REFUSED)
@signed
def stripe_webhook() -> ResponseReturnValue:
    """Check, keep, and answer; a worker does the rest.

    What does not fit is counted, and only so often: a flood of forged notices writes nothing.
    A database that cannot take the event answers 503, so that it is delivered again.
    """
    gateway = ports().gateway
    if gateway is None:
        abort(404)
    try:
        # The bytes as they came: parsed and written again, no signature would fit.
        event = gateway.event_from(
            request.get_data(cache=False), request.headers.get("Stripe-Signature", "")
        )
    except BadSignature:
        log.warning("event_refused", reason="signature")
        service.count_refused(Refused.SIGNATURE)
        abort(_REFUSED, "The signature does not fit.")
    if event.livemode != current_app.extensions["settings"].takes_live_cards:
        log.error("event_refused", reason="mode", event_type=event.type)
        service.count_refused(Refused.MODE)
        abort(_REFUSED, "The event is of the other mode.")
    service.keep_event(event)
    return "", 204
