"""The studio's address book: one client per address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.clients.models import Client
from studio.inserts import insert_if_new


def find_or_add(session: Session, *, name: str, email: str, phone: str, now: datetime) -> Client:
    """The client with this address; added when there is none.

    One who is known stays as they are: anybody may type an address. Two that are added at once
    are one: the address is unique, and the second is read again.
    """
    key = email.strip().lower()
    insert_if_new(
        session,
        Client,
        [
            {
                "name": name,
                "email": email,
                "address_key": key,
                "phone": phone,
                "notes": "",
                "search_text": f"{name} {email} {phone}".casefold(),
                "created_at": now,
            }
        ],
    )
    return session.scalars(select(Client).where(Client.address_key == key)).one()
