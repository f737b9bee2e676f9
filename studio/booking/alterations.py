"""What a booked session would be like otherwise: what it asks of the calendar, and its price.

Nothing is written here; the caller has locked the booking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import sale
from studio.booking.models import Booking
from studio.booking.repricing import lines_of
from studio.booking.sale import NotOffered, Prices
from studio.catalogue.models import AddOn, Package
from studio.catalogue.queries import needs_of, skilled_for
from studio.domain.adjustments import Discount
from studio.domain.alteration import Added, altered, times
from studio.domain.availability import Gaps, Needs
from studio.domain.pricing import Line, LineKind
from studio.payments import promos
from studio.scheduling.models import Photographer, Set

# More of one extra than this is a slip of the finger.
MOST_OF_ONE = 20

# What `NotOffered` calls an extra, before its slug.
EXTRA = "extra "

_SHARED = ("package_id", "seconds", "first_set", "last_set", "same", "clear", "equipment", "before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a session is to be: a package and extras by their slugs, of these so many, and people.

    An extra that is named none times is left out.
    """

    package: str
    people: int
    add_ons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A session as it would be; *retimed* where it asks something else of the calendar."""

    package: Package
    people: int
    looks: int
    sets: Sequence[Set]
    lines: Sequence[Line]
    add_on_ids: Mapping[str, int]
    minutes: int
    before_minutes: int
    needs: Needs
    retimed: bool


def booked(booking: Booking) -> Wish:
    """What it is now."""
    add_ons: dict[str, int] = {}
    for each in booking.lines:
        if each.add_on is not None:
            add_ons[each.add_on.slug] = add_ons.get(each.add_on.slug, 0) + each.quantity
    return Wish(package=booking.package.slug, people=booking.people, add_ons=add_ons)


def choices(session: Session, booking: Booking) -> list[Package]:
    """The packages that its photographer could shoot where it is, its own first."""
    others = session.scalars(
        select(Package)
        .where(Package.archived_at.is_(None), Package.id != booking.package_id)
        .order_by(Package.position, Package.id)
    ).unique()
    photographer = booking.photographer
    fit = (each for each in others if not _unfit(each, booking, photographer))
    return [booking.package, *fit]


def plan(session: Session, booking: Booking, wish: Wish) -> Plan:
    """What *booking* would be as it is wished.

    Raises:
        NotOffered: naming the first part of it that cannot be had.
    """
    package = _package(session, booking, wish.package)
    same = package.id == booking.package_id
    add_ons = _add_ons(booking, package, wish.add_ons)
    if not (same and wish.people == booking.people) and not (
        package.people_min <= wish.people <= package.people_max
    ):
        raise NotOffered("people", sale.people_words(package))
    prices = sale.prices_of(session)
    bought, keys = lines_of(booking), _keys(booking)
    wanted = [
        *_session_lines(booking, package, wish.people, prices),
        *(_add_on_line(booking, each, number, prices, keys) for each, number in add_ons),
        *(each for each in bought if each.kind is LineKind.TRAVEL),
    ]
    local = booking.starts_at.astimezone(prices.zone)
    lines = altered(
        bought, wanted, Added(prices.premiums, local, _discount(session, booking, package))
    )
    minutes = booking.minutes + sum(each.minutes for each in lines)
    minutes -= sum(each.minutes for each in bought)
    only = [each for each, _ in add_ons]
    sets = [each.set for each in (booking.sets if same else package.package_sets)]
    needs, before, retimed = _needs(session, booking, package, only, wish.people, sets, minutes)
    ids = {keys.get(each.id, each.slug): each.id for each in only}
    looks = _looks(booking, package, add_ons)
    return Plan(package, wish.people, looks, sets, lines, ids, minutes, before, needs, retimed)


def _package(session: Session, booking: Booking, slug: str) -> Package:
    if slug == booking.package.slug:
        return booking.package
    found = session.scalars(
        select(Package).where(Package.slug == slug, Package.archived_at.is_(None))
    ).unique().one_or_none()  # fmt: skip
    if found is None:
        raise NotOffered("package", "We do not offer this package.")
    if why := _unfit(found, booking, booking.photographer):
        raise NotOffered("package", why)
    return found


def _unfit(package: Package, booking: Booking, photographer: Photographer) -> str:
    """Why *booking* cannot become *package* where it is, with whom it has; "" if it can."""
    if package.currency != booking.currency:
        return "This package is sold in another currency."
    places = [each.place_id for each in package.package_places]
    if booking.place_id not in places and (places or booking.place_id is not None):
        return "This package is shot elsewhere: cancel the session, and book it anew."
    if not skilled_for(package, [photographer]):
        name = photographer.resource.name
        return f"{name} does not shoot this package: move the session to somebody who does."
    return ""


def _add_ons(
    booking: Booking, package: Package, wanted: Mapping[str, int]
) -> list[tuple[AddOn, int]]:
    """What is wanted, in the package's order; what was booked with it may stay, sold or not."""
    sold = [each for each in package.add_ons if each.archived_at is None]
    if package.id == booking.package_id:
        had = {each.add_on.id: each.add_on for each in booking.lines if each.add_on is not None}
        known = {each.id: each for each in sold} | had
        sold = sorted(known.values(), key=lambda each: (each.position, each.id))
    known_slugs = {each.slug for each in sold}
    for slug, number in wanted.items():
        if number and slug not in known_slugs:
            raise NotOffered(f"{EXTRA}{slug}", f"This does not go with {package.name}.")
    found = [(each, wanted[each.slug]) for each in sold if wanted.get(each.slug)]
    for each, number in found:
        if not 0 < number <= (1 if each.before_minutes else MOST_OF_ONE):
            raise NotOffered(f"{EXTRA}{each.slug}", "So many cannot be booked.")
    return found


