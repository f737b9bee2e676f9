"""What a guide that is being written would come to for a session that is really booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import letters_of_prep, prep_facts
from studio.booking.models import Booking
from studio.catalogue.models import Package, SessionType
from studio.domain.lifecycle import BookingState
from studio.messaging.outbox import NewMessage
from studio.messaging.rendering import Draft, Letter, Stationery, masked_link, write
from studio.office import queries
from studio.ports import ports
from studio.prep.models import PrepGuide
from studio.prep.queries import Track
from studio.prep.sections import sections
from studio.prep.tailoring import Tailored, tailored
from studio.scheduling.queries import the_studio

_MOST = 30


@dataclass(frozen=True, slots=True)
class Leaving:
    """One message as it would be sent, and when."""

    new: NewMessage
    letter: Letter

    @property
    def due_at(self) -> datetime:
        return self.new.due_at


@dataclass(frozen=True, slots=True)
class Part:
    """A section or a thing on the list, with its condition, and whether it is *shown* here."""

    said: str
    when: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A guide and its messages, for *booking* where there is one.

    *guide* is what is said, *conditional* what of it hangs on a condition, said or not.
    """

    guide: Tailored
    conditional: Sequence[Part]
    booking: Booking | None
    leaving: Sequence[Leaving]


def upcoming(session: Session, kind: SessionType) -> Sequence[Booking]:
    """Sessions of a kind on which its guide can be looked at, the next first."""
    of_kind = select(Package.id).where(Package.session_type_id == kind.id)
    return session.scalars(
        select(Booking)
        .options(*queries.with_people())
        .where(
            Booking.state == BookingState.CONFIRMED,
            Booking.starts_at > ports().now(),
            Booking.package_id.in_(of_kind),
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(_MOST)
    ).all()


def of(session: Session, track: Track, booking: Booking | None) -> Preview:
    """*track*, which need not be stored, as the client of *booking* would get it.

    Raises:
        ValueError: if the track has no guide.
    """
    guide = track.guide
    if guide is None:
        raise ValueError("nothing to look at")
    leaving = []
    if booking:
        studio = Stationery.of(the_studio(session))
        for new in letters_of_prep.prep_of(session, booking, track, booking.booked_at):
            draft = Draft("", new.kind.value, new.template, new.recipient, new.context, None, None)
            leaving.append(Leaving(new, write(draft, studio, masked_link(draft))))
    shown = tailored(guide, prep_facts.of(session, booking) if booking else {})
    return Preview(shown, _parts(guide, shown), booking, leaving)


def _parts(guide: PrepGuide, shown: Tailored) -> list[Part]:
    """What of *guide* hangs on a condition, and whether it is *shown*."""
    titles = {each.title for each in shown.sections}
    keys = {each["key"] for each in shown.checklist}
    found = [
        Part(each.title, each.when, each.title in titles)
        for each in sections(guide.body)
        if each.when
    ]
    found += [
        Part(each["text"], each["when"], each["key"] in keys)
        for each in guide.checklist
        if each.get("when")
    ]
    return found
