"""Workers that are killed while they send, against a real mail server: the small campaign."""

from __future__ import annotations

import pytest
from flask import Flask

from bench import mail_storm
from studio.db import db
from tests import factories

pytestmark = pytest.mark.concurrency


def test_what_killed_workers_sent_is_neither_lost_nor_twice_without_reason(
    committed: Flask,
) -> None:
    with committed.app_context():
        factories.a_studio()
        mail_storm.post(60)
        url = db.engine.url.render_as_string(hide_password=False)
        db.session.remove()

    outcome = mail_storm.storm(url, workers=2, every=6, lease=mail_storm.LEASE / 3)

    assert outcome.ok, outcome
    assert outcome.messages == 60
    assert outcome.kills > 1
