"""Every route against everybody: who is let in, and who is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from studio.accounts.permissions import Action, Role, allows
from studio.web.guards import Audience, Policy, policy_of
from tests import factories, people
from tests.browsing import Browser


@pytest.fixture(autouse=True)
def studio(app: Flask, rolled_back: None) -> None:
    with app.app_context():
        factories.a_studio()


def routes(app: Flask, method: str) -> Iterator[tuple[Rule, str, Policy]]:
    """Every rule with a path that fits it, and its policy."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            values = {name: a_value(each) for name, each in rule._converters.items()}
            policy = cast("Policy", policy_of(app, rule.endpoint))
            yield rule, adapter.build(rule.endpoint, values, method=method), policy


def a_value(converter: BaseConverter) -> object:
    if isinstance(converter, IntegerConverter):
        return 1
    return min(converter.items) if isinstance(converter, AnyConverter) else "no-such-thing"


def test_below_office_there_is_nothing_public_but_the_door(app: Flask) -> None:
    office = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/office")
        and cast("Policy", policy_of(app, rule.endpoint)).audience is not Audience.STAFF
    }
    assert office == {"accounts.sign_in", "accounts.sign_out"}


def test_every_route_for_staff_names_an_action_that_exists(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        policy = cast("Policy", policy_of(app, rule.endpoint))
        if policy.audience is Audience.STAFF:
            assert policy.action in set(Action), rule.endpoint
            assert rule.rule.startswith(("/office", "/api/")), rule.endpoint


def test_a_stranger_is_shown_nothing_but_what_is_public(app: Flask, browser: Browser) -> None:
    for rule, path, policy in routes(app, "GET"):
        if policy.audience is Audience.PUBLIC:
            continue
        response = browser.client.get(path)
        if policy.audience is Audience.STAFF:
            assert response.status_code == 303, rule.rule
            assert response.headers["Location"].startswith("/office/sign-in"), rule.rule
            assert response.headers["Cache-Control"] == "no-store", rule.rule
        else:
            assert response.status_code == 404, rule.rule


def test_a_stranger_changes_nothing_of_the_staffs(app: Flask, browser: Browser) -> None:
    for rule, path, policy in routes(app, "POST"):
        if policy.audience is Audience.STAFF:
            response = browser.client.post(path)
            assert response.status_code == 303, rule.rule
            assert response.headers["Location"] == "/office/sign-in", rule.rule


@pytest.mark.parametrize("role", Role)
def test_each_role_is_let_in_where_the_table_says(app: Flask, browser: Browser, role: Role) -> None:
    with app.app_context():
        photographer = factories.a_photographer().id
    people.sign_in(
        browser, people.add(app, role, photographer if role is Role.PHOTOGRAPHER else None)
    )
    for rule, path, policy in routes(app, "GET"):
        if policy.audience is Audience.STAFF:
            status = browser.client.get(path).status_code
            if allows(role, Action(policy.action)):
                assert status in {200, 303, 404}, (rule.rule, status)
            else:
                assert status == 403, (rule.rule, status)
    for rule, path, policy in routes(app, "POST"):
        if policy.audience is Audience.STAFF:
            # Whoever may is stopped by the missing token next, and nothing happens.
            expected = 400 if allows(role, Action(policy.action)) else 403
            assert browser.client.post(path).status_code == expected, rule.rule
