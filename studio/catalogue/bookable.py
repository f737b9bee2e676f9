"""What is on sale and can be booked at all, whatever is taken."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from studio.catalogue.editing import too_long
from studio.catalogue.models import Package
from studio.catalogue.queries import packages, rooms_for


class Unbookable(Exception):
    """*packages*, by their names, are on sale, and after a change nobody could book them."""

    def __init__(self, packages: Sequence[str]) -> None:
        super().__init__(", ".join(packages))
        self.packages = packages


def bookable(session: Session) -> list[Package]:
    """The packages on sale that somebody could shoot somewhere in an ordinary week."""
    return [each for each in packages(session) if _possible(session, each)]


def keep_bookable(session: Session, before: Sequence[Package]) -> None:
    """Refuse a change that was made since *before* was asked for.

    Raises:
        Unbookable: if a package that could be booked then cannot be now.
    """
    lost = [each.name for each in before if not _possible(session, each)]
    if lost:
        raise Unbookable(lost)


def _possible(session: Session, package: Package) -> bool:
    somewhere = package.package_places or rooms_for([each.set for each in package.package_sets])
    return bool(somewhere) and too_long(session, package) is None
