"""What is being sold: from slugs and figures to a package, its needs, and its price in lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Booking, BookingLine
from studio.catalogue.models import AddOn, Package
from studio.catalogue.queries import add_ons_of, needs_of, on_sale
from studio.domain.availability import Needs
from studio.domain.pricing import Line, Quote, quote
from studio.scheduling.models import Photographer
from studio.scheduling.places import Place


class NotOffered(Exception):
    """What was asked for is not on sale; *field* says which part, the text is a sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Sale:
    """A package with its add-ons, and who may shoot it: of *everybody*, those asked for."""

    package: Package
    add_ons: Sequence[AddOn]
    everybody: Sequence[Photographer]
    photographers: Sequence[Photographer]
    people: int
    place: Place | None = None
    by_name: bool = False

    @property
    def needs(self) -> Needs:
        return needs_of(
            self.package, self.add_ons, self.photographers, people=self.people, place=self.place
        )

    @property
    def minutes(self) -> int:
        return self.package.minutes_for(self.people) + sum(each.minutes for each in self.add_ons)

    @property
    def before_minutes(self) -> int:
        """How long before the session what comes before it begins."""
        return sum(each.before_minutes for each in self.add_ons)

    def quote(self, starts_at: datetime, now: datetime) -> Quote:
        package = self.package
        return quote(
            [
                Line("package", package.slug, package.name, package.minutes, package.price),
                *self._more_people(),
                *(
                    Line("add_on", each.slug, each.name, each.minutes, each.price)
                    for each in self.add_ons
                ),
            ],
            deposit_percent=package.deposit_percent,
            balance_hours_before=package.balance_hours_before,
            starts_at=starts_at,
            now=now,
        )

    def _more_people(self) -> list[Line]:
        package, more = self.package, self.package.extra_people(self.people)
        if not more or not (package.price_per_extra_minor or package.minutes_per_extra):
            return []
        label = "One more person" if more == 1 else f"{more} more people"
        minutes = more * package.minutes_per_extra
        return [Line("people", package.slug, label, minutes, package.price_per_extra, more)]


def sale_of(
    session: Session,
    slug: str,
    *,
    add_ons: Sequence[str] = (),
    photographer: str | None = None,
    people: int | None = None,
    place: str | None = None,
) -> Sale:
    """The sale of a package by its slug, with add-ons and place by theirs, by one or by anyone.

    Without a place it is the package's first, if it is shot on location.

    Raises:
        NotOffered: naming the first part that is not on sale. The package itself is `package`.
    """
    offered = on_sale(session, slug)
    if offered is None:
        raise NotOffered("package", "We do not offer this package.")
    package, everybody = offered.package, offered.photographers
    extras = add_ons_of(package, add_ons)
    if extras is None:
        raise NotOffered("add_ons", "This extra does not go with the package.")
    able = [each for each in everybody if photographer in {None, each.slug}]
    if photographer is not None and not able:
        raise NotOffered("photographer", "This photographer does not shoot the package.")
    number = package.people_min if people is None else people
    if not package.people_min <= number <= package.people_max:
        raise NotOffered("people", _people(package))
    there = [each.place for each in package.package_places if place in {None, each.place.slug}]
    if place is not None and not there:
        raise NotOffered("place", "This session is not shot there.")
    return Sale(
        package, extras, everybody, able, number,
        place=next(iter(there), None), by_name=photographer is not None,
    )  # fmt: skip


def _people(package: Package) -> str:
    if package.people_min == package.people_max:
        count = package.people_min
        return f"This session is for {'one person' if count == 1 else f'{count} people'}."
    return f"This session is for {package.people_min} to {package.people_max} people."


def needs_again(session: Session, booking: Booking) -> Needs:
    """What a booking that was agreed asks for, to give it its own time once more.

    Notice, horizon and daily limits were kept when it was first sold, and are not asked again.
    """
    photographer = session.get_one(Photographer, booking.photographer_id)
    return as_agreed(needs_now(session, booking, [photographer]))


def as_agreed(needs: Needs) -> Needs:
    """The same without the rules that were kept when it was first sold."""
    return replace(needs, lead=0, horizon_days=36_500, max_per_day=None, only_on=None)


def needs_now(session: Session, booking: Booking, photographers: Sequence[Photographer]) -> Needs:
    """What a booking that was agreed asks for at another time, shot by one of *photographers*."""
    package = session.get_one(Package, booking.package_id)
    chosen = session.scalars(
        select(AddOn)
        .join(BookingLine, BookingLine.add_on_id == AddOn.id)
        .where(BookingLine.booking_id == booking.id)
        .order_by(AddOn.position)
    ).all()
    place = None if booking.place_id is None else session.get_one(Place, booking.place_id)
    needs = needs_of(package, chosen, photographers, people=booking.people, place=place)
    return replace(needs, seconds=booking.minutes * 60)
