from __future__ import annotations

from studio.db import retried, transaction
from studio.payments import inbox
from studio.ports import ports
from studio.ports.payment_gateway import Event


@retried
def keep_event(event: Event) -> None:
    """Store an event whose signature has been checked; a second delivery changes nothing."""
    with transaction() as session:
        inbox.keep(session, [event], ports().now())
