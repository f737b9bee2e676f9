"""Making and changing what is sold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from studio.catalogue.fields import DayRange
from studio.catalogue.models import (
    AddOn,
    BookingMode,
    Licence,
    OpenDays,
    Package,
    PackagePlace,
    PackageSet,
    SessionType,
)
from studio.catalogue.queries import rooms_for
from studio.db import retried, transaction
from studio.domain.availability import Gaps
from studio.domain.money import Money
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.models import Set, Skill
from studio.scheduling.places import Place
from studio.scheduling.queries import the_studio
from studio.scheduling.slugs import free_slug


class NoRoomFits(ValueError):
    """Nowhere to shoot the package; the text is a sentence for whoever wanted it so."""


class PlaceArchived(ValueError):
    """The package would be sold at a place that is no longer in use; the text is a sentence."""


class SetArchived(ValueError):
    """The package would be sold on a set that is archived; the text is a sentence."""


class NameTaken(ValueError):
    """Another package is called so; the text is a sentence."""


class AddressTaken(ValueError):
    """Another package has this address; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class PackageEdit:
    """All that staff may change about a package; *max_per_day* None is no limit.

    *light* is the minutes before and after sunset, None for any time of day; *gaps* None is the
    studio's own rule, *tax_percent* None its rate. Without *places* it is shot in the studio.
    *sets* are in order.
    """

    name: str
    summary: str
    includes: tuple[str, ...]
    minutes: int
    same_minutes: int
    clear_minutes: int
    price: Money
    tax_percent: Decimal | None
    deposit_percent: int
    balance_hours_before: int
    lead_hours: int
    horizon_days: int
    step_minutes: int
    people_min: int
    people_max: int
    people_included: int
    minutes_per_extra: int
    price_per_extra: Money
    looks: int
    retouched_images: int
    proofs_shown: str
    proofs_business_days: int
    finals_business_days: int
    licence: int
    max_per_day: int | None
    mode: BookingMode
    gaps: Gaps | None
    light: tuple[int, int] | None
    open_days: tuple[DayRange, ...]
    sets: tuple[int, ...]
    places: tuple[int, ...]
    skills: tuple[int, ...]
    add_ons: tuple[int, ...]
    on_sale: bool


@retried
def add_package(session_type_id: int, slug: str, edit: PackageEdit) -> int:
    """Make a package of a kind of session, the last in the studio's order; its id.

    Without a *slug* its address is made of its name. Unless the edit puts it on sale, clients see
    nothing of it until somebody does.

    Raises:
        AddressTaken: if another package has that address.
        As `edit_package` does.
    """
    with transaction() as session:
        calendar.lock(session)
        held = select(Package.name).where(Package.slug == slug)
        if slug and (name := session.scalars(held).one_or_none()):
            raise AddressTaken(f"{name} has this address already: please choose another.")
        package = Package(
            session_type=session.get_one(SessionType, session_type_id),
            slug=slug or free_slug(session, Package.slug, edit.name, "package"),
            currency=the_studio(session).currency,
            position=session.scalars(select(func.coalesce(func.max(Package.position), 0))).one()
            + 1,
        )
        _write(session, package, edit)
        session.add(package)
        session.flush()
        _replace_rows(session, package.id, edit)
        return package.id


@retried
def edit_package(package_id: int, edit: PackageEdit) -> None:
    """Sell a package under other conditions from now on; what is booked keeps its own.

    The calendar is locked first, so that nobody is offered the old length and sold the new one.

    Raises:
        ValueError: if a price is in another currency than the package's.
        NameTaken: if it is to be called as another package is.
        NoRoomFits: if it is to be shot in the studio and no room takes all its sets.
        SetArchived: if it is to be on sale and one of its sets is archived.
        PlaceArchived: if it is to be on sale and one of its places is no longer in use.
    """
    with transaction() as session:
        calendar.lock(session)
        package = session.get_one(Package, package_id)
        _write(session, package, edit)
        _replace_rows(session, package_id, edit)


