from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key


class Client(Base):
    """Somebody who books. One address, one client; *address_key* is it in lower case."""

    __tablename__ = "clients"

    id: Mapped[int] = primary_key()
    name: Mapped[str]
    email: Mapped[str]
    address_key: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    search_text: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    @property
    def first_name(self) -> str:
        return self.name.split()[0]
