"""Companies that pay for their people's sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, primary_key
from studio.domain.money import Money

company_packages = Table(
    "company_packages",
    Base.metadata,
    Column("company_id", ForeignKey("companies.id"), primary_key=True),
    Column("package_id", ForeignKey("packages.id"), primary_key=True),
)


class Company(Base):
    """Who pays when somebody books with its *code*; its invoices go to *email*.

    Without packages it pays for all. *limit_minor* is the most it pays for the sessions of one
    calendar month, None without end. An invoice is to be paid within *payment_days*.
    """

    __tablename__ = "companies"
    __table_args__ = (
        CheckConstraint("limit_minor > 0", name="limit"),
        CheckConstraint("payment_days >= 0", name="payment_days"),
    )

    id: Mapped[int] = primary_key()
    name: Mapped[str]
    address: Mapped[str]
    email: Mapped[str]
    tax_number: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(unique=True)
    order_required: Mapped[bool] = mapped_column(default=False)
    limit_minor: Mapped[int | None]
    currency: Mapped[str]
    payment_days: Mapped[int]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def limit(self) -> Money | None:
        return None if self.limit_minor is None else Money(self.limit_minor, self.currency)


def find(session: Session, code: str) -> Company | None:
    """The company of a code as it is kept: capitals and digits alone."""
    return session.scalars(select(Company).where(Company.code == code)).one_or_none()


def packages_of(session: Session, company_id: int) -> list[int]:
    """The packages it pays for; none means all."""
    chosen = company_packages.c
    return list(session.scalars(select(chosen.package_id).where(chosen.company_id == company_id)))
