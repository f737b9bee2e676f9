"""Where each person, room, kind of equipment and set has its pages."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for

from studio.scheduling.models import Resource, ResourceKind, Set


class Addresses(NamedTuple):
    """Where it is changed, where all of its kind are listed, archived and brought back."""

    own: str
    listed: str
    archive: str
    back: str


def addresses(known: Resource | Set) -> Addresses:
    which = known.id
    if isinstance(known, Set):
        return Addresses(
            url_for("scheduling_office.change_set", set_id=which),
            url_for("scheduling_office.sets"),
            url_for("people_office.archive_set", set_id=which),
            url_for("people_office.bring_back_set", set_id=which),
        )
    own, listed, kind = _OF[known.kind]
    return Addresses(
        url_for(own, resource_id=which),
        url_for(listed),
        url_for(f"people_office.archive_{kind}", resource_id=which),
        url_for(f"people_office.bring_back_{kind}", resource_id=which),
    )


# Its own page, the list, and how the routes of the others end.
_OF = {
    ResourceKind.PHOTOGRAPHER: ("people_office.photographer", "people_office.people", "person"),
    ResourceKind.ARTIST: ("people_office.artist", "people_office.people", "person"),
    ResourceKind.ROOM: ("people_office.room", "people_office.rooms", "room"),
    ResourceKind.POOL: (
        "scheduling_office.change_equipment",
        "scheduling_office.equipment",
        "equipment",
    ),
}
