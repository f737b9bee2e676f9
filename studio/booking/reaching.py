"""Where a client is reached whose session is not at the studio: at an address, or by telephone."""

from __future__ import annotations

from studio.scheduling.places import Place

# What is asked for, by its field.
ASKED = {
    "address": "Please tell us where to come.",
    "phone": "Please give us the number to ring.",
}


class NotReached(Exception):
    """It is where the client is, who has not said where; *field* is what they are to say."""

    def __init__(self, field: str) -> None:
        super().__init__(ASKED[field])
        self.field = field


def asked_at(place: Place | None) -> str | None:
    """What a client has to say so that we find them at *place*; None where they come to us."""
    if place is None or not place.at_client:
        return None
    return "phone" if place.remote else "address"


def must_be_reached(place: Place | None, *, address: str, phone: str) -> None:
    """Refuse what leads nowhere.

    Raises:
        NotReached: if what `asked_at` names was not said.
    """
    field = asked_at(place)
    if field and not {"address": address, "phone": phone}[field]:
        raise NotReached(field)
