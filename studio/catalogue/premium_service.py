"""Saying which times cost more from now on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from studio.catalogue.premiums import PremiumTimes
from studio.db import retried, transaction
from studio.scheduling import calendar


class PremiumGone(Exception):
    """Somebody has removed these times meanwhile."""


@dataclass(frozen=True, slots=True)
class PremiumEdit:
    """All that staff may say of times that cost more; no *weekdays* are all of them."""

    label: str
    percent: int
    weekdays: tuple[int, ...]
    from_minute: int
    to_minute: int
    first_on: date | None
    last_on: date | None


@retried
def keep_premium(premium_id: int | None, edit: PremiumEdit) -> None:
    """Ask more for these times from now on; None adds them. What is booked keeps its price.

    The calendar is locked first, so that nobody is shown the old price and sold the new one.

    Raises:
        PremiumGone: if they have been removed.
    """
    with transaction() as session:
        calendar.lock(session)
        if premium_id is None:
            known = PremiumTimes()
        elif (found := session.get(PremiumTimes, premium_id)) is None:
            raise PremiumGone
        else:
            known = found
        known.label, known.percent = edit.label, edit.percent
        known.weekdays = list(edit.weekdays)
        known.from_minute, known.to_minute = edit.from_minute, edit.to_minute
        known.first_on, known.last_on = edit.first_on, edit.last_on
        session.add(known)


@retried
def remove_premium(premium_id: int) -> None:
    """Ask no more for these times from now on; removed already, it stays so."""
    with transaction() as session:
        calendar.lock(session)
        known = session.get(PremiumTimes, premium_id)
        if known is not None:
            session.delete(known)
