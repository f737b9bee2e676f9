"""Rates of tax that begin on a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key, words
from studio.domain.tax import Rate, Rates, Tax, Taxed


class TaxRate(Base):
    """What is taxed how from *first_on* on; before any, and besides, it is as the studio says."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100000", name="percent"),  # thousandths
        UniqueConstraint("kind", "first_on"),
    )

    id: Mapped[int] = primary_key()
    kind: Mapped[Taxed] = mapped_column(words(Taxed))
    first_on: Mapped[date]
    percent: Mapped[Decimal]
    included: Mapped[bool]

    @property
    def rate(self) -> Rate:
        return Rate(self.kind, self.first_on, Tax(self.percent, self.included))


def rates(session: Session, usual: Tax) -> Rates:
    rows = session.scalars(select(TaxRate).order_by(TaxRate.first_on, TaxRate.id))
    return Rates(usual, tuple(each.rate for each in rows))
