"""Which files of pictures no session knows, found without touching one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.form.pictures import Folder
from studio.prep.questionnaires.models import PrepPicture

# A file is there before its row, for as long as a request takes.
_AGE = timedelta(weeks=1)


class NotTogether(Exception):
    """Database and folder may not belong together; the message is a sentence."""


def forgotten(session: Session, folder: Folder, now: datetime) -> Sequence[str]:
    """The names of the files in *folder*, a week old or older, that no session knows.

    Raises:
        NotTogether: if the database knows no picture at all, or one that is not there.
    """
    old = folder.older(now - _AGE)
    known = set(session.scalars(select(PrepPicture.file)))
    if not known:
        raise NotTogether(
            "The database knows no picture at all, so it may be another one: nothing is swept."
        )
    lost = [name for name in known if not folder.has(name)]
    if lost:
        raise NotTogether(
            f"{len(lost)} of the {len(known)} pictures that the database knows are not in the"
            " folder, so the two may not belong together: nothing is swept."
        )
    return [name for name in old if name not in known]
