"""Adding and changing what can be added to a package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import column, delete, func, literal, select, table
from sqlalchemy.orm import Session

from studio.catalogue.models import AddOn, AddOnResource, Package, package_add_ons
from studio.catalogue.set_service import TooMuch
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.ports import ports
from studio.scheduling import calendar
from studio.scheduling.models import Resource, ResourceKind, Set, SetEquipment
from studio.scheduling.queries import the_studio
from studio.scheduling.slugs import free_slug

# What was sold with an add-on, by the name of its table: bookings stand above the catalogue.
_SOLD = table("booking_lines", column("add_on_id"))


@dataclass(frozen=True, slots=True)
class AddOnEdit:
    """All that staff may say of an add-on; it adds so many *looks*.

    What comes before the session, for *before_minutes*, is done by one of *artists* with
    *equipment*, units by pool. Without a *position* it comes last. *packages* are those it can be
    added to.
    """

    name: str
    summary: str
    price: Money
    tax_percent: Decimal | None
    minutes: int
    looks: int
    before_minutes: int
    artists: tuple[int, ...]
    equipment: Mapping[int, int]
    lead_hours: int
    position: int | None
    packages: tuple[int, ...]
    on_sale: bool


class OfSets(Exception):
    """A pool belongs to *sets*, so nothing that comes before a session can take of it."""

    def __init__(self, pool_id: int, sets: tuple[str, ...]) -> None:
        super().__init__(f"{', '.join(sets)} take of {pool_id}")
        self.pool_id = pool_id
        self.sets = sets


class SoldOtherwise(Exception):
    """It was sold as something that comes before the session, or as something that does not.

    *before* says which. Whoever bought it is told to come early, or not.
    """

    def __init__(self, *, before: bool) -> None:
        super().__init__(f"it was sold {'with' if before else 'without'} minutes before")
        self.before = before


@retried
def add_add_on(edit: AddOnEdit) -> int:
    """Offer something more with packages; its id.

    Raises:
        TooMuch: if it takes more equipment than there is.
        OfSets: if it takes equipment that sets take.
    """
    with transaction() as session:
        calendar.lock(session)
        known = AddOn(
            slug=free_slug(session, AddOn.slug, edit.name, "add-on"),
            currency=the_studio(session).currency,
        )
        _write(session, known, edit)
        session.add(known)
        session.flush()
        _attach(session, known, edit)
        return known.id


@retried
def change_add_on(add_on_id: int, edit: AddOnEdit) -> None:
    """Sell an add-on otherwise from now on; sessions already booked keep what they were sold.

    Raises:
        ValueError: if its price is in another currency than it was.
        TooMuch: if it takes more equipment than there is.
        OfSets: if it takes equipment that sets take.
        SoldOtherwise: if it would begin or cease to come before sessions, and has been sold.
    """
    with transaction() as session:
        calendar.lock(session)
        known = session.get_one(AddOn, add_on_id)
        before = known.before_minutes > 0
        if before != (edit.before_minutes > 0) and _sold(session, add_on_id):
            raise SoldOtherwise(before=before)
        _write(session, known, edit)
        _attach(session, known, edit)


def _write(session: Session, known: AddOn, edit: AddOnEdit) -> None:
    if edit.price.currency != known.currency:
        raise ValueError("an add-on keeps its currency")
    if (edit.before_minutes > 0) != bool(edit.artists or edit.equipment):
        raise ValueError("what comes before has somebody or something that does it")
    known.name, known.summary = edit.name, edit.summary
    known.price_minor = edit.price.minor
    known.tax_percent = edit.tax_percent
    known.minutes, known.before_minutes = edit.minutes, edit.before_minutes
    known.looks = edit.looks
    known.lead_hours = edit.lead_hours
    last = select(func.coalesce(func.max(AddOn.position), 0) + 1)
    known.position = session.scalars(last).one() if edit.position is None else edit.position
    if edit.on_sale:
        known.archived_at = None
    elif known.archived_at is None:
        known.archived_at = ports().now()


def _attach(session: Session, known: AddOn, edit: AddOnEdit) -> None:
    """Who and what it takes, and the packages it can be added to.

    Artists who are archived could do it as before, should they come back.
    """
    gone = {e.resource_id for e in known.resources if e.resource.archived_at is not None}
    session.execute(delete(AddOnResource).where(AddOnResource.add_on_id == known.id))
    session.add_all(
        AddOnResource(add_on_id=known.id, resource_id=each)
        for each in session.scalars(
            select(Resource.id).where(
                Resource.id.in_([*edit.artists, *gone]), Resource.kind == ResourceKind.ARTIST
            )
        )
    )
    for pool_id, quantity in edit.equipment.items():
        _take(session, known, pool_id, quantity)
    session.execute(delete(package_add_ons).where(package_add_ons.c.add_on_id == known.id))
    offered = select(Package.id, literal(known.id)).where(Package.id.in_(edit.packages))
    session.execute(package_add_ons.insert().from_select(["package_id", "add_on_id"], offered))


def _take(session: Session, known: AddOn, pool_id: int, quantity: int) -> None:
    pool = session.get_one(Resource, pool_id)
    if pool.kind is not ResourceKind.POOL:
        raise ValueError("this is no equipment")
    sets = select(Set.name).join(SetEquipment).where(SetEquipment.resource_id == pool_id)
    if taken_by := tuple(session.scalars(sets.order_by(Set.name))):
        raise OfSets(pool_id, taken_by)
    if quantity > pool.capacity:
        raise TooMuch(pool_id, pool.capacity)
    session.add(AddOnResource(add_on_id=known.id, resource_id=pool_id, quantity=quantity))


def _sold(session: Session, add_on_id: int) -> bool:
    row = select(_SOLD.c.add_on_id).where(_SOLD.c.add_on_id == add_on_id).limit(1)
    return session.scalars(row).first() is not None
