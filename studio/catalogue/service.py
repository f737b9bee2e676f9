"""Changing what is sold."""

from __future__ import annotations

from dataclasses import dataclass

from studio.catalogue.models import Package
from studio.db import retried, transaction
from studio.domain.money import Money
from studio.ports import ports
from studio.scheduling import calendar


@dataclass(frozen=True, slots=True)
class PackageEdit:
    """All that staff may change about a package; *max_per_day* None is no limit."""

    package_id: int
    name: str
    summary: str
    minutes: int
    price: Money
    deposit_percent: int
    lead_hours: int
    horizon_days: int
    step_minutes: int
    people_min: int
    people_max: int
    looks: int
    retouched_images: int
    max_per_day: int | None
    on_sale: bool


@retried
def edit_package(edit: PackageEdit) -> None:
    """Sell a package under other conditions from now on; what is booked keeps its own.

    The calendar is locked first, so that nobody is offered the old length and sold the new one.

    Raises:
        ValueError: if the price is in another currency than the package's.
    """
    now = ports().now()
    with transaction() as session:
        calendar.lock(session)
        package = session.get_one(Package, edit.package_id)
        if edit.price.currency != package.currency:
            raise ValueError("a package keeps its currency")
        package.name = edit.name
        package.summary = edit.summary
        package.minutes = edit.minutes
        package.price_minor = edit.price.minor
        package.deposit_percent = edit.deposit_percent
        package.lead_hours = edit.lead_hours
        package.horizon_days = edit.horizon_days
        package.step_minutes = edit.step_minutes
        package.people_min = edit.people_min
        package.people_max = edit.people_max
        package.looks = edit.looks
        package.retouched_images = edit.retouched_images
        package.max_per_day = edit.max_per_day
        if edit.on_sale:
            package.archived_at = None
        elif package.archived_at is None:
            package.archived_at = now
