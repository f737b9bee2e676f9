"""Forgetting a client."""

from __future__ import annotations

from studio.booking import history
from studio.booking.erasure import personal
from studio.booking.erasure.waiting import bookings_of, in_the_way
from studio.clients.models import Client
from studio.db import retried, transaction
from studio.messaging import outbox
from studio.messaging.addresses import erased_address
from studio.ports import ports
from studio.scheduling import calendar


class StillNeeded(Exception):
    """Something still needs to know who the client is: *sentences* say what."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@retried
def erase_client(client_id: int, *, by: str) -> list[str]:
    """Forget who a client is; their sessions, invoices and money stay without them.

    It cannot be undone. Once they are forgotten it does nothing. The answer names the files of
    their pictures, which are to be removed after this.

    Raises:
        StillNeeded: nothing is changed then.
    """
    with transaction() as session:
        # Whoever books as this client now has done so, or will find nobody of their address.
        calendar.queue(session)
        now = ports().now()
        client = session.get_one(Client, client_id, with_for_update=True)
        if client.erased_at is not None:
            return []
        bookings = [history.locked(session, each.id) for each in bookings_of(session, client.id)]
        if sentences := in_the_way(session, client, now):
            raise StillNeeded(sentences)
        ids = [each.id for each in bookings]
        for booking_id in ids:
            outbox.withdraw(session, booking_id)
        personal.erase_messages(session, client, ids)
        personal.erase_vouchers(session, client)
        files = personal.erase_forms(session, ids)
        for each in bookings:
            personal.erase_session(session, each, erased_address(client.id), by, now)
            history.note(session, each, "erased", by=by, now=now)
        personal.erase_client(client, now)
        return files