def _write(session: Session, package: Package, edit: PackageEdit) -> None:
    if {edit.price.currency, edit.price_per_extra.currency} != {package.currency}:
        raise ValueError("a package keeps its currency")
    if edit.name != package.name:
        _refuse_name(session, edit.name, package.id)
    sets = [session.get_one(Set, each) for each in edit.sets]
    if not edit.places and not rooms_for(sets):
        raise NoRoomFits(_nowhere(sets))
    gone = next((each.name for each in sets if each.archived_at), None)
    if gone and edit.on_sale:
        raise SetArchived(f"{gone} is archived: choose another set, or bring it back first.")
    if edit.on_sale:
        _refuse_places(session, edit.places)
    package.name = edit.name
    package.summary = edit.summary
    package.includes = list(edit.includes)
    package.minutes = edit.minutes
    package.same_minutes = edit.same_minutes
    package.clear_minutes = edit.clear_minutes
    package.price_minor = edit.price.minor
    package.tax_percent = edit.tax_percent
    package.deposit_percent = edit.deposit_percent
    package.balance_hours_before = edit.balance_hours_before
    package.lead_hours = edit.lead_hours
    package.horizon_days = edit.horizon_days
    package.step_minutes = edit.step_minutes
    package.people_min = edit.people_min
    package.people_max = edit.people_max
    package.people_included = edit.people_included
    package.minutes_per_extra = edit.minutes_per_extra
    package.price_per_extra_minor = edit.price_per_extra.minor
    package.looks = edit.looks
    package.retouched_images = edit.retouched_images
    package.proofs_shown = edit.proofs_shown
    package.proofs_business_days = edit.proofs_business_days
    package.finals_business_days = edit.finals_business_days
    package.licence = session.get_one(Licence, edit.licence)
    package.max_per_day = edit.max_per_day
    package.mode = edit.mode
    package.gaps = edit.gaps
    package.light_before_minutes, package.light_after_minutes = edit.light or (None, None)
    package.skills = list(session.scalars(select(Skill).where(Skill.id.in_(edit.skills))))
    package.add_ons = list(session.scalars(select(AddOn).where(AddOn.id.in_(edit.add_ons))))
    if edit.on_sale:
        package.archived_at = None
    elif package.archived_at is None:
        package.archived_at = ports().now()


def _refuse_name(session: Session, name: str, but: int | None) -> None:
    # In Python, since SQLite folds the case of plain letters alone.
    others = session.execute(select(Package.id, Package.name))
    if any(each.id != but and each.name.casefold() == name.casefold() for each in others):
        raise NameTaken("There is a package of this name already: please choose another.")


def _refuse_places(session: Session, places: tuple[int, ...]) -> None:
    gone = select(Place.name).where(Place.id.in_(places), Place.archived_at.is_not(None))
    if name := session.scalars(gone.order_by(Place.name)).first():
        raise PlaceArchived(f"{name} is no longer in use: leave it out, or bring it back first.")


def _replace_rows(session: Session, which: int, edit: PackageEdit) -> None:
    """The package's sets, places and open days, each in its order."""
    for kind in (PackageSet, PackagePlace, OpenDays):
        session.execute(delete(kind).where(kind.package_id == which))
    session.add_all(
        PackageSet(package_id=which, position=n, set_id=each) for n, each in enumerate(edit.sets)
    )
    session.add_all(
        PackagePlace(package_id=which, position=n, place_id=each)
        for n, each in enumerate(edit.places)
    )
    session.add_all(
        OpenDays(package_id=which, first_on=each.first_on, last_on=each.last_on, label=each.label)
        for each in edit.open_days
    )


def _nowhere(sets: list[Set]) -> str:
    *first, last = dict.fromkeys(each.name for each in sets)
    if not first:
        return f"No room takes {last}: give the set a room, or choose a place."
    both = "both " if len(first) == 1 else ""
    return f"No room takes {both}{', '.join(first)} and {last}."
