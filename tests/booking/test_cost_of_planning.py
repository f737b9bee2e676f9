"""What planning one booking's messages asks the database, counted and not timed."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from studio.booking import letters_of_prep, replanning
from studio.booking.models import Booking
from studio.db import db, transaction
from studio.messaging.models import Message
from studio.prep.models import PrepGuide
from studio.scheduling.models import ResourceKind
from tests import factories
from tests.booking.test_cost_of_settling import asked
from tests.clock import START
from tests.office.counting import questions

pytestmark = pytest.mark.usefixtures("database")

# Reading the booking itself is one of them.
PLANNING = 9
# What is there already is read, too.
ANEW = 10


@pytest.fixture
def booking_id() -> int:
    """A session outdoors with make-up, whose guide hangs on what is known of it."""
    artist = factories.a_resource(ResourceKind.ARTIST, hours=((0, 1439),))
    make_up, place = factories.make_up(artist), factories.a_place()
    package = factories.a_bookable_package(deposit_percent=0, add_ons=[make_up], place=place)
    booking = factories.a_confirmed_booking(package, add_ons=[make_up.slug])
    guide = db.session.scalars(select(PrepGuide)).one()
    guide.checklist = [*guide.checklist, {"key": "boots", "text": "Boots", "when": "outdoors"}]
    guide.body += "\n\n## Lenses {when: first visit}\n\nClean."
    db.session.commit()
    return booking.id


def test_planning_from_nothing_asks_few_questions(booking_id: int) -> None:
    with transaction() as session:
        session.execute(delete(Message))
    db.session.close()

    with transaction() as session, questions() as sent:
        letters_of_prep.plan_prep(session, session.get_one(Booking, booking_id), START)

    listed = "\n".join(" ".join(each.split())[:100] for each in asked(sent))
    assert len(asked(sent)) <= PLANNING, listed
    said = db.session.scalars(select(Message).where(Message.step == "plan")).one().context
    assert said["values"]["checklist"][-1] == "Boots"


def test_planning_anew_asks_few_more(booking_id: int) -> None:
    db.session.close()

    with transaction() as session, questions() as sent:
        replanning.replan(session, session.get_one(Booking, booking_id), START)

    listed = "\n".join(" ".join(each.split())[:100] for each in asked(sent))
    assert len(asked(sent)) <= ANEW, listed
