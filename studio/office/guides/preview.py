"""What a guide that is being written would come to for a session that is really booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.booking import letters_of_prep
from studio.booking.models import Booking
from studio.catalogue.models import Package, SessionType
from studio.domain.lifecycle import BookingState
from studio.messaging.outbox import NewMessage
from studio.messaging.rendering import Draft, Letter, Stationery, masked_link, write
from studio.office import queries
from studio.ports import ports
from studio.prep.models import PrepGuide
from studio.prep.queries import Track
from studio.prep.sections import Section, sections
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
class Preview:
    """A guide and its messages, for *booking* where there is one."""

    guide: PrepGuide
    sections: Sequence[Section]
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
            new.context["values"]["checklist"] = [each["text"] for each in guide.checklist]
            draft = Draft("", new.kind.value, new.template, new.recipient, new.context, None, None)
            leaving.append(Leaving(new, write(draft, studio, masked_link(draft))))
    return Preview(guide, sections(guide.body), booking, leaving)
