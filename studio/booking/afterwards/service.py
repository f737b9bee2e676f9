from __future__ import annotations

from collections.abc import Collection

from studio.booking import history
from studio.booking.afterwards import letters
from studio.booking.afterwards.models import (
    COURTESIES,
    AfterRules,
    Afterwards,
    ClientWishes,
    Delivery,
    DeliveryStage,
)
from studio.clients.models import Client
from studio.db import retried, transaction
from studio.domain.lifecycle import BookingState
from studio.ports import ports

_KINDS = {DeliveryStage.SELECTING: "proofs ready", DeliveryStage.DELIVERED: "delivered"}


class NotOver(Exception):
    """The session has not taken place, so there are no pictures of it."""


@retried
def note_delivery(booking_id: int, stage: DeliveryStage, *, link: str, by: str) -> None:
    """Keep where the pictures are, and tell the client.

    Raises:
        NotOver: if the session has not taken place.
    """
    with transaction() as session:
        now = ports().now()
        booking = history.locked(session, booking_id)
        if booking.state is not BookingState.COMPLETED:
            raise NotOver
        session.merge(Delivery(booking_id=booking_id, stage=stage, link=link, changed_at=now))
        history.note(session, booking, _KINDS[stage], by=by, now=now, why=link)
        tell = letters.proofs_ready if stage is DeliveryStage.SELECTING else letters.delivered
        tell(session, booking, link, now)


@retried
def keep_rules(session_type_id: int, off: Collection[Afterwards], months: int) -> None:
    """What is not written after sessions of a type; what is planned already stays."""
    with transaction() as session:
        rules = AfterRules(
            session_type_id=session_type_id,
            off=[each.value for each in off],
            refresh_months=months,
        )
        session.merge(rules)


@retried
def keep_wishes(client_id: int, off: Collection[Afterwards]) -> None:
    """What a client is not sent after a session, from now on and of what waits."""
    with transaction() as session:
        session.get_one(Client, client_id, with_for_update={"key_share": True})
        session.merge(ClientWishes(client_id=client_id, off=[each.value for each in off]))
        letters.withdraw(session, client_id, off)


@retried
def unsubscribe(client_id: int) -> None:
    """End what is a courtesy only; all that concerns a client's sessions still comes."""
    with transaction() as session:
        session.get_one(Client, client_id, with_for_update={"key_share": True})
        wishes = session.get(ClientWishes, client_id)
        before = {Afterwards(each) for each in wishes.off} if wishes else set()
        off = [each.value for each in Afterwards if each in before or each in COURTESIES]
        session.merge(ClientWishes(client_id=client_id, off=off))
        letters.withdraw(session, client_id, COURTESIES)
