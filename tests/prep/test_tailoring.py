"""What of a guide one client gets, by what is known of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from studio.domain.conditions import FACTS, Known
from studio.domain.prep_plan import Anchor
from studio.prep import marks, tailoring
from studio.prep.models import PrepGuide, PrepStep
from studio.prep.queries import Track
from studio.prep.sections import Section, sections
from studio.prep.tailoring import tailored

BODY = """## What to wear

Bring what you have.

Bring all of them. {when: looks more than 1}

- A light top
- A plain lead {when: pets}
    - and a ball
- A dark top

## Glasses {when: glasses}

If you wear them, clean them.

## Beard {When: surely beard}

As we know you have one.

## Health and safety {when: pets}

Tell us all. {when: glasses}

## For make-up {when: make-up}

Come bare. {when: make-up}"""


def a_guide() -> PrepGuide:
    return PrepGuide(
        session_type_id=1,
        version=1,
        title="Ready",
        intro="Soon.",
        essentials=["Sleep.", "Clean your glasses. {when: glasses}"],
        checklist=[
            {"key": "a", "text": "Slept", "note": ""},
            {"key": "b", "text": "Glasses clean", "note": "Both", "when": "glasses"},
            {"key": "c", "text": "Told us of allergies", "when": "pets"},
            {"key": "d", "text": "Cream", "note": "If no allergy", "when": "pets"},
        ],
        body=BODY,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def a_step(**changes: object) -> PrepStep:
    given = {"key": "k", "anchor": Anchor.BEFORE, "subject": "", "body": "", "essentials": [],
             "condition": ""} | changes  # fmt: skip
    return PrepStep(**given)


def told(known: Known) -> tuple[list[str], list[str], list[str]]:
    shown = tailored(a_guide(), known)
    return (
        [each.title for each in shown.sections],
        [each["key"] for each in shown.checklist],
        list(shown.essentials),
    )


def test_what_nobody_knows_is_left_in_without_a_mark() -> None:
    shown = tailored(a_guide(), {})

    assert told({}) == (
        ["What to wear", "Glasses", "Health and safety", "For make-up"],
        ["a", "b", "c", "d"],
        ["Sleep.", "Clean your glasses."],
    )
    assert "{" not in shown.body
    assert "- A light top\n- A plain lead\n    - and a ball\n- A dark top" in shown.body


def test_what_surely_does_not_concern_a_client_is_left_out_but_safety() -> None:
    nothing: Known = {"glasses": False, "pets": "no", "make up": False, "looks": 1}
    shown = tailored(a_guide(), nothing)

    assert told(nothing) == (
        ["What to wear", "Health and safety"],
        ["a", "c", "d"],
        ["Sleep."],
    )
    assert "Bring all of them" not in shown.body
    assert "lead" not in shown.body
    assert "ball" not in shown.body
    assert "- A light top\n- A dark top" in shown.body
    assert shown.body.endswith("## Health and safety\n\nTell us all.")


def test_what_is_only_for_whom_we_know_waits_until_we_do() -> None:
    assert "Beard" in told({"beard": True})[0]
    assert "Beard" not in told({})[0]


def test_a_section_of_which_nothing_is_left_has_no_heading() -> None:
    body = "## Animals\n\nA lead. {when: pets}\n\n## Rest\n\nSleep."

    assert tailoring.words(body, {"pets": False}) == "## Rest\n\nSleep."
    assert tailoring.words("Hello {first_name},\n\n\n bye", {}) == "Hello {first_name},\n\n\n bye"


def test_what_lies_under_a_hidden_item_goes_with_it_in_a_loose_list_too() -> None:
    loose = (
        "Bring:\n\n- A lead {when: pets}\n\n  - A ball\n\n  It may wait in the yard.\n\n- A top"
        "\n\n  - A scarf\n\nSleep."
    )

    assert tailoring.words(loose, {"pets": False}) == ("Bring:\n\n- A top\n\n  - A scarf\n\nSleep.")
    assert tailoring.words(loose, {"pets": True}) == loose.replace(" {when: pets}", "")


def test_safety_under_a_condition_is_said_to_everybody() -> None:
    nothing: Known = {"pets": False}
    section = "## Make-up {when: surely make-up}\n\nTell us about every allergy.\n\nCome bare."
    nested = (
        "- A lead {when: pets}\n    - In an emergency, ring.\n    - A ball {when: pets}\n- A top"
    )

    assert tailoring.words(section, nothing) == section.replace(" {when: surely make-up}", "")
    assert tailoring.words(nested, nothing) == ("- A lead\n    - In an emergency, ring.\n- A top")
    for said in (
        {"body": "Tell us about every allergy."},
        {"essentials": ["In an emergency, ring."]},
    ):
        assert tailoring.concerns(a_step(condition="pets", **said), nothing)


def test_a_heading_is_known_without_its_mark() -> None:
    assert sections("## Glasses {when: glasses} ##\n\nClean.") == [
        Section("Glasses", "Clean.", "glasses")
    ]
    assert marks.cut("One {when: a} two {when: b}") == ("One two", "(a) and (b)")


def test_a_track_depends_on_facts_where_any_of_its_words_do() -> None:
    for steps in ([a_step(condition="pets")], [a_step(body="A {when: pets}")],
                  [a_step(essentials=["A {when: pets}"])]):  # fmt: skip
        assert tailoring.depends(Track(None, steps))
    assert tailoring.depends(Track(a_guide(), []))
    assert not tailoring.depends(Track(None, [a_step()]))
    assert not tailoring.concerns(a_step(condition="pets"), {"pets": False})
    assert tailoring.concerns(a_step(condition="pets"), {})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("## Glasses {when: glases}", "Nobody knows “glases”. Did you mean “glasses”?"),
        ("- A {when: zebra}", "Nobody knows “zebra”."),
        ("A {when: }", "A name is missing, such as glasses."),
        ("A {when: (pets}", "A bracket is not closed. It says “(pets”."),
        ("A {when pets}", "{when pets} is printed as it stands."),
        ("A {if: pets}", "{if: pets} is printed as it stands."),
        ("A {when: pets", "{when: pets is printed as it stands."),
        ("## Safety {when: pets}\n\nAll.", "This speaks of safety"),
        ("Tell us of allergies. {when: pets}", "This speaks of safety"),
        ("## Make-up {when: pets}\n\nTell us of allergies.", "“Make-up” speaks of safety"),
        ("- A lead {when: pets}\n    - For safety", "This speaks of safety"),
        ("## Safety\n\nAll. {when: pets}", "All of “Safety” is said to everybody"),
    ],
)
def test_what_is_wrong_with_a_mark_is_told(written: str, said: str) -> None:
    assert any(said in each for each in tailoring.mistakes(written, FACTS))


def test_a_guide_that_is_right_has_nothing_wrong() -> None:
    right = BODY.replace("safety {when: pets}", "safety").replace("all. {when: glasses}", "all.")

    assert tailoring.mistakes(right, FACTS) == []
