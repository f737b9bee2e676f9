from __future__ import annotations

import pytest

from studio.messaging.placeholders import NAMES, fill, unknown


def test_every_known_name_is_filled() -> None:
    values = {name: name.upper() for name in NAMES}
    assert fill(" ".join(f"{{{name}}}" for name in NAMES), values) == " ".join(values.values())


@pytest.mark.parametrize(
    "attack",
    [
        "{booking.__init__.__globals__}",
        "{first_name.__class__}",
        "{first_name!r}",
        "{first_name:>999999999}",
        "{0}",
        "{}",
        "{{ 7 * 7 }}",
        "{% for x in () %}",
        "${first_name.x}",
        "%(first_name)s",
    ],
)
def test_what_looks_like_code_stays_as_it_stands(attack: str) -> None:
    assert fill(attack, {"first_name": "Robin"}) == attack


def test_a_value_is_not_looked_at_again() -> None:
    values = {"first_name": "{link}", "link": "https://secret.example"}
    assert fill("Hello {first_name}", values) == "Hello {link}"


def test_unknown_names_come_once_with_the_nearest_known_one() -> None:
    text = "{First Name} {frist_name} {frist_name} {day} {ballance} {nonsense}"
    assert unknown(text) == [
        ("First Name", "first_name"),
        ("frist_name", "first_name"),
        ("ballance", "balance"),
        ("nonsense", None),
    ]
