"""A guide as one client gets it: the one function behind the page, the mail and the preview."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from studio.domain.conditions import Known
from studio.prep import marks
from studio.prep.marks import MARK, applies, cut, is_safety, shown
from studio.prep.models import PrepGuide, PrepStep
from studio.prep.queries import Track
from studio.prep.sections import Section, sections

Item: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tailored:
    """What of a guide is for one client; no mark is left in it."""

    title: str
    intro: str
    essentials: tuple[str, ...]
    checklist: tuple[Item, ...]
    sections: tuple[Section, ...]

    @property
    def body(self) -> str:
        return written(self.sections)


def tailored(guide: PrepGuide, known: Known) -> Tailored:
    """*guide* for a client of whom this is *known*."""
    return Tailored(
        guide.title,
        guide.intro,
        lines(guide.essentials, known),
        checklist(guide, known),
        tuple(parts(guide.body, known)),
    )


def checklist(guide: PrepGuide | None, known: Known) -> tuple[Item, ...]:
    """What of a guide's list is for this client."""
    if guide is None:
        return ()
    return tuple(
        each
        for each in guide.checklist
        if applies(_when(each), f"{each['text']}\n{each.get('note', '')}", known)
    )


def words(body: str, known: Known) -> str:
    """*body*, Markdown with headings, without what is not for this client."""
    return written(parts(body, known)) if MARK.search(body) else body


def lines(said: Iterable[str], known: Known) -> tuple[str, ...]:
    """Those of some sentences that are for this client."""
    split = (cut(each) for each in said)
    return tuple(text for text, when in split if applies(when, text, known))


def concerns(step: PrepStep, known: Known) -> bool:
    """Whether a message of the track is for this client; one that speaks of safety always is."""
    return applies(step.condition, "\n".join([step.body, *step.essentials]), known)


def parts(body: str, known: Known) -> list[Section]:
    """The sections of *body* that are for this client; one on safety is whole, whoever reads."""
    found = []
    for each in sections(body):
        if not applies(each.when, f"{each.title}\n{each.text}", known):
            continue
        text = MARK.sub("", each.text) if is_safety(each.title) else shown(each.text, known)
        if text:
            found.append(Section(each.title, text))
    return found


def written(these: Sequence[Section]) -> str:
    """Sections as the Markdown that they were cut from."""
    return "\n\n".join(f"## {s.title}\n\n{s.text}" if s.title else s.text for s in these)


def mistakes(body: str, names: Collection[str]) -> list[str]:
    """What is wrong with the marks in *body*, where *names* can be asked for."""
    below = [s.title for s in sections(body) if s.when and is_safety(s.text)]
    hidden = [s.title for s in sections(body) if is_safety(s.title) and MARK.search(s.text)]
    return [
        *marks.mistakes(body, names),
        *(
            f"“{title}” speaks of safety and is for everybody: leave out its condition."
            for title in below
        ),
        *(
            f"All of “{title}” is said to everybody: leave out the conditions in it."
            for title in hidden
        ),
    ]


def depends(track: Track) -> bool:
    """Whether anything of *track* hangs on what is known of a booking."""
    guide = track.guide
    told = [guide.body, *guide.essentials] if guide else []
    told += [text for step in track.steps for text in (step.body, *step.essentials)]
    return (
        (guide is not None and conditional(guide.checklist))
        or any(step.condition for step in track.steps)
        or any(MARK.search(each) for each in told)
    )


def conditional(items: Iterable[Item]) -> bool:
    """Whether some of a list are not for everybody."""
    return any(_when(each) for each in items)


def _when(item: Item) -> str:
    return str(item.get("when", ""))
