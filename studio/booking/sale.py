"""What is being sold: from slugs and figures to a package, its needs, and its price in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking.models import Booking, BookingLine
from studio.catalogue.models import AddOn, Package
from studio.catalogue.policies import PolicyVersion
from studio.catalogue.premiums import premiums
from studio.catalogue.queries import add_ons_of, needs_of, on_sale
from studio.domain.adjustments import Premium, with_premiums
from studio.domain.alteration import more_people
from studio.domain.availability import Gaps, Needs, Step
from studio.domain.money import Money
from studio.domain.pricing import Line, LineKind, PayTerms, Quote, line, quote
from studio.domain.tax import Rates, Tax, Taxed
from studio.scheduling.models import Allocation, Photographer
from studio.scheduling.openings import known_house
from studio.scheduling.places import Place


class NotOffered(Exception):
    """What was asked for is not on sale; *field* says which part, the text is a sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Prices:
    """What holds for every price: the taxes, the studio's clock, and the times that cost more."""

    taxes: Rates
    zone: ZoneInfo
    premiums: Sequence[Premium]

    def taxed(self, kind: Taxed, now: datetime, own: Decimal | None = None) -> Tax:
        """The tax on what is sold *now*, at its *own* rate if it has one."""
        return self.taxes.of(kind, now.astimezone(self.zone).date(), own)


@dataclass(frozen=True, slots=True)
class Sale:
    """A package with its add-ons, and who may shoot it: of *everybody*, those asked for."""

    package: Package
    add_ons: Sequence[AddOn]
    everybody: Sequence[Photographer]
    photographers: Sequence[Photographer]
    people: int
    prices: Prices
    policy: PolicyVersion
    needs: Needs
    place: Place | None
    by_name: bool

    @property
    def add_on_ids(self) -> dict[str, int]:
        return {each.slug: each.id for each in self.add_ons}

    @property
    def minutes(self) -> int:
        return self.package.minutes_for(self.people) + sum(each.minutes for each in self.add_ons)

    @property
    def looks(self) -> int:
        return self.package.looks + sum(each.looks for each in self.add_ons)

    @property
    def before_minutes(self) -> int:
        """How long before the session what comes before it begins."""
        return sum(each.before_minutes for each in self.add_ons)

    @property
    def pay_terms(self) -> PayTerms:
        return PayTerms(self.package.deposit_percent, self.package.balance_hours_before)

    def quote(self, starts_at: datetime, now: datetime) -> Quote:
        lines = [*self._session(now), *self._extras(now)]
        lines = with_premiums(lines, self.prices.premiums, starts_at.astimezone(self.prices.zone))
        return quote(lines, self.pay_terms, starts_at=starts_at, now=now)

    def _session(self, now: datetime) -> Iterator[Line]:
        package = self.package
        more = package.extra_people(self.people)
        return session_lines(package, more, self.prices, now)

    def _extras(self, now: datetime) -> Iterator[Line]:
        for each in self.add_ons:
            yield add_on_line(each, 1, self.prices, now)
        if self.place is not None and self.place.fee_minor:
            yield line(
                LineKind.TRAVEL,
                self.place.slug,
                f"Travel, {self.place.name}",
                Money(self.place.fee_minor, self.package.currency),
                taxed=self.prices.taxed(Taxed.TRAVEL, now),
            )


def session_lines(package: Package, more: int, prices: Prices, now: datetime) -> Iterator[Line]:
    """The session itself, for as many as the package includes and so many *more*."""
    taxed = prices.taxed(Taxed.SESSION, now, package.tax_percent)
    yield line(
        LineKind.PACKAGE,
        package.slug,
        package.name,
        package.price,
        minutes=package.minutes,
        taxed=taxed,
    )
    if more and (package.price_per_extra_minor or package.minutes_per_extra):
        yield line(
            LineKind.PEOPLE,
            package.slug,
            more_people(more),
            package.price_per_extra,
            minutes=more * package.minutes_per_extra,
            quantity=more,
            taxed=taxed,
        )


def add_on_line(add_on: AddOn, quantity: int, prices: Prices, now: datetime) -> Line:
    return line(
        LineKind.ADD_ON,
        add_on.slug,
        add_on.name,
        add_on.price,
        minutes=add_on.minutes * quantity,
        quantity=quantity,
        taxed=prices.taxed(Taxed.ADD_ON, now, add_on.tax_percent),
    )


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
        raise NotOffered("people", people_words(package))
    there = [each.place for each in package.package_places if place in {None, each.place.slug}]
    if place is not None and not there:
        raise NotOffered("place", "This session is not shot there.")
    where = next(iter(there), None)
    needs = needs_of(package, extras, able, people=number, place=where)
    return Sale(
        package, extras, everybody, able, number, prices_of(session), offered.policy, needs,
        where, by_name=photographer is not None,
    )  # fmt: skip


def prices_of(session: Session) -> Prices:
    """What holds for every price now."""
    known = known_house(session)
    return Prices(known.taxes, known.zone, premiums(session))


def people_words(package: Package) -> str:
    """For how many it is, in a sentence."""
    if package.people_min == package.people_max:
        count = package.people_min
        return f"This session is for {'one person' if count == 1 else f'{count} people'}."
    return f"This session is for {package.people_min} to {package.people_max} people."


def needs_again(session: Session, booking: Booking) -> Needs:
    """What a booking that was agreed asks for, to give it its own time once more.

    What was kept when it was first sold is not asked again.
    """
    photographer = session.get_one(Photographer, booking.photographer_id)
    return as_agreed(needs_now(session, booking, [photographer]))


def as_agreed(needs: Needs) -> Needs:
    """The same without the rules that were kept when it was first sold.

    Left are hours, what is taken, equipment, the grid and the light, and the limits of the studio
    and of each photographer. That it would leave a gap by now is not its fault.
    """
    return replace(
        needs, lead=0, horizon_days=36_500, max_per_day=None, only_on=None, gaps=Gaps.ANY
    )


def needs_now(session: Session, booking: Booking, photographers: Sequence[Photographer]) -> Needs:
    """What a booking that was agreed asks for at another time, shot by one of *photographers*.

    On its own sets and for its own time, whatever has become of its package; clearing up takes as
    long as it was booked with, while it has any time booked.
    """
    package = session.get_one(Package, booking.package_id)
    chosen = session.scalars(
        select(AddOn)
        .join(BookingLine, BookingLine.add_on_id == AddOn.id)
        .where(BookingLine.booking_id == booking.id)
        .order_by(AddOn.position)
    ).all()
    place = None if booking.place_id is None else session.get_one(Place, booking.place_id)
    sets = [each.set for each in booking.sets]
    needs = needs_of(package, chosen, photographers, people=booking.people, place=place, sets=sets)
    clearing = session.execute(
        select(Allocation.same_minutes, Allocation.clear_minutes)
        .where(Allocation.booking_id == booking.id)
        .limit(1)
    ).first()
    same, clear = clearing or (package.same_minutes, package.clear_minutes)
    return replace(
        needs,
        seconds=booking.minutes * 60,
        same=same * 60,
        clear=clear * 60,
        before=_lasting(needs.before, booking.before_minutes * 60),
    )


def _lasting(steps: tuple[Step, ...], seconds: int) -> tuple[Step, ...]:
    """What comes before, in *seconds* from first to last, however long its add-ons take now."""
    whole = max((each.begins for each in steps), default=0)
    return tuple(
        replace(each, begins=each.begins * seconds // whole, ends=each.ends * seconds // whole)
        for each in steps
    )
