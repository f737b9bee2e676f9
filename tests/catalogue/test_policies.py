"""Policies in the office: written as lines, kept as versions, followed by session types."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from studio.accounts.permissions import Role
from studio.catalogue import policy_text
from studio.catalogue.models import SessionType
from studio.catalogue.policies import PolicyVersion, in_force
from studio.db import db
from studio.domain.policy import CancelBand, Deposit, Fee, MoveBand
from tests import factories, people
from tests.browsing import Browser
from tests.domain.policies import STUDIO

PATH = "/office/packages/policies/studio"

hours = st.lists(st.integers(1, 8760), unique=True, max_size=6).map(
    lambda found: [*sorted(found, reverse=True), 0]
)
fees = st.one_of(
    st.just(Fee()),
    st.just(Fee(forfeits=True)),
    st.builds(lambda percent: Fee(percent=percent), st.integers(1, 100)),
    st.builds(lambda times: Fee(minor=times * 10), st.integers(1, 9_999)),
)


@given(hours, st.data())
def test_bands_are_read_as_they_are_written(at: list[int], data: st.DataObject) -> None:
    cancel = tuple(
        CancelBand(each, data.draw(st.sampled_from(Deposit)), crew=data.draw(st.booleans()))
        for each in at
    )
    move = tuple(MoveBand(each, data.draw(fees)) for each in at)

    assert policy_text.cancel_bands(policy_text.write_cancel(cancel)) == cancel
    for currency in ("GBP", "JPY", "KWD"):
        written = policy_text.write_move(move, currency)
        assert policy_text.move_bands(written, currency) == move


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "1 to 8 lines"),
        ("\n".join(["0: kept"] * 9), "1 to 8 lines"),
        ("72 hours: kept", "for 0 hours"),
        ("soon: kept\n0: kept", "should read like"),
        ("3 days: kept\n72 hours: returned\n0: kept", "twice"),
        ("0: eaten", "neither returned"),
        ("9999 days: kept\n0: kept", "A year ahead"),
    ],
)
def test_odd_bands_are_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        policy_text.cancel_bands(text)


@pytest.mark.parametrize("said", ["", "-5", "65.123", "101%", "cheap", "£", "1e3", "٣"])
def test_odd_fees_are_refused_in_words(said: str) -> None:
    with pytest.raises(ValueError, match="is no fee"):
        policy_text.fee(said, "GBP")


@pytest.fixture
def manager(app: Flask, rolled_back: None) -> Browser:
    with app.app_context():
        factories.a_bookable_package()
    return people.signed_in(app, Role.MANAGER)


def versions(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(PolicyVersion.version).order_by(PolicyVersion.id)))


def test_policies_stand_in_words(manager: Browser) -> None:
    words = manager.get("/office/packages/policies").words

    assert "In the studio" in words
    assert "Cancel 14 days or more ahead, and your deposit becomes a credit for 90 days." in words
    assert "Actor headshot" in words


def test_saved_unchanged_it_is_the_same_version(app: Flask, manager: Browser) -> None:
    manager.submit(manager.get(PATH))

    assert versions(app) == [1]
    with app.app_context():
        assert in_force(db.session(), "studio").policy == STUDIO


def test_a_change_is_a_new_version_and_bookings_keep_theirs(
    app: Flask, manager: Browser, browser: Browser
) -> None:
    with app.app_context():
        before = factories.a_hold()
        slug, policy_id = before.package.slug, before.policy_id
    page = manager.get(PATH)
    changed = {"move": "48 hours: free\n0: £80", "cancel": "2 days: returned\n0: kept"}
    said = manager.follow(manager.submit(page, changed))

    assert "saved as version 2" in said.words
    assert versions(app) == [1, 2]
    assert (
        "Moving your session once is free until 48 hours before."
        in browser.get(f"/packages/{slug}").words
    )
    with app.app_context():
        assert factories.booking_of(before.reference).policy_id == policy_id
        later = factories.a_hold(starts_at=factories.days_after(days=3))
        assert later.policy.version == 2


def test_a_ticked_type_follows_it(app: Flask, manager: Browser) -> None:
    with app.app_context():
        factories.kept(
            PolicyVersion(
                key="short", version=1, name="Short", rules=STUDIO.to_json(),
                created_at=factories.TEN_FIFTEEN,
            )
        )  # fmt: skip
        kind = db.session.scalars(select(SessionType.id)).first()
    manager.submit(manager.get("/office/packages/policies/short"), {"types": str(kind)})

    with app.app_context():
        assert db.session.get_one(SessionType, kind).policy_key == "short"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("cancel", "72 hours: kept"), ("cancel", "0: eaten"), ("move", "0: cheap"),
        ("again", "-1"), ("cooling_off_hours", "x"), ("credit_days", "0"), ("most_moves", "21"),
        ("grace_percent", "101"), ("name", ""),
    ],
)  # fmt: skip
def test_what_is_odd_is_refused_and_kept(
    app: Flask, manager: Browser, field: str, typed: str
) -> None:
    page = manager.submit(manager.get(PATH), {field: typed}, status=422)

    assert page.one(f"#{field}-error").text.strip()
    assert page.fields(page.form())[field].strip() == typed
    assert versions(app) == [1]


def test_a_policy_that_nobody_made_is_not_found(manager: Browser) -> None:
    manager.get("/office/packages/policies/nobody", 404)
