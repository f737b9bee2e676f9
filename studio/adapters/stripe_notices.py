"""Stripe's notices: believed only if one of our secrets has signed them, just now."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

from studio.adapters import stripe_answers
from studio.ports.payment_gateway import BadSignature, Event

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

SIGNATURE_SECONDS = 300


def event_from(raw: bytes, header: str, secrets: Sequence[str]) -> Event:
    """See ``PaymentGateway``. Stripe's own check lets a stamp from the future pass."""
    _verify(raw, header, secrets)
    try:
        stamp = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
        if abs(time.time() - stamp) > SIGNATURE_SECONDS:
            raise BadSignature("signed too long before or after now")
        return stripe_answers.event(json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise BadSignature("not an event") from error


def _verify(raw: bytes, header: str, secrets: Sequence[str]) -> None:
    import stripe

    for place, secret in enumerate(secrets, start=1):
        try:
            stripe.WebhookSignature.verify_header(raw, header, secret, SIGNATURE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError, TypeError):
            continue  # a body that is no text, or a header that is no ASCII, is no signature
        # While one secret replaces another: once none is signed by the second, it can go.
        log.info("a notice was signed by secret %s of %s", place, len(secrets))
        return
    raise BadSignature("signed by no secret of ours")
