from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.prep_plan import (
    FEW,
    Anchor,
    PlannedMessage,
    QuietHours,
    SessionFacts,
    Step,
    Words,
    held_back,
    plan,
    wall_time,
)

LONDON = ZoneInfo("Europe/London")
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
]
NIGHT = QuietHours(1200, 480)
LATE = Words("late", "late body")
SOON = Words("soon", "soon body")

# Dates around the changes of the clock in those zones, and others.
DAYS = [
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 4, 24),
    date(2026, 9, 6),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 10, 30),
    date(2026, 11, 1),
    date(2026, 12, 8),
    date(2027, 1, 1),
]


def before(key: str, days: int, minute: int = 540) -> Step:
    return a_step(key, Anchor.BEFORE, days=days, minute=minute)


def after(key: str, hours: int) -> Step:
    return a_step(key, Anchor.AFTER, hours=hours)


def a_step(key: str, anchor: Anchor, days: int = 0, hours: int = 0, minute: int = 540) -> Step:
    return Step(
        key=key,
        anchor=anchor,
        days=days,
        hours=hours,
        minute=minute,
        subject=f"{key} subject",
        body=f"{key} body",
        essentials=(f"{key} 1", f"{key} 2"),
    )


TRACK = [
    before("plan", 14),
    before("prepare", 7),
    before("ready", 3),
    before("tomorrow", 1),
    after("thanks", 2),
]

# A Tuesday, quarter past ten to quarter past eleven in London, with the winter clock.
SESSION = datetime(2026, 12, 8, 10, 15, tzinfo=UTC)


def facts(
    now: datetime,
    starts_at: datetime = SESSION,
    minutes: int = 60,
    zone: ZoneInfo = LONDON,
    quiet: QuietHours = NIGHT,
) -> SessionFacts:
    return SessionFacts(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        zone=zone,
        quiet=quiet,
        now=now,
        late=LATE,
        soon=SOON,
        essentials=("guide 1",),
    )


def planned(**lead: float) -> list[PlannedMessage]:
    return plan(TRACK, facts(SESSION - timedelta(**lead)))


def seen(messages: list[PlannedMessage], zone: ZoneInfo = LONDON) -> list[tuple[str, str]]:
    return [(m.subject, f"{m.due_at.astimezone(zone):%a %d %b %H:%M}") for m in messages]


THANKS = ("thanks subject", "Tue 08 Dec 13:15")


def test_booked_a_month_ahead_every_step_has_its_own_message() -> None:
    messages = planned(days=30)

    assert seen(messages) == [
        ("plan subject", "Tue 24 Nov 09:00"),
        ("prepare subject", "Tue 01 Dec 09:00"),
        ("ready subject", "Sat 05 Dec 09:00"),
        ("tomorrow subject", "Mon 07 Dec 09:00"),
        THANKS,
    ]
    assert all(message.essentials == () for message in messages)
    assert [message.use_by for message in messages] == [SESSION] * 4 + [None]


def test_booked_ten_days_ahead_the_plan_stands_on_top_of_the_guide() -> None:
    messages = planned(days=10)

    assert seen(messages)[0] == ("prepare subject", "Tue 01 Dec 09:00")
    assert messages[0].essentials == ("plan 1", "plan 2")
    assert [m.key for m in messages] == ["prepare", "ready", "tomorrow", "thanks"]


def test_booked_six_days_ahead_one_merged_guide_answers_the_booking() -> None:
    messages = planned(days=6)

    assert seen(messages) == [
        ("late", "Wed 02 Dec 10:15"),
        ("ready subject", "Sat 05 Dec 09:00"),
        ("tomorrow subject", "Mon 07 Dec 09:00"),
        THANKS,
    ]
    assert messages[0].key == "prepare"
    # What the guide says in short, these say already.
    assert messages[0].essentials == ("plan 1", "plan 2", "prepare 1", "prepare 2")


def test_a_guide_sent_at_once_says_its_own_lines_where_no_step_has_any() -> None:
    bare = [replace(each, essentials=()) for each in TRACK]

    late = plan(bare, facts(SESSION - timedelta(days=6)))[0]

    assert (late.subject, late.essentials) == ("late", ("guide 1",))


def test_booked_seven_days_ahead_just_after_the_guide_left_it_is_sent_at_once() -> None:
    assert seen(planned(days=7))[0] == ("late", "Tue 01 Dec 10:15")


def test_booked_on_the_morning_of_the_guide_less_than_a_week_ahead_there_is_only_one() -> None:
    early = SESSION.replace(hour=8, minute=30)

    messages = plan(TRACK, facts(early - timedelta(days=7) + timedelta(minutes=10), early))

    assert seen(messages)[:2] == [
        ("late", "Tue 01 Dec 08:40"),
        ("ready subject", "Sat 05 Dec 09:00"),
    ]
    assert messages[0].essentials[-2:] == ("prepare 1", "prepare 2")


