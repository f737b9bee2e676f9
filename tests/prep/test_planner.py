from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from studio.db import db
from studio.messaging import placeholders
from studio.prep import planner, queries
from studio.prep.planner import BookingFacts
from studio.prep.queries import Track
from tests import factories
from tests.factories import TEN_FIFTEEN

pytestmark = pytest.mark.usefixtures("database")


def a_track() -> Track:
    return queries.newest_track(db.session(), factories.a_session_type().id, "en")


def facts(starts_at: datetime = TEN_FIFTEEN) -> BookingFacts:
    return BookingFacts(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        zone="Europe/London",
        quiet_from_minute=1200,
        quiet_to_minute=480,
    )


def test_a_track_in_the_database_becomes_messages() -> None:
    messages = planner.plan(a_track(), facts(), TEN_FIFTEEN - timedelta(days=30))

    assert [m.key for m in messages] == ["plan", "prepare", "ready", "tomorrow", "thanks"]
    assert messages[0].subject == "Plan: {session} on {day}"
    assert messages[0].due_at == TEN_FIFTEEN.replace(hour=9, minute=0) - timedelta(days=14)


def test_a_late_booking_gets_the_whole_guide_with_its_essentials_on_top() -> None:
    messages = planner.plan(a_track(), facts(), TEN_FIFTEEN - timedelta(days=5))

    assert messages[0].due_at == TEN_FIFTEEN - timedelta(days=5)
    assert "## What to wear" in messages[0].body
    assert messages[0].essentials == ("Essential of plan.", "Essential of prepare.")


@pytest.mark.parametrize("lead", [timedelta(days=5), timedelta(hours=3)])
def test_what_answers_a_late_booking_asks_only_for_values_that_there_are(lead: timedelta) -> None:
    first, *_ = planner.plan(a_track(), facts(), TEN_FIFTEEN - lead)

    assert placeholders.unknown(f"{first.subject}\n{first.body}") == []
    assert "{link}" in first.body


@pytest.mark.parametrize("lead", [timedelta(days=5), timedelta(hours=3)])
def test_where_we_come_to_the_client_nobody_is_asked_to_come(lead: timedelta) -> None:
    theirs = replace(facts(), comes_to_client=True)
    first, *_ = planner.plan(a_track(), theirs, TEN_FIFTEEN - lead)

    assert "We are with you at **{arrive_time}**." in first.body
    assert "Please come" not in first.body


def test_without_a_guide_the_track_is_planned_all_the_same() -> None:
    without = replace(a_track(), guide=None)

    messages = planner.plan(without, facts(), TEN_FIFTEEN - timedelta(days=5))

    assert messages[0].essentials == ("Essential of plan.", "Essential of prepare.")
