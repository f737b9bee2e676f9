"""The name that a thing has in addresses: made of its first name, once, and never changed."""

from __future__ import annotations

import re
import unicodedata
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

# With the figure that tells it apart it stays below the 80 characters that addresses hold.
_LONGEST = 60
_GAPS = re.compile(r"[^a-z0-9]+")


def free_slug(
    session: Session, slugs: InstrumentedAttribute[str], name: str, otherwise: str
) -> str:
    """One made of *name* that is none of *slugs* yet; of *otherwise* if no letter of it is plain.

    The caller has the calendar's lock, so nobody else takes it meanwhile.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    wanted = _GAPS.sub("-", plain)[:_LONGEST].strip("-") or otherwise
    taken = set(session.scalars(select(slugs).where(slugs.startswith(wanted, autoescape=True))))
    names = (f"{wanted}-{n}" if n > 1 else wanted for n in count(1))
    return next(each for each in names if each not in taken)
