from __future__ import annotations

from collections.abc import Collection

from studio.db import retried, transaction
from studio.ports import ports
from studio.prep import checklist
from studio.prep.models import PrepGuide


@retried
def keep_checklist(
    booking_id: int, guide_id: int, done: Collection[str], listed: Collection[str] | None = None
) -> None:
    """Make *done* what a client has ticked, which also tells that they opened their page.

    *listed* are the keys that stand on their list, where that is not the guide's whole list.

    Raises:
        checklist.UnknownItem: if the list has no such key; nothing is written.
    """
    now = ports().now()
    with transaction() as session:
        guide = session.get_one(PrepGuide, guide_id)
        if listed is None:
            listed = {item["key"] for item in guide.checklist}
        checklist.tick(session, booking_id, listed, done, now)
        checklist.note_opening(session, booking_id, now)


@retried
def note_opening(booking_id: int) -> None:
    """Remember that a person looked at their prep page."""
    now = ports().now()
    with transaction() as session:
        checklist.note_opening(session, booking_id, now)