def test_booked_twenty_hours_ahead_the_day_before_says_it_all() -> None:
    messages = planned(hours=20)

    assert seen(messages) == [("tomorrow subject", "Mon 07 Dec 14:15"), THANKS]
    # Five lines are enough, those of the nearest steps before others.
    assert messages[0].essentials == ("guide 1", "ready 1", "ready 2", "prepare 1", "prepare 2")


def test_booked_three_hours_ahead_nothing_says_tomorrow_and_thanks_wait_a_day() -> None:
    messages = planned(hours=3)

    assert seen(messages) == [
        ("soon", "Tue 08 Dec 07:15"),
        ("thanks subject", "Wed 09 Dec 08:00"),
    ]
    assert "tomorrow 2" in messages[0].essentials


def test_booked_at_night_the_guide_still_answers_at_once() -> None:
    assert seen(planned(days=2, hours=11))[0] == ("late", "Sat 05 Dec 23:15")


def test_the_clock_on_the_wall_is_kept_over_the_change_of_the_hour() -> None:
    monday = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)

    messages = plan(TRACK, facts(monday - timedelta(days=30), monday))

    assert [m.due_at.hour for m in messages[:4]] == [8, 8, 8, 8 + 1]


def test_quiet_hours_hold_a_step_back_to_the_next_opening() -> None:
    track = [before("early", 2, 6 * 60), before("late", 1, 21 * 60)]

    messages = plan(track, facts(SESSION - timedelta(days=9)))

    assert seen(messages) == [
        ("early subject", "Sun 06 Dec 08:00"),
        ("late subject", "Tue 08 Dec 08:00"),
    ]


def test_a_step_held_until_the_session_began_is_carried_by_the_one_before() -> None:
    track = [before("prepare", 7), before("morning", 0, 7 * 60)]
    at_eight = SESSION.replace(hour=8, minute=0)

    messages = plan(track, facts(SESSION - timedelta(days=30), at_eight))

    assert [m.key for m in messages] == ["prepare"]
    assert messages[0].essentials == ("morning 1", "morning 2")


def test_two_steps_on_one_day_become_the_later_one() -> None:
    track = [before("noon", 3, 720), before("morning", 3, 540)]

    messages = plan(track, facts(SESSION - timedelta(days=30)))

    assert [(m.key, m.essentials) for m in messages] == [("noon", ("morning 1", "morning 2"))]


def test_an_evening_session_is_thanked_in_the_morning() -> None:
    evening = SESSION.replace(hour=18)

    messages = plan(TRACK, facts(SESSION - timedelta(days=30), evening))

    assert seen(messages)[-1] == ("thanks subject", "Wed 09 Dec 08:00")


def test_a_session_that_has_begun_is_prepared_no_more() -> None:
    messages = plan(TRACK, facts(SESSION + timedelta(minutes=5)))

    assert seen(messages) == [THANKS]


@pytest.mark.parametrize(
    ("zone", "day", "minute", "shown"),
    [
        ("Europe/London", date(2026, 3, 29), 90, "02:30"),
        ("Africa/Cairo", date(2026, 4, 24), 30, "01:30"),
        ("America/Santiago", date(2026, 9, 6), 0, "01:00"),
        ("Australia/Lord_Howe", date(2026, 10, 4), 135, "02:45"),
    ],
)
def test_a_reading_that_spring_skips_comes_after_the_jump(
    zone: str, day: date, minute: int, shown: str
) -> None:
    there = ZoneInfo(zone)

    assert f"{wall_time(day, minute, there).astimezone(there):%H:%M}" == shown


