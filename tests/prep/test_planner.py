from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from studio.db import db
from studio.messaging import placeholders
from studio.prep import planner, queries
from studio.prep.planner import BookingFacts
from tests import factories
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("database")


def facts(starts_at: datetime = TEN_FIFTEEN) -> BookingFacts:
    kind = factories.a_session_type()
    guide = queries.guide_for(db.session(), kind.id, "en")
    assert guide is not None
    return BookingFacts(
        session_type_id=kind.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        zone="Europe/London",
        quiet_from_minute=1200,
        quiet_to_minute=480,
        guide_id=guide.id,
    )


def test_a_track_in_the_database_becomes_messages() -> None:
    messages = planner.plan(db.session(), facts(), TEN_FIFTEEN - timedelta(days=30))

    assert [m.key for m in messages] == ["plan", "prepare", "ready", "tomorrow", "thanks"]
    assert messages[0].subject == "Plan: {session} on {day}"
    assert messages[0].due_at == TEN_FIFTEEN.replace(hour=9, minute=0) - timedelta(days=14)


def test_a_late_booking_gets_the_whole_guide_with_its_essentials_on_top() -> None:
    messages = planner.plan(db.session(), facts(), TEN_FIFTEEN - timedelta(days=5))

    assert messages[0].due_at == TEN_FIFTEEN - timedelta(days=5)
    assert "## What to wear" in messages[0].body
    assert messages[0].essentials == (
        "Bring two plain tops.",
        "Sleep well.",
        "Come ten minutes early.",
        "Essential of plan.",
        "Essential of prepare.",
    )


@pytest.mark.parametrize("lead", [timedelta(days=5), timedelta(hours=3)])
def test_what_answers_a_late_booking_asks_only_for_values_that_there_are(lead: timedelta) -> None:
    first, *_ = planner.plan(db.session(), facts(), TEN_FIFTEEN - lead)

    assert placeholders.unknown(f"{first.subject}\n{first.body}") == []
    assert "{link}" in first.body


def test_without_a_guide_the_track_is_planned_all_the_same() -> None:
    bare = facts()
    kind = factories.a_session_type().id
    without = BookingFacts(
        session_type_id=kind,
        starts_at=bare.starts_at,
        ends_at=bare.ends_at,
        zone=bare.zone,
        quiet_from_minute=1200,
        quiet_to_minute=480,
        guide_id=None,
    )

    messages = planner.plan(db.session(), without, TEN_FIFTEEN - timedelta(days=5))

    assert messages[0].essentials == ("Essential of plan.", "Essential of prepare.")
