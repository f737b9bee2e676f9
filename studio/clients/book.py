"""The studio's address book: one client per address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.clients.models import Client
from studio.db import insert_if_new


def find_or_add(session: Session, *, name: str, email: str, phone: str, now: datetime) -> Client:
    """The client with this address, now under this name; added when there is none.

    Two that are added at once are one: the address is unique, and the second is read again.
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
                "search_text": "",
                "created_at": now,
            }
        ],
    )
    client = session.scalars(select(Client).where(Client.address_key == key)).one()
    client.name, client.phone = name, phone or client.phone
    client.search_text = f"{name} {email} {client.phone}".casefold()
    return client
