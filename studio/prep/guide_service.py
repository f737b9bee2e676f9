"""Saving guides: always as a new version, so that what a session was sent never changes."""

from __future__ import annotations

from studio.db import retried, transaction
from studio.ports import ports
from studio.prep import editing
from studio.prep.editing import GuideDraft


@retried
def save_guide(session_type_id: int, draft: GuideDraft, *, based_on: int, by: str) -> int:
    """Keep *draft* as the newest version of a guide and its track; the version's number.

    Raises:
        editing.GuideChanged: if somebody has saved another since *based_on* was read.
    """
    now = ports().now()
    with transaction() as session:
        return editing.save(session, session_type_id, draft, based_on, by, now)


@retried
def restore_guide(session_type_id: int, version: int, *, based_on: int, by: str) -> int:
    """Make what *version* said the newest version; its number.

    Raises:
        editing.GuideChanged: if somebody has saved another since *based_on* was read.
        LookupError: if there is no such version.
    """
    now = ports().now()
    with transaction() as session:
        old = editing.version(session, session_type_id, version)
        if old is None:
            raise LookupError(version)
        draft = editing.draft_of(old)
        return editing.save(session, session_type_id, draft, based_on, by, now, like=old)
