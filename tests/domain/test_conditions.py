from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.conditions import FACTS, Known, Unreadable, known, read, unknown

FULL: Known = {
    "glasses": True, "beard": False, "make up": True, "looks": 2, "people": 7,
    "trade": "actor", "first visit": True, "outdoors": False, "skin": ["scars", "freckles"],
    "wears": "never",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("glasses", True),
        ("Glasses", True),
        ("beard", False),
        ("not beard", True),
        ("make-up", True),
        ("make up and first visit", True),
        ("first-visit and not make_up", False),
        ("beard or outdoors", False),
        ("beard or glasses", True),
        ("beard and glasses or looks is 2", True),
        ("beard and (glasses or looks is 2)", False),
        ("not (beard or outdoors)", True),
        ("people at least 7", True),
        ("people at most 6", False),
        ("people more than 6", True),
        ("people fewer than 7", False),
        ("people less than 8", True),
        ("looks > 1", True),
        ("looks >= 3", False),
        ("looks < 3 and looks <= 2", True),
        ("looks = 2", True),
        ("looks is not 2", False),
        ("trade is actor", True),
        ("trade is Actor or trade is model", True),
        ("trade is not actor", False),
        ('skin is "scars"', True),
        ("skin is moles", False),
        ("glasses is yes", True),
        ("beard is no", True),
        ("wears", False),
        ("wears is never", True),
        ("surely glasses", True),
        ("surely beard", False),
        ("pets", None),
        ("not pets", None),
        ("pets and glasses", None),
        ("pets and beard", False),
        ("pets or glasses", True),
        ("pets or beard", None),
        ("age at least 18", None),
        ("glasses at least 1", None),
        ("surely pets", False),
        ("not surely pets", True),
        ("breed is poodle", None),
        ("breed is not poodle", None),
    ],
)
def test_a_condition_holds_does_not_or_hangs_on_what_nobody_knows(
    text: str, answer: bool | None
) -> None:
    assert read(text).holds(FULL) is answer


@pytest.mark.parametrize(
    "text",
    ["(" * 250, "", "and", "glasses and", "not", "(glasses", "glasses)", "looks at least",
     "looks at least two",
     "trade is", "is actor", "glasses beard) x", "x" * 301, "()", "looks > > 2"],
)  # fmt: skip
def test_what_is_no_condition_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(Unreadable) as told:
        read(text)
    assert str(told.value).endswith(".")


def test_unknown_names_come_with_the_nearest_that_is_known() -> None:
    condition = read("glases and first-vist or zebra or looks is 2")

    assert unknown(condition, FACTS) == [
        ("first vist", "first visit"), ("glases", "glasses"), ("zebra", None),
    ]  # fmt: skip
    assert unknown(read("make up and own-question"), [*FACTS, "own question"]) == []


def test_of_two_that_tell_of_one_thing_the_later_counts() -> None:
    told = known({"Make-Up": False, "hat": "yes"}, {"make_up": True})

    assert told == {"make up": True, "hat": "yes"}


NAMES = st.sampled_from(["glasses", "beard", "make-up"])
TEXTS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({' '.join(t)})"),
        inner.map("not {}".format),
    ),
    max_leaves=8,
)
FACT = st.dictionaries(st.sampled_from(["glasses", "beard", "make up"]), st.booleans())


@given(TEXTS, FACT, FACT)
def test_knowing_more_never_changes_an_answer(text: str, some: Known, more: Known) -> None:
    """What is certain from some facts stays so whatever else comes to be known."""
    condition = read(text)
    before = condition.holds(some)
    assert before is None or condition.holds({**more, **some}) is before
    assert condition.holds({"glasses": True, "beard": False, "make up": True}) is not None


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        condition = read(text)
    except Unreadable:
        return
    condition.holds(FULL)
