"""Saying what is taxed how from now on, or from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from studio.db import retried, transaction
from studio.domain.tax import Tax, Taxed
from studio.scheduling import calendar
from studio.scheduling.queries import the_studio
from studio.scheduling.taxes import TaxRate


class RateGone(Exception):
    """Somebody has removed this rate meanwhile."""


class RateKnown(Exception):
    """There is a rate for this kind from this day already."""


@dataclass(frozen=True, slots=True)
class RateEdit:
    """All that staff may say of a rate that begins on a day."""

    kind: Taxed
    first_on: date
    percent: Decimal
    included: bool


@retried
def change_usual(name: str, tax: Tax) -> None:
    """Call the tax *name*, and tax like this what no dated rate holds for.

    The calendar is locked first, so that nobody is shown one price and sold another.
    """
    with transaction() as session:
        calendar.lock(session)
        studio = the_studio(session)
        studio.tax_name = name
        studio.tax_percent, studio.tax_included = tax.percent, tax.included


@retried
def keep_rate(rate_id: int | None, edit: RateEdit) -> None:
    """Tax a kind like this from a day on; None adds it. What is booked keeps its own.

    Raises:
        RateGone: if it has been removed.
        RateKnown: if there is another for this kind from this day.
    """
    with transaction() as session:
        calendar.lock(session)
        of_day = select(TaxRate.id).where(
            TaxRate.kind == edit.kind, TaxRate.first_on == edit.first_on
        )
        if session.scalars(of_day).one_or_none() not in {None, rate_id}:
            raise RateKnown
        if rate_id is None:
            known = TaxRate()
        elif (found := session.get(TaxRate, rate_id)) is None:
            raise RateGone
        else:
            known = found
        known.kind, known.first_on = edit.kind, edit.first_on
        known.percent, known.included = edit.percent, edit.included
        session.add(known)


@retried
def remove_rate(rate_id: int) -> None:
    """Tax by what holds without it from now on; removed already, it stays so."""
    with transaction() as session:
        calendar.lock(session)
        known = session.get(TaxRate, rate_id)
        if known is not None:
            session.delete(known)
