"""What is known of each booking's preparation, read for many in a fixed number of questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import prep_facts
from studio.booking.coming import queries as coming
from studio.booking.form.due import asked_by
from studio.booking.models import Booking
from studio.booking.releases import queries as releases
from studio.domain.readiness import Form, Prepared, Task, readiness
from studio.payments.standing import standings
from studio.ports import ports
from studio.prep import queries as prep
from studio.prep.models import PrepGuide
from studio.prep.progress import progress
from studio.prep.questionnaires import queries as questionnaires
from studio.prep.tailoring import checklist, conditional
from studio.web.filters import long_date

# What the reminder asks for, in the client's words.
_ASKS = {
    Task.GUIDE: "Open your page and read the guide: it is short.",
    Task.LIST: "Tick off your list: {open} still open.",
    Task.FORM: "Fill in the form: what we prepare depends on it.",
    Task.RELEASE: "Say yes or no to showing your pictures. Either is fine.",
    Task.PAYMENT: "Pay what is due.",
    Task.COMING: "Tell us with one press that you are coming.",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What `readiness` asks for, and what is still to be paid in all."""

    prepared: Prepared
    owed_minor: int


def prepared(session: Session, bookings: Sequence[Booking], now: datetime) -> Mapping[int, Known]:
    """What is known of each booking by its id."""
    ids = [booking.id for booking in bookings]
    done = progress(session, ids)
    guide_of = guides(session, bookings)
    lists = checklists(session, bookings, guide_of)
    heard = coming.heard(session, ids)
    asked = releases.newest_text(session) is not None
    answers = releases.answers(session, ids) if asked else {}
    money = standings(session, {booking.id: booking.currency for booking in bookings})
    found = {}
    for booking in bookings:
        of, listed = answers.get(booking.id, ()), lists.get(booking.id, frozenset())
        unpaid = money[booking.id].missing
        known = Prepared(
            starts_at=booking.starts_at,
            opened=booking.id in done.opened,
            ticked=len(listed.intersection(done.ticked.get(booking.id, ()))),
            listed=len(listed),
            form=done.form(booking.id, booking.package.session_type_id),
            # Nobody is photographed by telephone.
            release_asked=asked and not booking.is_remote,
            sitters=len(of),
            answered=sum(each.stands for each in of),
            overdue=any(each.due.due_at <= now for each in unpaid),
            coming=heard.get(booking.id, coming.NOTHING).attendance_confirmed_at,
        )
        found[booking.id] = Known(known, money[booking.id].owed.minor)
    return found


def missing_for(session: Session, booking_id: int, task: str | None = None) -> list[str]:
    """What a reminder asks a client for now, a sentence each; none once all is done.

    With the name of a *task* it reminds of that alone, and says by when.
    """
    booking, now = session.get_one(Booking, booking_id), ports().now()
    if task == Task.FORM:
        return _form_missing(session, booking)
    known = prepared(session, [booking], now)[booking.id].prepared
    left = str(known.listed - known.ticked)
    return [_ASKS[task].format(open=left) for task in readiness(known, now).missing]


def _form_missing(session: Session, booking: Booking) -> list[str]:
    asked = questionnaires.asked_of(session, booking.id, booking.package.session_type_id)
    if asked is None or asked.state is Form.IN:
        return []
    on = asked_by(booking, asked.questionnaire)
    by, many = f" by {long_date(on)}" if on else "", len(asked.open)
    if asked.state is Form.MISSING:
        return [f"Fill in the form{by}: it takes a few minutes."]
    if not many:
        return [f"Send in your form{by}: all that we need is answered."]
    return [f"Finish your form{by}: {many} {'answer is' if many == 1 else 'answers are'} missing."]


def checklists(
    session: Session, bookings: Sequence[Booking], guide_of: Mapping[int, PrepGuide]
) -> Mapping[int, frozenset[str]]:
    """The keys of what each client is asked to tick off; facts are read only if a list asks."""
    some = [
        each for each in bookings
        if each.id in guide_of and conditional(guide_of[each.id].checklist)
    ]  # fmt: skip
    known = prep_facts.of_all(session, some) if some else {}
    return {
        each: frozenset(item["key"] for item in checklist(guide, known.get(each, {})))
        for each, guide in guide_of.items()
    }


def guides(session: Session, bookings: Sequence[Booking]) -> Mapping[int, PrepGuide]:
    """The guide of each booking, by the booking's id: the one it was sent, else the newest."""
    sent, newest = prep.sent_or_newest(session, {b.guide_id for b in bookings if b.guide_id})
    found = {}
    for booking in bookings:
        guide = sent.get(booking.guide_id or 0) or newest.get(booking.package.session_type_id)
        if guide:
            found[booking.id] = guide
    return found
