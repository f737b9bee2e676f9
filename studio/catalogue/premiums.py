"""Times that cost more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key
from studio.domain.adjustments import Premium
from studio.scheduling.memory import recall, version
from studio.web.filters import date_with_year, listed, local_minute

WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DAY = 24 * 60


class PremiumTimes(Base):
    """Times of the studio's wall clock at which every session costs *percent* more.

    *weekdays* are ISO numbers, none meaning every day; dates are both included, NULL open.
    """

    __tablename__ = "premiums"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 200", name="percent"),
        CheckConstraint(
            "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440", name="span"
        ),
        CheckConstraint("first_on <= last_on", name="order"),
    )

    id: Mapped[int] = primary_key()
    label: Mapped[str]
    percent: Mapped[int]
    weekdays: Mapped[list[Any]] = mapped_column(default=list)
    from_minute: Mapped[int] = mapped_column(default=0)
    to_minute: Mapped[int] = mapped_column(default=1440)
    first_on: Mapped[date | None]
    last_on: Mapped[date | None]

    @property
    def rule(self) -> Premium:
        return Premium(
            str(self.id),
            self.label,
            self.percent,
            frozenset(self.weekdays),
            self.from_minute,
            self.to_minute,
            self.first_on,
            self.last_on,
        )


def premiums(session: Session) -> Sequence[Premium]:
    """The times that cost more, in the order in which they were added."""
    house = version(session).house
    return recall(session, ("premiums", house), lambda: _premiums(session))


def _premiums(session: Session) -> Sequence[Premium]:
    rows = session.scalars(select(PremiumTimes).order_by(PremiumTimes.id))
    return tuple(each.rule for each in rows)


def when(premium: Premium) -> str:
    """The times in words, such as "on Saturday and Sunday, from 16:00 to 24:00"."""
    names = [WEEKDAYS[each - 1] for each in sorted(premium.weekdays)]
    parts = [f"on {listed(names)}" if names else "every day"]
    if (premium.from_minute, premium.to_minute) != (0, _DAY):
        since, until = local_minute(premium.from_minute), local_minute(premium.to_minute)
        parts.append(f"from {since} to {until}")
    if premium.first_on and premium.first_on == premium.last_on:
        parts.append(f"only {date_with_year(premium.first_on)}")
    else:
        parts += [f"from {date_with_year(premium.first_on)}"] if premium.first_on else []
        parts += [f"until {date_with_year(premium.last_on)}"] if premium.last_on else []
    return ", ".join(parts)
