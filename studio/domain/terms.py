"""What the studio gives back when a session is called off (domain facts, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from studio.domain.money import Money

COOLING_OFF = timedelta(hours=24)
COOLING_OFF_NOTICE = timedelta(days=7)
CREDIT_NOTICE = timedelta(days=14)
CREDIT_LASTS = timedelta(days=90)
# Until when moving a session once costs nothing.
FREE_MOVE = timedelta(hours=72)


class CalledOffBy(StrEnum):
    CLIENT = "client"
    STUDIO = "studio"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of the money paid: *refund* + *credit* + *kept* is all of it."""

    refund: Money
    credit: Money
    kept: Money
    credit_until: datetime | None
    reason: str


def cancellation(
    *,
    paid: Money,
    deposit: Money,
    booked_at: datetime,
    starts_at: datetime,
    now: datetime,
    by: CalledOffBy,
) -> Settlement:
    """What a session called off *now* gives back of *paid*.

    The studio returns everything when it calls off itself. A client gets everything back within
    a day of booking a session at least seven days away; from fourteen days ahead the deposit
    becomes a credit for ninety days; later it is kept. What was paid beyond the deposit always
    goes back.
    """
    nothing = Money.zero(paid.currency)
    beyond = paid - deposit if paid > deposit else nothing
    held = paid - beyond
    if by is CalledOffBy.STUDIO:
        return Settlement(paid, nothing, nothing, None, "The studio calls the session off.")
    if now < booked_at + COOLING_OFF and starts_at >= booked_at + COOLING_OFF_NOTICE:
        return Settlement(paid, nothing, nothing, None, "Within a day of booking.")
    if now <= starts_at - CREDIT_NOTICE:
        until = now + CREDIT_LASTS
        reason = "Fourteen days or more ahead: the deposit becomes a credit."
        return Settlement(beyond, held, nothing, until, reason)
    return Settlement(beyond, nothing, held, None, "Less than fourteen days ahead.")


def free_until(booked_at: datetime, starts_at: datetime) -> datetime | None:
    """Until when a client gets everything back, if the session is far enough away."""
    if starts_at < booked_at + COOLING_OFF_NOTICE:
        return None
    return booked_at + COOLING_OFF


def credit_until(starts_at: datetime) -> datetime:
    """The last instant at which a deposit still becomes a credit."""
    return starts_at - CREDIT_NOTICE
