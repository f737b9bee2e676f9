"""The demo studio's prep tracks: every step in its place, with words that can be filled in."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pytest

from studio.domain.conditions import FACTS
from studio.prep import marks, tailoring
from tests.demo.content import CODES, GUIDES, PACKAGES, TALKS, TRACKS, TYPES, sections

PLACEHOLDERS = {
    "first_name",
    "session",
    "day",
    "time",
    "arrive_time",
    "photographer",
    "place",
    "studio",
    "balance",
    "balance_due",
    "link",
    "checklist",
    "essentials",
    "proofs",
    "phone",
}
STEPS = ("plan", "prepare", "ready", "tomorrow", "thanks")
# Days before the session, where they are not the usual ones.
USUAL = (14, 7, 3, 1)
DAYS = {
    "HS-DAYH": (30, 10, 5, 1), "HS-DAYF": (30, 10, 5, 1), "HS-BTH": (30, 10, 3, 1),
    "HS-NEW": (7, 4, 2, 1), "PT-BR4": (21, 7, 3, 1), "PT-EXT": (21, 7, 3, 1),
    "PT-NBL": (14, 5, 2, 1), "PT-SEN": (21, 7, 3, 1), "PT-EDT": (21, 7, 3, 1),
    "AX-CON": (3, 1), "AX-VIEW": (3, 1),
}  # fmt: skip


def steps_of(code: str) -> dict[str, dict[str, Any]]:
    """The whole track of a session type: the steps it takes over and its own."""
    [track] = [each for each in TRACKS if code in each["session_types"]]
    base = [each for each in TRACKS if each["key"] == track.get("extends")]
    return {step["key"]: step for each in [*base, track] for step in each["steps"]}


def test_each_type_has_one_track_and_few_tracks_stand_alone() -> None:
    named = list(chain.from_iterable(each["session_types"] for each in TRACKS))
    assert sorted(named) == sorted(CODES)
    alone = [each["key"] for each in TRACKS if "extends" not in each]
    assert alone == ["headshot", "portrait", "consultation", "viewing"]
    genre = {each["code"]: each["genre"] for each in TYPES}
    for track in TRACKS:
        if not TALKS & set(track["session_types"]):
            assert {genre[code] for code in track["session_types"]} == {
                track.get("extends", track["key"])
            }


@pytest.mark.parametrize("code", CODES)
def test_a_track_has_its_steps_in_order(code: str) -> None:
    steps = steps_of(code)
    assert tuple(steps) == (("prepare", "tomorrow", "thanks") if code in TALKS else STEPS)
    before = [(step["days"], step["at"]) for step in steps.values() if step["anchor"] == "before"]
    assert before == [(days, "09:00") for days in DAYS.get(code, USUAL)]
    [after] = [step for step in steps.values() if step["anchor"] == "after"]
    assert after["hours"] == 2


@pytest.mark.parametrize("code", CODES)
def test_a_step_carries_what_its_type_has(code: str) -> None:
    _, body = GUIDES[code]
    for step in steps_of(code).values():
        assert len(step["essentials"]) == 3
        if step["guide_sections"] != ["*"]:
            assert set(step["guide_sections"]) <= set(sections(body))


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track["key"])
def test_placeholders_are_on_the_list_and_every_message_has_the_link(
    track: dict[str, Any],
) -> None:
    for step in track["steps"]:
        texts = [step["subject"], step["body"], *step["essentials"]]
        assert tailoring.mistakes(step["body"], FACTS) == []
        assert not [why for each in step["essentials"] for why in marks.mistakes(each, FACTS)]
        assert not step.get("when") or marks.mistake(step["when"], FACTS) == []
        texts = [marks.MARK.sub("", each) for each in texts]
        assert set(re.findall(r"\{(\w*)\}", " ".join(texts))) <= PLACEHOLDERS
        assert all(text.count("{") == len(re.findall(r"\{\w+\}", text)) for text in texts)
        assert "{link}" in step["body"]
        assert not {"link", "checklist", "essentials", "place"} & set(
            re.findall(r"\{(\w+)\}", step["subject"])
        )
        assert len(step["subject"]) <= 70


@pytest.mark.parametrize("code", CODES)
def test_the_week_before_has_the_checklist_and_the_day_before_says_when_and_where(
    code: str,
) -> None:
    steps = steps_of(code)
    assert "{checklist}" in steps["prepare"]["body"]
    assert steps["prepare"]["guide_sections"] == ["*"]
    for needed in ("{arrive_time}", "{time}", "{place}", "{phone}", "{essentials}"):
        assert needed in steps["tomorrow"]["body"]


def test_headshots_and_portraits_are_written_to_differently() -> None:
    headshot, portrait = steps_of("HS-STD"), steps_of("PT-IND")
    for key in STEPS:
        assert headshot[key]["subject"] != portrait[key]["subject"]
        assert headshot[key]["body"] != portrait[key]["body"]


def test_who_paid_in_full_is_not_asked_for_a_balance() -> None:
    for package in PACKAGES:
        ready = steps_of(package["session_type"]).get("ready", {"body": ""})
        assert ("{balance}" in ready["body"]) == (0 < package["deposit_percent"] < 100)
