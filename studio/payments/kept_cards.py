"""A client's leave to keep the card that paid the deposit and take the balance from it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from studio.db import Base, words
from studio.inserts import insert_if_new
from studio.payments.models import Payment, PaymentState
from studio.ports.card_charges import KeptCard


class CardEnd(StrEnum):
    """Why a card is not to be charged any more."""

    WITHDRAWN = "withdrawn"
    CHARGED = "charged"
    ASKED = "asked"  # the bank wants to see the client confirm
    DECLINED = "declined"
    NOT_NEEDED = "not_needed"  # it was paid another way
    NO_NOTICE = "no_notice"  # nobody was told in time


class CardConsent(Base):
    """What a client agreed to when booking, word for word, and the card it came to be about.

    *version* numbers the wording. It stands until it *ended*, and is never given twice.
    """

    __tablename__ = "card_consents"

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    version: Mapped[int]
    wording: Mapped[str]
    agreed_at: Mapped[datetime]
    customer_id: Mapped[str | None]
    card_id: Mapped[str | None]
    last4: Mapped[str] = mapped_column(default="")
    ended: Mapped[CardEnd | None] = mapped_column(words(CardEnd))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(default="")

    @property
    def card(self) -> KeptCard | None:
        if self.customer_id is None or self.card_id is None:
            return None
        return KeptCard(self.customer_id, self.card_id, self.last4)

    @property
    def stands(self) -> bool:
        """Whether there is leave still, and a card to take the balance from."""
        return self.ended is None and self.card is not None

    def end(self, why: CardEnd, *, by: str, now: datetime) -> None:
        """Let the card be; what ended before stays as it was."""
        if self.ended is None:
            self.ended, self.ended_by, self.ended_at = why, by, now


def agree(session: Session, booking_id: int, version: int, wording: str, now: datetime) -> None:
    """Write down what a client has agreed to; what was agreed before stands."""
    row = {
        "booking_id": booking_id,
        "version": version,
        "wording": wording,
        "agreed_at": now,
        "last4": "",
        "ended_by": "",
    }
    insert_if_new(session, CardConsent, [row])


def of(session: Session, booking_id: int) -> CardConsent | None:
    return session.get(CardConsent, booking_id)


def standing(session: Session, booking_id: int) -> CardConsent | None:
    """The leave that stands, if there is a card to take the balance from."""
    found = of(session, booking_id)
    return found if found and found.stands else None


def keep(session: Session, booking_id: int, card: KeptCard) -> None:
    """Note which card was kept, the first time it is heard of."""
    found = of(session, booking_id)
    if found and found.card_id is None and found.customer_id == card.customer_id:
        found.card_id, found.last4 = card.card_id, card.last4


def under_way(session: Session, booking_id: int) -> Payment | None:
    """The charge of a kept card whose answer is still to come."""
    return session.scalars(
        select(Payment).where(
            Payment.booking_id == booking_id,
            Payment.unattended,
            Payment.state == PaymentState.CREATING,
        )
    ).first()