def _looks(booking: Booking, package: Package, add_ons: Sequence[tuple[AddOn, int]]) -> int:
    """Those that it was sold with, more or less by the extras that change."""
    looks = sum(each.looks * number for each, number in add_ons)
    if package.id != booking.package_id:
        return package.looks + looks
    had = sum(each.add_on.looks * each.quantity for each in booking.lines if each.add_on)
    # An extra may add looks that it did not when it was sold: it takes none of the package's away.
    least = package.looks if package.looks <= booking.looks else 1
    return max(least, booking.looks + looks - had)


def _keys(booking: Booking) -> dict[int, str]:
    """What the lines of its add-ons are called, whatever these are called by now."""
    return {each.add_on_id: each.key for each in booking.lines if each.add_on_id is not None}


def _session_lines(
    booking: Booking, package: Package, people: int, prices: Prices
) -> Sequence[Line]:
    sold_at = booking.created_at
    if package.id != booking.package_id:
        return [*sale.session_lines(package, package.extra_people(people), prices, sold_at)]
    had = sum(each.quantity for each in booking.lines if each.kind == LineKind.PEOPLE)
    # Whoever was included, or free, when it was sold stays so.
    if people > booking.people:
        more = had + package.extra_people(people) - package.extra_people(booking.people)
    else:
        more = max(0, had - (booking.people - people))
    key = next((each.key for each in booking.lines if each.kind == LineKind.PACKAGE), package.slug)
    found = [*sale.session_lines(package, max(1, more), prices, sold_at)]
    bought = [each for each in lines_of(booking) if each.kind is LineKind.PEOPLE]
    # What it would be called by today's price, or, where none is asked any more, by its own.
    people_lines = [times(each, more) for each in [*found[1:], *bought][:1] if more]
    return [replace(each, key=key) for each in (found[0], *people_lines)]


def _add_on_line(
    booking: Booking, add_on: AddOn, number: int, prices: Prices, keys: Mapping[int, str]
) -> Line:
    found = sale.add_on_line(add_on, number, prices, booking.created_at)
    return replace(found, key=keys.get(add_on.id, found.key))


def _discount(session: Session, booking: Booking, package: Package) -> Discount | None:
    """What its code takes off, as it was used, as long as it goes with the package."""
    promo = promos.of(session, booking.id)
    return promo.discount if promo and promo.goes_with(package.id) else None


def _needs(
    session: Session,
    booking: Booking,
    package: Package,
    add_ons: Sequence[AddOn],
    people: int,
    sets: Sequence[Set],
    minutes: int,
) -> tuple[Needs, int, bool]:
    """What it asks of the calendar, how long what comes before takes, and whether it asked that.

    At its own start: what was kept when it was sold is not asked again, what is new is.
    """
    photographer = booking.photographer
    now = sale.needs_now(session, booking, [photographer])
    had = {each.add_on_id for each in booking.lines if each.add_on_id is not None}
    new = [each for each in add_ons if each.id not in had]
    same = package.id == booking.package_id
    needs = needs_of(
        package, add_ons, [photographer], people=people, place=booking.place, sets=sets
    )
    before = booking.before_minutes
    if _steps(add_ons) == {e.add_on_id for e in booking.lines if e.before}:
        needs = replace(needs, before=now.before)
    else:
        before = sum(each.before_minutes for each in add_ons)
    notice = max([0 if same else package.lead_hours, *(each.lead_hours for each in new)])
    needs = replace(
        needs, seconds=minutes * 60, step_minutes=now.step_minutes, lead=notice * 3600,
        horizon_days=36_500, gaps=Gaps.ANY,
    )  # fmt: skip
    if same:
        needs = replace(needs, same=now.same, clear=now.clear, max_per_day=None, only_on=None)
    retimed = any(getattr(needs, each) != getattr(now, each) for each in _SHARED)
    return needs, before, retimed


def _steps(add_ons: Sequence[AddOn]) -> set[int]:
    return {each.id for each in add_ons if each.before_minutes}
