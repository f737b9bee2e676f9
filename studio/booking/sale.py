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

    @property
    def needs(self) -> Needs:
        return needs_of(self.package, self.add_ons, self.photographers)

    @property
    def minutes(self) -> int:
        return self.package.minutes + sum(each.minutes for each in self.add_ons)

    def quote(self, starts_at: datetime, now: datetime) -> Quote:
        package = self.package
        return quote(
            [
                Line("package", package.slug, package.name, package.minutes, package.price),
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


def sale_of(
    session: Session,
    slug: str,
    *,
    add_ons: Sequence[str] = (),
    photographer: str | None = None,
    people: int | None = None,
) -> Sale:
    """The sale of a package by its slug, with add-ons by theirs, shot by one or by anyone.

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
    return Sale(package, extras, everybody, able, number)


def _people(package: Package) -> str:
    if package.people_min == package.people_max:
        count = package.people_min
        return f"This session is for {'one person' if count == 1 else f'{count} people'}."
    return f"This session is for {package.people_min} to {package.people_max} people."


def needs_again(session: Session, booking: Booking) -> Needs:
    """What a booking that was agreed asks for, to give it its own time once more.

    Notice, horizon and daily limits were kept when it was first sold, and are not asked again.
    """
    package = session.get_one(Package, booking.package_id)
    chosen = session.scalars(
        select(AddOn)
        .join(BookingLine, BookingLine.add_on_id == AddOn.id)
        .where(BookingLine.booking_id == booking.id)
    ).all()
    photographer = session.get_one(Photographer, booking.photographer_id)
    return replace(
        needs_of(package, chosen, [photographer]),
        seconds=booking.minutes * 60,
        lead=0,
        horizon_days=36_500,
        max_per_day=None,
    )
