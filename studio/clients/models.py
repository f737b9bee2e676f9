from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key


class Client(Base):
    """Somebody who books. One address, one client; *address_key* is it in lower case.

    Who was forgotten, at *erased_at*, has no name and an address that nobody has.
    """

    __tablename__ = "clients"

    id: Mapped[int] = primary_key()
    name: Mapped[str]
    email: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    search_text: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]

    @property
    def first_name(self) -> str:
        return self.name.split()[0]
