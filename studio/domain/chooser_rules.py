"""Reads the guided choice from plain data, as a studio edits it, and refuses what cannot work."""

from __future__ import annotations

from collections.abc import Mapping

from studio.domain.chooser import (
    DECIDING,
    GENRES,
    REFINING,
    Chooser,
    Nothing,
    Option,
    Question,
    Rule,
    Suggestion,
)

Entry = Mapping[str, object]


def rules_from(data: Entry) -> Chooser:
    """The questions and rules in *data*, which has the shape of the demo's ``chooser.toml``.

    Raises:
        ValueError: naming the entry that is missing, misspelled or out of place; also when a
            purpose has no rule that names a genre whatever else is answered.
    """
    _only(data, "the guided choice", "questions", "rules", "nothing")
    questions = tuple(
        _question(entry, f"question {number}")
        for number, entry in enumerate(_entries(data, "questions", "the guided choice"), 1)
    )
    keys = [question.key for question in questions]
    if keys[: len(DECIDING)] != list(DECIDING) or sorted(keys) != sorted(DECIDING + REFINING):
        raise ValueError(
            f"questions: must be {', '.join(DECIDING)} first, then each of {', '.join(REFINING)}"
        )
    known = {question.key: {option.key for option in question.options} for question in questions}
    rules = tuple(
        _rule(entry, f"rule {number}", known)
        for number, entry in enumerate(_entries(data, "rules", "the guided choice"), 1)
    )
    _unique([rule.key for rule in rules], "rules")
    _every_purpose_has_a_genre(rules, known["purpose"])
    return Chooser(questions, rules, _nothing(_table(data, "nothing", "the guided choice")))


def _every_purpose_has_a_genre(rules: tuple[Rule, ...], purposes: set[str]) -> None:
    served = {
        purpose
        for rule in rules
        if rule.genre and rule.when.keys() == {"purpose"} and not rule.unless
        for purpose in rule.when["purpose"]
    }
    for purpose in sorted(purposes - served):
        raise ValueError(f"purpose {purpose}: no rule names its genre whatever else is answered")


def _question(entry: Entry, where: str) -> Question:
    _only(entry, where, "key", "label", "help", "options")
    key = _sentence(entry, "key", where)
    options = tuple(
        _option(each, f"{key}, option {number}")
        for number, each in enumerate(_entries(entry, "options", where), 1)
    )
    _unique([option.key for option in options], key)
    return Question(key, _sentence(entry, "label", where), _optional(entry, "help", where), options)


def _option(entry: Entry, where: str) -> Option:
    _only(entry, where, "key", "label", "help", "people", "looks", "days")
    return Option(
        key=_sentence(entry, "key", where),
        label=_sentence(entry, "label", where),
        help=_optional(entry, "help", where),
        people=_people(entry["people"], where) if "people" in entry else None,
        looks=_count(entry, "looks", where) if "looks" in entry else None,
        days=_count(entry, "days", where) if "days" in entry else None,
    )


def _rule(entry: Entry, where: str, known: Mapping[str, set[str]]) -> Rule:
    key = _sentence(entry, "key", where)
    where = f"rule {key}"
    _only(entry, where, "key", "when", "unless", "genre", "weight", "because", "suggests", "mixed")
    genre = _optional(entry, "genre", where) or None
    if genre is not None and genre not in GENRES:
        raise ValueError(f"{where}: genre must be one of {', '.join(GENRES)}, not {genre!r}")
    suggests = (
        tuple(
            _suggestion(each, f"{where}, suggestion {number}")
            for number, each in enumerate(_entries(entry, "suggests", where), 1)
        )
        if "suggests" in entry
        else ()
    )
    if genre is None and not suggests:
        raise ValueError(f"{where}: names neither a genre nor a session type")
    return Rule(
        key=key,
        when=_conditions(_table(entry, "when", where), where, known),
        unless=_conditions(_table(entry, "unless", where), where, known)
        if "unless" in entry
        else {},
        genre=genre,
        weight=_count(entry, "weight", where) if genre else 0,
        because=_sentence(entry, "because", where) if genre else "",
        suggests=suggests,
        mixed=_optional(entry, "mixed", where),
    )


def _suggestion(entry: Entry, where: str) -> Suggestion:
    _only(entry, where, "type", "weight", "because")
    return Suggestion(
        session_type=_sentence(entry, "type", where),
        weight=_count(entry, "weight", where),
        because=_sentence(entry, "because", where),
    )


def _conditions(
    table: Entry, where: str, known: Mapping[str, set[str]]
) -> dict[str, frozenset[str]]:
    conditions = {}
    for question, answers in table.items():
        if question not in known:
            raise ValueError(f"{where}: there is no question {question!r}")
        if not isinstance(answers, list) or not answers:
            raise ValueError(f"{where}: {question} must be a list of answers")
        for answer in answers:
            if answer not in known[question]:
                raise ValueError(f"{where}: {question} has no answer {answer!r}")
        conditions[question] = frozenset(answers)
    return conditions


def _nothing(entry: Entry) -> Nothing:
    _only(entry, "nothing", "people", "time", "otherwise")
    return Nothing(
        people=_sentence(entry, "people", "nothing"),
        time=_sentence(entry, "time", "nothing"),
        otherwise=_sentence(entry, "otherwise", "nothing"),
    )


def _people(value: object, where: str) -> tuple[int, int]:
    match value:
        case [int() as fewest, int() as most] if 1 <= fewest <= most:
            return fewest, most
    raise ValueError(f"{where}: people must be two numbers, the fewest and the most")


def _count(entry: Entry, key: str, where: str) -> int:
    value = entry.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{where}: {key} must be a whole number from 1")
    return value


def _sentence(entry: Entry, key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: {key} is missing")
    return value


def _optional(entry: Entry, key: str, where: str) -> str:
    return _sentence(entry, key, where) if key in entry else ""


def _table(entry: Entry, key: str, where: str) -> Entry:
    value = entry.get(key)
    if not isinstance(value, dict):
        raise ValueError(f"{where}: {key} is missing")  # noqa: TRY004 -- bad data, not a bad call
    return value


def _entries(entry: Entry, key: str, where: str) -> list[Entry]:
    value = entry.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
        raise ValueError(f"{where}: {key} must be a list of entries")
    return value


def _only(entry: Entry, where: str, *allowed: str) -> None:
    for key in entry:
        if key not in allowed:
            raise ValueError(f"{where}: {key!r} is unknown")


def _unique(keys: list[str], where: str) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"{where}: {key!r} stands twice")
