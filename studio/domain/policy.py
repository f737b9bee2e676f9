"""What cancelling, moving and not coming cost, as data that a studio edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from studio.domain.money import Money


class Deposit(StrEnum):
    """What becomes of a deposit when a client cancels."""

    RETURNED = "returned"
    CREDITED = "credited"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class CancelBand:
    """From *hours_before* the start, backwards in time, until a band of more hours begins.

    With *crew* what others were booked for, such as make-up, has to be paid as well.
    """

    hours_before: int
    deposit: Deposit
    crew: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """*minor* units, or *percent* of the price; with *forfeits* the deposit instead."""

    minor: int = 0
    percent: int = 0
    forfeits: bool = False

    def of(self, price: Money, deposit: Money) -> Money:
        if self.forfeits:
            return deposit
        return price.share(self.percent) + Money(self.minor, price.currency)

    def __bool__(self) -> bool:
        return self.forfeits or self.minor > 0 or self.percent > 0


@dataclass(frozen=True, slots=True)
class MoveBand:
    """What moving costs from *hours_before* the start, until a band of more hours begins."""

    hours_before: int
    fee: Fee


B = TypeVar("B", CancelBand, MoveBand)


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules a booking is sold under.

    Bands stand in order, the most hours first; the last begins at 0, so that one always holds.

    Attributes:
        cooling_off_hours: after booking, in which everything comes back ...
        cooling_off_days: ... of a session at least so many days away when it was booked.
        credit_days: how long a credit lasts.
        again: what each move after the first costs besides.
        most_moves: how often a client may move it.
        grace_minutes: how late a client may come, ...
        grace_percent: ... but no more than this part of the session.
        no_show_keeps_all: whether everything paid is kept, not only the deposit.
    """

    cooling_off_hours: int
    cooling_off_days: int
    cancel: tuple[CancelBand, ...]
    credit_days: int
    move: tuple[MoveBand, ...]
    again: Fee
    most_moves: int
    grace_minutes: int
    grace_percent: int
    no_show_keeps_all: bool

    def __post_init__(self) -> None:
        for bands in (self.cancel, self.move):
            hours = [band.hours_before for band in bands]
            if not hours or hours[-1] != 0 or sorted(set(hours), reverse=True) != hours:
                raise ValueError("bands go from the most hours down to 0, each once")

    def cancel_band(self, starts_at: datetime, now: datetime) -> CancelBand:
        return _holding(self.cancel, starts_at, now)

    def move_band(self, starts_at: datetime, now: datetime) -> MoveBand:
        return _holding(self.move, starts_at, now)

    def free_until(self, booked_at: datetime, booked_for: datetime) -> datetime | None:
        """Until when a client gets everything back, if the session was far enough away.

        That is judged by the start it was *booked_for*: moving it opens nothing.
        """
        if booked_for < booked_at + timedelta(days=self.cooling_off_days):
            return None
        return booked_at + timedelta(hours=self.cooling_off_hours)

    def grace(self, minutes: int) -> timedelta:
        """How late somebody may come to a session of *minutes*, in whole minutes."""
        return timedelta(minutes=min(self.grace_minutes, minutes * self.grace_percent // 100))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, rules: Mapping[str, Any]) -> Policy:
        """A policy as ``to_json`` wrote it.

        Raises:
            ValueError: if something is missing, unknown or no number.
        """
        try:
            return cls(
                **{
                    **rules,
                    "cancel": tuple(
                        CancelBand(**{**band, "deposit": Deposit(band["deposit"])})
                        for band in rules["cancel"]
                    ),
                    "move": tuple(
                        MoveBand(band["hours_before"], Fee(**band["fee"])) for band in rules["move"]
                    ),
                    "again": Fee(**rules["again"]),
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no policy: {error}") from error


def _holding(bands: tuple[B, ...], starts_at: datetime, now: datetime) -> B:
    ahead = starts_at - now
    for band in bands:
        if ahead >= timedelta(hours=band.hours_before):
            return band
    return bands[-1]
