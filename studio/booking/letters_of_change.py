"""What a booking writes when what was booked is changed, planned in the transaction that does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from studio.booking import letters_of_crew, letters_of_money, replanning
from studio.booking.effects import Effect
from studio.booking.letter_facts import facts_of
from studio.booking.models import Booking
from studio.booking.posting import calendar_of, to_client, to_photographer, written_so_far
from studio.domain.money import Money
from studio.messaging import outbox
from studio.messaging.models import MessageKind
from studio.payments import ledger
from studio.web.filters import money
from studio.web.text import one_line


def plan_anew(session: Session, booking: Booking, now: datetime) -> None:
    """Plan what prepares for a session that is otherwise by now, and what asks for its money."""
    replanning.replan(session, booking, now)
    if booking.covered is None:
        letters_of_money.ask_anew(session, booking, now)


def altered(
    session: Session, booking: Booking, effect: Effect, goes_back: Money, now: datetime
) -> None:
    """Tell client, photographer and crew what is otherwise, and the client of the money."""
    facts = facts_of(session, booking, ledger.paid(session, booking.id, booking.currency))
    number = written_so_far(session, booking, "altered")
    changes = [one_line(each) for each in effect.changes]
    entry = {"calendar": calendar_of(facts, now)} if effect.entry_changed else {}
    to_client(
        session, facts, "altered", MessageKind.CHANGE, now,
        link_to="pay" if facts.owed else "booking",
        changes=changes,
        when=facts.when() if effect.entry_changed else [],
        price=facts.price() if effect.more else [],
        goes_back=money(goes_back) if goes_back else "",
        surplus=_surplus(effect, goes_back),
        policy=[*facts.terms.cancelling(now)] if effect.after.crew != effect.before.crew else [],
        pay=bool(facts.owed),
        number=number,
        **entry,
    )  # fmt: skip
    to_photographer(session, facts, "staff_altered", now, changes=changes, number=number)
    outbox.post_all(session, letters_of_crew.news(session, facts, now), now)


def _surplus(effect: Effect, goes_back: Money) -> str:
    """What was paid beyond the price and is still to be decided about."""
    left = effect.after.surplus - goes_back
    return money(left) if left.minor > 0 else ""
