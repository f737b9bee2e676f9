"""The demo studio's prep guides: whole, each its own, and right in what they advise."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from studio.domain.conditions import FACTS, Value
from studio.prep import marks, tailoring
from tests.demo.content import (
    ADD_ONS,
    CODES,
    CONTENT,
    GUIDES,
    PACKAGES,
    TALKS,
    TRACKS,
    TYPES,
    read,
    sections,
)

CHILDREN = {
    "HS-KID", "PT-KID", "PT-FAM", "PT-PET", "PT-NBS", "MN-STD", "PT-EXT", "PT-MIL",
}  # fmt: skip
OUTDOORS = {each["session_type"] for each in PACKAGES if "light_before_minutes" in each}


def test_there_is_a_guide_for_each_type_and_no_other() -> None:
    found = {each.name for each in CONTENT.joinpath("guides").iterdir()}
    assert found == {f"{code}.md" for code in CODES}


@pytest.mark.parametrize("code", CODES)
def test_a_guide_is_whole(code: str) -> None:
    front, body = GUIDES[code]
    assert set(front) == {"title", "intro", "essentials", "checklist"}
    assert (200 if code in TALKS else 350) <= len(body.split()) <= 700
    found = sections(body)
    if code not in TALKS:
        assert {"What to wear", "What to bring", "Arriving", "On the set"} <= set(found)
    assert all(2 <= len(blocks) <= 6 for blocks in found.values())


@pytest.mark.parametrize("code", CODES)
def test_a_guide_has_three_essentials_and_a_checklist(code: str) -> None:
    front, _ = GUIDES[code]
    assert len(front["essentials"]) == 3
    essentials = [marks.cut(each)[0] for each in front["essentials"]]
    assert all(len(each.split()) <= 25 and each.endswith(".") for each in essentials)
    items = front["checklist"]
    assert len(items) >= 5
    assert all({"key", "text"} <= set(item) <= {"key", "text", "note", "when"} for item in items)
    keys = [item["key"] for item in items]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for key in keys)


@pytest.mark.parametrize("code", CODES)
def test_the_conditions_of_a_guide_can_be_read_and_ask_for_what_is_known(code: str) -> None:
    front, body = GUIDES[code]
    wrong = tailoring.mistakes(body, FACTS)
    for each in front["essentials"]:
        wrong += marks.mistakes(each, FACTS)
    for item in front["checklist"]:
        wrong += marks.mistake(item["when"], FACTS) if "when" in item else []
        assert not marks.is_safety(item["text"]) or "when" not in item
    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_whoever_reads_a_guide_is_told_of_safety_and_of_the_way(code: str) -> None:
    """Whatever is known of a client, no heading of these is ever left out."""
    _, body = GUIDES[code]
    nothing: dict[str, Value] = {each.replace("-", " "): False for each in FACTS}
    told = {each.title for each in tailoring.parts(body, nothing | {"looks": 1, "people": 1})}
    always = {"Arriving", "Health and safety", "Cake and allergies", "Light and weather"}
    assert set(sections(body)) & always <= told


def test_conditions_ask_for_most_of_what_can_be_known() -> None:
    written = "".join(f"{front} {body}" for front, body in GUIDES.values()) + read("tracks.toml")
    for fact in ("glasses", "beard", "children", "minors", "pets", "outdoors", "make-up", "people",
                 "first visit", "company"):  # fmt: skip
        assert re.search(rf"when[:=\"' ]+[^}}\n]*{fact}", written), fact


def test_no_number_of_outfits_is_fixed_where_more_can_be_booked() -> None:
    more = {slug for each in ADD_ONS if each.get("looks") for slug in each["packages"]}
    codes = {each["session_type"] for each in PACKAGES if each["slug"] in more}
    told = {code: read(f"guides/{code}.md") for code in codes}
    told |= {each["key"]: str(each) for each in TRACKS if codes & set(each["session_types"])}
    told |= {each["slug"]: str(each["studio_checklist"]) for each in TYPES if each["code"] in codes}
    fixed = r"(?i)\b(?:two|three|four|five|both)(?: \w+){0,2} (?:looks|outfits|casting types)"
    found = {name: re.findall(fixed, text) for name, text in told.items()}
    assert codes
    assert not {name: words for name, words in found.items() if words}


def test_no_two_guides_share_a_paragraph() -> None:
    blocks = [block for _, body in GUIDES.values() for block in chain(*sections(body).values())]
    assert len(set(blocks)) == len(blocks)


def test_no_two_guides_share_a_long_sentence() -> None:
    sentences = [
        sentence
        for _, body in GUIDES.values()
        for sentence in re.split(r"(?<=[.!?:])\s+", body)
        if len(sentence.split()) >= 8
    ]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("code", CODES)
def test_a_guide_thinks_of_hair_of_every_texture_and_of_bodies_of_every_kind(code: str) -> None:
    _, body = GUIDES[code]
    text = body.lower()
    if code not in {"PT-PET", *TALKS}:
        assert re.search(r"braids|afro|curl|coil|plaits|twists|locs|puffs", text)
    assert re.search(r"wheelchair|chair|prosthe|hearing", text)


@pytest.mark.parametrize("code", CODES)
def test_only_grown_ups_under_flash_are_told_to_leave_out_sun_cream(code: str) -> None:
    _, body = GUIDES[code]
    told = [part for part in re.split(r"(?<=[.!?])\s", body.lower()) if "sun cream" in part]
    if code in TALKS:
        assert not told
    elif code in CHILDREN | OUTDOORS:
        assert not any(
            re.search(r"leave out|leave off|skip|spare|do without|no sun", part) for part in told
        )
    else:
        assert any("flash" in part or "indoor" in part for part in told)


@pytest.mark.parametrize("code", sorted(OUTDOORS))
def test_outdoors_the_sun_the_rain_and_the_way_are_spoken_of(code: str) -> None:
    _, body = GUIDES[code]
    for said in (
        "sunset",
        "by noon on the day",
        "ten minutes (early|before)",
        "evening you named|second evening",
    ):
        assert re.search(said, body, re.IGNORECASE), said
    assert "free of charge" in body or "costs nothing" in body
    front, _ = GUIDES[code]
    assert any("evening" in item["text"] for item in front["checklist"])


@pytest.mark.parametrize("code", CODES)
def test_no_guide_gives_away_how_doors_are_opened(code: str) -> None:
    front, body = GUIDES[code]
    assert not re.search(r"door code|entry code|key ?pad|\b\d{4}\b", f"{front} {body}")


def test_boudoir_is_for_adults_and_says_who_decides() -> None:
    front, body = GUIDES["PT-BOU"]
    assert "eighteen" in front["essentials"][0]
    for said in ("identity card", "second person", "deleted", '"none"', '"Stop" always means stop'):
        assert said in body, said


def test_a_newborn_is_safe_and_may_come_when_it_likes() -> None:
    _, body = GUIDES["PT-NBS"]
    for said in ("trained", "assistant", "five and fourteen days", "27 degrees", "costs nothing"):
        assert said in body, said


def test_a_white_coat_is_photographed_on_light_grey() -> None:
    assert "A white coat is photographed on light grey." in GUIDES["HS-MED"][1]
    [package] = [each for each in PACKAGES if each["session_type"] == "HS-MED"]
    assert "SU-WHITE" not in package["sets"]
