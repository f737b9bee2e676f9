"""The demo studio's content as it stands in its files, for the tests that judge it."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from importlib.resources import files
from typing import Any

CONTENT = files("studio.demo").joinpath("content")


def read(name: str) -> str:
    return CONTENT.joinpath(*name.split("/")).read_text("utf-8")


def table(name: str) -> dict[str, Any]:
    return tomllib.loads(read(name))


def front_matter(name: str) -> tuple[dict[str, Any], str]:
    _, front, body = read(name).split("+++\n", 2)
    return tomllib.loads(front), body.strip()


STUDIO = table("studio.toml")
RESOURCES = table("resources.toml")
TYPES: list[dict[str, Any]] = table("session_types.toml")["session_types"]
PACKAGES: list[dict[str, Any]] = table("packages.toml")["packages"]
ADD_ONS: list[dict[str, Any]] = table("add_ons.toml")["add_ons"]
TRACKS: list[dict[str, Any]] = table("tracks.toml")["tracks"]
LICENCES: list[dict[str, Any]] = table("licences.toml")["licences"]
POLICIES: list[dict[str, Any]] = table("policies.toml")["policies"]
PLACES = {each["slug"]: each for each in table("places.toml")["places"]}
CODES = [each["code"] for each in TYPES]
# What nobody is led to by /which: companies ask for it, or the studio proposes it.
PROPOSED = {
    "HS-DAYH",
    "HS-DAYF",
    "HS-BTH",
    "HS-NEW",
    "PT-BR4",
    "PT-SEN",
    "PT-EDT",
    "AX-CON",
    "AX-VIEW",
}
# Where nobody is photographed.
TALKS = {"AX-CON", "AX-VIEW"}
SETS = {each["code"]: each for each in RESOURCES["sets"]}
CAPACITY = {each["slug"]: each["capacity"] for each in RESOURCES["equipment"]}
GUIDES = {code: front_matter(f"guides/{code}.md") for code in CODES}


def slugs(entries: list[dict[str, Any]]) -> list[str]:
    return [each["slug"] for each in entries]


def sections(body: str) -> dict[str, list[str]]:
    """The blocks of each section, a list counting as one."""
    parts = re.split(r"^## (.+?)(?: \{when:[^}]*\})?$", body, flags=re.MULTILINE)
    assert not parts[0].strip(), "a guide begins with a heading"
    return {
        heading: [block.strip() for block in text.strip().split("\n\n")]
        for heading, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def spans(hours: dict[str, list[str]]) -> dict[str, list[tuple[time, time]]]:
    """By weekday, opening and closing on the wall clock."""
    return {
        day: [
            (time.fromisoformat(opens), time.fromisoformat(closes))
            for opens, closes in (span.split("-") for span in of_day)
        ]
        for day, of_day in hours.items()
    }


def minutes(at: time) -> int:
    return at.hour * 60 + at.minute
