from __future__ import annotations

from datetime import UTC, datetime

import pytest

from studio.db import db
from studio.prep import queries
from studio.prep.models import PrepGuide
from studio.prep.sections import Section, sections
from tests import factories
from tests.office.counting import questions


def a_guide(session_type_id: int, version: int, language: str = "en") -> PrepGuide:
    return factories.kept(
        PrepGuide(
            session_type_id=session_type_id,
            language=language,
            version=version,
            title=f"{language} {version}",
            intro="",
            essentials=[],
            checklist=[],
            body="",
            created_at=datetime(2026, 2, 1, tzinfo=UTC),
        )
    )


@pytest.mark.usefixtures("database")
def test_the_newest_version_in_the_clients_language_is_shown_else_in_english() -> None:
    kind = factories.a_session_type().id
    a_guide(kind, 2)
    a_guide(kind, 1, "fr")

    shown = {
        language: queries.guide_for(db.session(), kind, language) for language in ("en", "fr", "de")
    }

    assert {language: guide and guide.title for language, guide in shown.items()} == {
        "en": "en 2",
        "fr": "fr 1",
        "de": "en 2",
    }
    assert queries.guide_for(db.session(), kind + 999, "en") is None
    assert queries.newest_guides(db.session())[kind].version == 2


@pytest.mark.usefixtures("database")
def test_lists_of_guides_read_neither_old_versions_nor_long_texts() -> None:
    kind, other = factories.a_session_type().id, factories.a_session_type().id
    newest = a_guide(kind, 2).id
    a_guide(kind, 3, "fr")
    db.session.expunge_all()

    with questions() as sent:
        guides = queries.newest_guides(db.session())
        listed = {each: guide.checklist for each, guide in guides.items()}
        queries.sent_or_newest(db.session(), {newest})

    assert guides[kind].id == newest
    assert set(listed) == {kind, other}
    assert len([each for each in db.session if isinstance(each, PrepGuide)]) == 2
    asked = [each for each in sent if each.startswith("SELECT")]
    assert len(asked) == 2
    assert not any("body" in each for each in asked)


@pytest.mark.usefixtures("database")
def test_a_track_stands_in_the_order_in_which_it_is_sent() -> None:
    kind = factories.a_session_type().id

    keys = [step.key for step in queries.steps_of(db.session(), kind)]

    assert keys == ["plan", "prepare", "ready", "tomorrow", "thanks"]


def test_a_guide_is_cut_at_its_headings() -> None:
    body = (
        "First of all.\n\n## What to wear\n\nPlain.\n\n### Collars\n\nYes.\n\n"
        "## Empty\n\n## Bring ##\n- Water"
    )

    assert sections(body) == [
        Section("", "First of all."),
        Section("What to wear", "Plain.\n\n### Collars\n\nYes."),
        Section("Bring", "- Water"),
    ]


def test_a_guide_without_headings_is_one_section_and_an_empty_one_none() -> None:
    assert sections("Just come.") == [Section("", "Just come.")]
    assert sections("") == []