def test_of_a_reading_that_autumn_repeats_the_first_counts() -> None:
    assert wall_time(date(2026, 10, 25), 90, LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


QUIETS = st.builds(QuietHours, st.integers(18 * 60, 1439), st.integers(1, 11 * 60))


@st.composite
def tracks(draw: st.DrawFn) -> list[Step]:
    offsets = draw(
        st.lists(
            st.tuples(st.integers(0, 30), st.integers(0, 1439)), unique=True, min_size=1, max_size=6
        )
    )
    ahead = [before(f"b{n}", *offset) for n, offset in enumerate(offsets)]
    hours = draw(st.lists(st.integers(0, 72), unique=True, max_size=3))
    return ahead + [after(f"a{n}", at) for n, at in enumerate(hours)]


@st.composite
def sessions(draw: st.DrawFn) -> SessionFacts:
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    day = draw(st.sampled_from(DAYS)) + timedelta(days=draw(st.integers(-3, 16)))
    starts_at = datetime.combine(day, time(draw(st.integers(0, 23)), 15), zone).astimezone(UTC)
    lead = draw(
        st.one_of(
            st.integers(1, 72 * 60), st.integers(72 * 60, 16 * 1440), st.integers(1, 120 * 1440)
        )
    )
    return facts(
        starts_at - timedelta(minutes=lead),
        starts_at,
        draw(st.integers(15, 300)),
        zone,
        draw(st.one_of(st.just(NIGHT), QUIETS)),
    )


def minute_of(instant: datetime, zone: ZoneInfo) -> int:
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute


@settings(max_examples=150, deadline=None)
@given(tracks(), sessions())
def test_nothing_is_sent_in_quiet_hours_unless_it_answers_the_booking(
    track: list[Step], session: SessionFacts
) -> None:
    for message in plan(track, session):
        quiet = session.quiet.hold(minute_of(message.due_at, session.zone))
        assert not quiet or message.due_at == session.now


@settings(max_examples=150, deadline=None)
@given(tracks(), sessions())
def test_nobody_gets_two_on_one_day_and_they_leave_in_order(
    track: list[Step], session: SessionFacts
) -> None:
    messages = plan(track, session)

    days = [session.day(message.due_at) for message in messages]
    assert len(set(days)) == len(days)
    assert days == sorted(days)
    assert all(message.due_at >= session.now for message in messages)


@settings(max_examples=150, deadline=None)
@given(tracks(), sessions())
def test_nothing_that_prepares_comes_after_the_start(
    track: list[Step], session: SessionFacts
) -> None:
    for message in plan(track, session):
        if message.key.startswith("b"):
            assert message.due_at < session.starts_at
            assert message.use_by == session.starts_at
        else:
            assert message.due_at >= session.ends_at
            assert message.use_by is None


@settings(max_examples=150, deadline=None)
@given(tracks(), sessions())
def test_every_step_has_its_message_or_its_essentials_stand_on_one(
    track: list[Step], session: SessionFacts
) -> None:
    messages = plan(track, session)

    carried = Counter(line for message in messages for line in message.essentials)
    own = {message.subject for message in messages}
    answers = [each for each in messages if each.use_by and each.due_at == session.now]
    short = [each for each in answers if session.days_left <= 1]
    assert all(len(each.essentials) <= FEW for each in short)
    cut = {key for each in short for key in each.steps}
    for step in track:
        times = {carried[line] for line in step.essentials}
        wanted = {0} if step.subject in own else {1}
        assert times <= {0, 1} if step.key in cut else times == wanted
    keys = [message.key for message in messages]
    assert len(set(keys)) == len(keys)


@settings(max_examples=100, deadline=None)
@given(tracks(), sessions())
def test_a_step_with_its_own_words_stands_at_its_own_time(
    track: list[Step], session: SessionFacts
) -> None:
    due = {message.key: message.due_at for message in plan(track, session)}
    for step in track:
        if step.anchor is Anchor.BEFORE and due.get(step.key, session.now) > session.now:
            day = session.day(session.starts_at) - timedelta(days=step.days)
            meant = wall_time(day, step.minute, session.zone)
            assert due[step.key] == held_back(meant, session.zone, session.quiet)


@settings(max_examples=150, deadline=None)
@given(tracks(), sessions(), st.floats(0, 1))
def test_planning_anew_after_some_have_left_changes_nothing_of_the_rest(
    track: list[Step], session: SessionFacts, share: float
) -> None:
    """Whoever plans again at any moment, as of then, and leaves out what the client has had."""
    messages = plan(track, session)
    cut = session.now + (session.ends_at + timedelta(days=4) - session.now) * share
    had = {key for each in messages if each.due_at <= cut for key in each.steps}

    again = {each.key: each for each in plan(track, session, had)}

    for each in messages:
        if each.due_at > cut:
            assert again[each.key] == each
    new = set(again) - {each.key for each in messages}
    assert new <= had


@settings(max_examples=100, deadline=None)
@given(tracks(), sessions())
def test_the_order_of_the_track_makes_no_difference(
    track: list[Step], session: SessionFacts
) -> None:
    assert plan(list(reversed(track)), session) == plan(track, session)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),
    QUIETS,
)
def test_holding_back_is_never_earlier_nor_longer_than_a_night(
    name: str, naive: datetime, quiet: QuietHours
) -> None:
    instant, zone = naive.replace(tzinfo=UTC), ZoneInfo(name)

    held = held_back(instant, zone, quiet)

    assert instant <= held <= instant + timedelta(hours=19)
    assert not quiet.hold(minute_of(held, zone))
    assert (held == instant) == (not quiet.hold(minute_of(instant, zone)))
