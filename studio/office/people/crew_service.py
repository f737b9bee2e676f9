"""Who works here: photographers with what they can do, and artists."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.catalogue.bookable import bookable, keep_bookable
from studio.db import retried, transaction
from studio.scheduling import calendar, roster
from studio.scheduling.effects import Effect
from studio.scheduling.models import Photographer, Resource, ResourceKind, Skill
from studio.scheduling.service import weighed
from studio.scheduling.slugs import free_slug


@dataclass(frozen=True, slots=True)
class PhotographerEdit:
    """All that staff may change about a photographer, but for their hours.

    *new_skill* is the name of one that nobody had so far; "" for none. *email* is where the studio
    writes to about their sessions, and *assistant_email* to whoever assists them; None for nowhere.
    """

    name: str
    bio: str
    email: str | None
    has_assistant: bool
    assistant_name: str | None
    assistant_email: str | None
    max_per_day: int | None
    skills: tuple[int, ...]
    new_skill: str


@retried
def add_photographer(edit: PhotographerEdit, hours_of: int | None) -> int:
    """One more photographer, who works when *hours_of* does; the new id.

    Raises:
        roster.NameTaken: if another one has the name.
    """
    with transaction() as session:
        calendar.lock(session)
        row = roster.add(session, ResourceKind.PHOTOGRAPHER, edit.name, hours_of=hours_of)
        photographer = Photographer(id=row.id, resource=row)
        _describe(session, photographer, edit)
        session.add(photographer)
        return row.id


@retried
def edit_photographer(photographer_id: int, edit: PhotographerEdit, agreed: str = "") -> Effect:
    """Change what is said of a photographer, and what they are booked for from now on.

    Raises:
        roster.NameTaken: if another one has the name.
        Unbookable: if a package on sale could be booked with nobody any more.
        NotAgreed: if the effect has not the seal *agreed*: without an assistant there may be too
            little time between what is booked.
    """
    with weighed(agreed) as change:
        session = change.session
        photographer = session.get_one(Photographer, photographer_id)
        before = bookable(session)
        roster.rename(session, photographer.resource, edit.name)
        _describe(session, photographer, edit)
        session.flush()
        keep_bookable(session, before)
    return change.effect


@retried
def add_artist(name: str, email: str | None, hours_of: int | None) -> int:
    """One more artist, who works when *hours_of* does; the new id.

    Their work is told to *email*, if they have one.

    Raises:
        roster.NameTaken: if another one has the name.
    """
    with transaction() as session:
        calendar.lock(session)
        artist = roster.add(session, ResourceKind.ARTIST, name, hours_of=hours_of)
        artist.email = email
        return artist.id


@retried
def edit_artist(artist_id: int, name: str, email: str | None) -> None:
    """Raises roster.NameTaken if another one has the name."""
    with transaction() as session:
        calendar.lock(session)
        artist = session.get_one(Resource, artist_id)
        roster.rename(session, artist, name)
        artist.email = email


def _describe(session: Session, photographer: Photographer, edit: PhotographerEdit) -> None:
    photographer.bio, photographer.email = edit.bio, edit.email
    photographer.has_assistant = edit.has_assistant
    photographer.assistant_name = edit.assistant_name
    photographer.assistant_email = edit.assistant_email
    photographer.max_per_day = edit.max_per_day
    skills = set(session.scalars(select(Skill).where(Skill.id.in_(edit.skills))))
    if edit.new_skill:
        skills.add(_skill(session, edit.new_skill))
    photographer.skills = list(skills)


def _skill(session: Session, name: str) -> Skill:
    """The skill of this name, written with any capitals; a new one if there is none."""
    for each in session.scalars(select(Skill)):
        if each.name.casefold() == name.casefold():
            return each
    skill = Skill(key=free_slug(session, Skill.key, name, "skill"), name=name)
    session.add(skill)
    return skill
