"""Places outside the studio, and the way to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from studio.db import Base, primary_key


class Place(Base):
    """Somewhere outside the studio that sessions are shot, *travel_minutes* from the studio.

    With *at_client* it stands for wherever a client lives or works: each booking has an address
    of its own, and two of them are never the same spot. With *remote* as well nobody goes there:
    the studio rings.
    """

    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint("travel_minutes BETWEEN 0 AND 720", name="travel"),
        CheckConstraint("NOT remote OR (at_client AND travel_minutes = 0)", name="remote"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    id: Mapped[int] = primary_key()
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    address: Mapped[str]
    directions: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float]
    longitude: Mapped[float]
    travel_minutes: Mapped[int]
    at_client: Mapped[bool] = mapped_column(default=False)
    remote: Mapped[bool] = mapped_column(default=False)
    # What going there costs the client.
    fee_minor: Mapped[int] = mapped_column(default=0)
    currency: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]


class PlaceTravel(Base):
    """Minutes between two places, either way; without a row the way leads by the studio."""

    __tablename__ = "place_travel"
    __table_args__ = (
        CheckConstraint("one_id < other_id", name="order"),
        CheckConstraint("minutes BETWEEN 0 AND 720", name="minutes"),
    )

    one_id: Mapped[int] = mapped_column(ForeignKey("places.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("places.id"), primary_key=True)
    minutes: Mapped[int]
