"""Who and what there is: each with a name that tells it apart, and a place in the order."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from studio.scheduling.copying import give_weekly, week_of
from studio.scheduling.house import house
from studio.scheduling.models import Resource, ResourceKind, Set
from studio.scheduling.slugs import free_slug


class NameTaken(Exception):
    """Another one in use is called *name*: no list could tell the two apart."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is another {name}")
        self.name = name


def add(
    session: Session,
    kind: ResourceKind,
    name: str,
    *,
    capacity: int = 1,
    hours_of: int | None = None,
) -> Resource:
    """One more of *kind*, the last of them, with the ordinary week of another or with none.

    The caller has the calendar's lock.

    Raises:
        NameTaken: if another of the kind has the name.
    """
    refuse_double(session, name, kind)
    last = session.scalars(
        select(func.coalesce(func.max(Resource.position), 0)).where(Resource.kind == kind)
    ).one()
    row = Resource(
        kind=kind,
        slug=free_slug(session, Resource.slug, name, kind.value),
        name=name,
        capacity=capacity,
        exclusive=kind is not ResourceKind.POOL,
        position=last + 1,
    )
    session.add(row)
    session.flush()
    if hours_of is not None:
        give_weekly(session, row.id, week_of(house(session), hours_of, None))
    return row


def rename(session: Session, known: Resource | Set, name: str) -> None:
    """Another name; the one in addresses stays.

    Raises:
        NameTaken: if another one in use has it.
    """
    refuse_double(session, name, _kind(known), but=known.id)
    known.name = name


def bring_back(session: Session, known: Resource | Set) -> None:
    """Let it be offered again.

    Raises:
        NameTaken: if another one has taken its name meanwhile.
    """
    refuse_double(session, known.name, _kind(known), but=known.id)
    known.archived_at = None


def refuse_double(
    session: Session, name: str, kind: ResourceKind | type[Set], but: int | None = None
) -> None:
    """Raises NameTaken if one of *kind* in use, other than *but*, has the name in any case."""
    others: Select[int, str]
    if isinstance(kind, ResourceKind):
        others = select(Resource.id, Resource.name).where(
            Resource.kind == kind, Resource.archived_at.is_(None)
        )
    else:
        others = select(Set.id, Set.name).where(Set.archived_at.is_(None))
    for each, known in session.execute(others):
        if each != but and known.casefold() == name.casefold():
            raise NameTaken(known)


def _kind(known: Resource | Set) -> ResourceKind | type[Set]:
    return known.kind if isinstance(known, Resource) else Set
