"""The guided choice: from a few answers to a genre, up to three packages and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

GENRES = ("headshot", "portrait")
MOST_PACKAGES = 3
BUSINESS_DAYS_A_WEEK = 5


@dataclass(frozen=True, slots=True)
class Answers:
    """Option keys; the first two decide, the others refine and may be left open."""

    purpose: str
    audience: str
    people: str | None = None
    surroundings: str | None = None
    outfits: str | None = None
    needed_by_days: str | None = None

    def to(self, question: str) -> str | None:
        answer: str | None = getattr(self, question)
        return answer


DECIDING = ("purpose", "audience")
REFINING = ("people", "surroundings", "outfits", "needed_by_days")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question, and what it asks of a package.

    A package must hold every number of *people* from the first to the second, both included,
    and be finished within *days*, counted from today. Having *looks* outfits is only preferred.
    """

    key: str
    label: str
    help: str = ""
    people: tuple[int, int] | None = None
    looks: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    label: str
    help: str
    options: tuple[Option, ...]

    @property
    def deciding(self) -> bool:
        return self.key in DECIDING


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A session type that a rule speaks for, and why, in one sentence."""

    session_type: str
    weight: int
    because: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Applies when every question of *when*, and none of *unless*, has a listed answer."""

    key: str
    when: Mapping[str, frozenset[str]]
    unless: Mapping[str, frozenset[str]]
    genre: str | None
    weight: int
    because: str
    suggests: tuple[Suggestion, ...]
    mixed: str

    def applies_to(self, answers: Answers) -> bool:
        return all(
            answers.to(question) in keys for question, keys in self.when.items()
        ) and not any(answers.to(question) in keys for question, keys in self.unless.items())


@dataclass(frozen=True, slots=True)
class Nothing:
    """What to say when no package is left: too many ``{most}``, too soon ``{days}``, or neither."""

    people: str
    time: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Chooser:
    """The questions in the order they are asked, and the rules in the order they are read."""

    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]
    nothing: Nothing

    def chosen(self, answers: Answers) -> list[Option]:
        return [
            option
            for question in self.questions
            for option in question.options
            if option.key == answers.to(question.key)
        ]


@dataclass(frozen=True, slots=True)
class Offer:
    """A bookable package as the choice sees it.

    *delivery_business_days* count from the session to the finished pictures, if the client
    chooses on the day the proofs are shown.
    """

    slug: str
    session_type: str
    genre: str
    people_min: int
    people_max: int
    looks: int
    minutes: int
    lead_hours: int
    delivery_business_days: int

    def holds(self, people: tuple[int, int]) -> bool:
        return self.people_min <= people[0] and people[1] <= self.people_max

    @property
    def ready_in_days(self) -> int:
        """Calendar days from booking to finished pictures, if the weekends fall badly."""
        lead_days = -(-self.lead_hours // 24)
        weekends = -(-self.delivery_business_days // BUSINESS_DAYS_A_WEEK)
        return lead_days + self.delivery_business_days + 2 * weekends


@dataclass(frozen=True, slots=True)
class Pick:
    slug: str
    because: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """*mixed* is a sentence when a headshot and a portrait are both needed, else empty.

    Then *packages* holds one of each. *nothing* says why when no package is left, else is empty.
    """

    genre: str
    because: str
    packages: tuple[Pick, ...]
    mixed: str = ""
    nothing: str = ""


def answers_from(given: Mapping[str, str], chooser: Chooser) -> Answers:
    """The answers in *given*, by question; empty refinements count as left open.

    Raises:
        ValueError: naming the question that decides and is open, or has an unknown answer.
    """
    answers: dict[str, str] = {}
    for question in chooser.questions:
        key = given.get(question.key, "")
        if key in {option.key for option in question.options}:
            answers[question.key] = key
        elif key or question.deciding:
            raise ValueError(question.key)
    return Answers(**answers)


def recommend(answers: Answers, chooser: Chooser, offers: Iterable[Offer]) -> Recommendation:
    """The genre the answers speak for, and the packages that fit them, best first.

    The order of *offers* does not matter.
    """
    rules = [rule for rule in chooser.rules if rule.applies_to(answers)]
    genre, because = _genre(rules)
    merits = _merits(rules)
    options = chooser.chosen(answers)
    liked = [offer for offer in offers if offer.session_type in merits]
    wanted_looks = max((option.looks or 0 for option in options), default=0)
    fitting = sorted(
        (offer for offer in liked if _fits_people(offer, options) and _in_time(offer, options)),
        key=lambda offer: (
            -merits[offer.session_type].weight,
            max(0, wanted_looks - offer.looks),
            offer.minutes,
            offer.slug,
        ),
    )
    by_genre = {each: [offer for offer in fitting if offer.genre == each] for each in GENRES}
    mixed = next((rule.mixed for rule in rules if rule.mixed), "")
    if mixed and all(by_genre.values()):
        best = [by_genre[genre][0], *(found[0] for g, found in by_genre.items() if g != genre)]
    else:
        mixed, best = "", by_genre[genre][:MOST_PACKAGES]
    picks = tuple(Pick(offer.slug, merits[offer.session_type].because) for offer in best)
    nothing = "" if picks else _nothing(chooser, options, [o for o in liked if o.genre == genre])
    return Recommendation(genre, because, picks, mixed, nothing)


def _genre(rules: Sequence[Rule]) -> tuple[str, str]:
    """The genre with the most weight and its strongest reason; equal: what is read first."""
    totals: dict[str, int] = {}
    for rule in rules:
        if rule.genre:
            totals[rule.genre] = totals.get(rule.genre, 0) + rule.weight
    genre = max(totals, key=totals.__getitem__)
    strongest = max((rule for rule in rules if rule.genre == genre), key=lambda rule: rule.weight)
    return genre, strongest.because


def _merits(rules: Sequence[Rule]) -> dict[str, Suggestion]:
    """By session type, the weights of all rules together with the strongest one's reason."""
    merits: dict[str, Suggestion] = {}
    strongest: dict[str, int] = {}
    for suggestion in (each for rule in rules for each in rule.suggests):
        name, weight, because = suggestion.session_type, suggestion.weight, suggestion.because
        if name in merits:
            if weight <= strongest[name]:
                because = merits[name].because
            merits[name] = Suggestion(name, merits[name].weight + weight, because)
        else:
            merits[name] = suggestion
        strongest[name] = max(strongest.get(name, 0), weight)
    return merits


def _fits_people(offer: Offer, options: Sequence[Option]) -> bool:
    return all(offer.holds(option.people) for option in options if option.people)


def _in_time(offer: Offer, options: Sequence[Option]) -> bool:
    return all(offer.ready_in_days <= option.days for option in options if option.days)


def _nothing(chooser: Chooser, options: Sequence[Option], liked: Sequence[Offer]) -> str:
    holding = [offer for offer in liked if _fits_people(offer, options)]
    if holding:
        soonest = min(offer.ready_in_days for offer in holding)
        return chooser.nothing.time.replace("{days}", str(soonest))
    if liked:
        most = max(offer.people_max for offer in liked)
        return chooser.nothing.people.replace("{most}", str(most))
    return chooser.nothing.otherwise
