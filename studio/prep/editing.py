"""A guide with its track as somebody edits it: read, compared by lines, saved as a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from studio.db import Base
from studio.domain.prep_plan import Anchor
from studio.inserts import insert_if_new
from studio.prep import queries
from studio.prep.models import PrepGuide, PrepStep
from studio.prep.queries import FALLBACK, Track
from studio.web.filters import local_minute


class GuideChanged(Exception):
    """Somebody else has saved *guide* since the words were read that are to be saved."""

    def __init__(self, guide: PrepGuide) -> None:
        super().__init__(f"version {guide.version} is newer")
        self.guide = guide


@dataclass(frozen=True, slots=True)
class StepDraft:
    """One message; a new one has no *key* yet. *guide_sections* are headings, "*" is all.

    It is sent only under its *condition*, if it has one.
    """

    key: str
    anchor: Anchor
    days: int
    hours: int
    minute: int
    subject: str
    body: str
    essentials: tuple[str, ...]
    guide_sections: tuple[str, ...]
    condition: str = ""

    @property
    def when(self) -> str:
        if self.anchor is Anchor.AFTER:
            return f"{self.hours} {'hour' if self.hours == 1 else 'hours'} after the end"
        ahead = {0: "On the day", 1: "1 day before"}.get(self.days, f"{self.days} days before")
        return f"{ahead}, {local_minute(self.minute)}"


@dataclass(frozen=True, slots=True)
class GuideDraft:
    """All that a version of a guide says; *checklist* holds {"key", "text", "note", "when"}."""

    title: str
    intro: str
    essentials: tuple[str, ...]
    checklist: tuple[Mapping[str, Any], ...]
    body: str
    steps: tuple[StepDraft, ...]

    def lines(self) -> list[str]:
        """The whole of it as a person compares it, a line each."""
        told = [f"Title: {self.title}", "", *self.intro.splitlines(), "", "Essentials"]
        told += [f"- {each}" for each in self.essentials]
        told += ["", "List to tick off"]
        told += [written(each) for each in self.checklist]
        told += ["", *self.body.splitlines()]
        for step in self.steps:
            told += ["", f"Message: {step.subject}", f"Leaves: {step.when}"]
            told += [*step.body.splitlines(), *(f"- {each}" for each in step.essentials)]
            told += [f"Goes along: {', '.join(step.guide_sections) or 'nothing'}"]
            told += [f"Only when: {step.condition}"] if step.condition else []
        return told


def written(item: Mapping[str, Any]) -> str:
    """A thing on the list as a line: its words, its condition, and after | what is beside it."""
    when = f" {{when: {item['when']}}}" if item.get("when") else ""
    note = f" | {item['note']}" if item.get("note") else ""
    return f"{item['text']}{when}{note}"


def draft_of(track: Track) -> GuideDraft:
    """What *track* says, to be edited."""
    guide = track.guide
    return GuideDraft(
        title=guide.title if guide else "",
        intro=guide.intro if guide else "",
        essentials=tuple(guide.essentials) if guide else (),
        checklist=tuple(guide.checklist) if guide else (),
        body=guide.body if guide else "",
        steps=tuple(
            StepDraft(
                step.key, step.anchor, step.days, step.hours, step.minute, step.subject, step.body,
                tuple(step.essentials), tuple(step.guide_sections), step.condition,
            )
            for step in track.steps
        ),
    )  # fmt: skip


def track_of(draft: GuideDraft, session_type_id: int, known: Track) -> Track:
    """*draft* as a track that is nowhere stored, for a look at it; *known* is what it changes."""
    guide = PrepGuide(**_guide_row(draft, session_type_id, known))
    steps = [PrepStep(**each) for each in _step_rows(draft, session_type_id, known)]
    return Track(guide, sorted(steps, key=_order), known.form_days)


def version(session: Session, session_type_id: int, number: int) -> Track | None:
    """One version of a guide with its track."""
    guide = session.scalars(
        select(PrepGuide).where(
            PrepGuide.session_type_id == session_type_id,
            PrepGuide.language == FALLBACK,
            PrepGuide.version == number,
        )
    ).one_or_none()
    return queries.track_of(session, session_type_id, guide.id) if guide else None


def versions(session: Session, session_type_id: int) -> Sequence[PrepGuide]:
    """Every version of a guide, the newest first."""
    return session.scalars(
        select(PrepGuide)
        .where(PrepGuide.session_type_id == session_type_id, PrepGuide.language == FALLBACK)
        .order_by(PrepGuide.version.desc())
    ).all()


def save(
    session: Session, session_type_id: int, draft: GuideDraft, based_on: int, by: str,
    now: datetime, like: Track | None = None,
) -> int:  # fmt: skip
    """Write *draft* as a new version, unless the newest says just that already; its number.

    *based_on* is the version that was read before it was changed, 0 where there was none. What
    nobody edits of a step is as in *like*, where that has it, else as in the newest version.

    Raises:
        GuideChanged: if there is a newer one that says something else.
    """
    known = queries.newest_track(session, session_type_id, FALLBACK)
    if known.guide and draft_of(known) == draft:
        return known.guide.version
    if known.guide and known.guide.version != based_on:
        raise GuideChanged(known.guide)
    row = _guide_row(draft, session_type_id, known) | {"created_at": now, "saved_by": by}
    if not insert_if_new(session, PrepGuide, [row]):
        newest = queries.guide_for(session, session_type_id, FALLBACK)
        raise GuideChanged(newest) if newest else RuntimeError("no guide, and none can be added")
    session.add_all(PrepStep(**each) for each in _step_rows(draft, session_type_id, known, like))
    return based_on + 1


def _guide_row(draft: GuideDraft, session_type_id: int, known: Track) -> dict[str, Any]:
    before: dict[str, Any] = {"language": FALLBACK, "version": 0}
    if known.guide:
        before = _columns(known.guide)
    return before | {
        "session_type_id": session_type_id,
        "version": before["version"] + 1,
        "title": draft.title,
        "intro": draft.intro,
        "essentials": list(draft.essentials),
        "checklist": [dict(each) for each in draft.checklist],
        "body": draft.body,
    }


def _step_rows(
    draft: GuideDraft, session_type_id: int, known: Track, like: Track | None = None
) -> list[dict[str, Any]]:
    """The steps of the next version; what nobody edits stays as it was."""
    number = known.guide.version + 1 if known.guide else queries.FIRST
    steps = [*known.steps, *(like.steps if like else ())]
    before = {step.key: _columns(step) for step in steps}
    rows = []
    for n, step in enumerate(draft.steps, start=1):
        edited = asdict(step) | {
            "key": step.key or f"added-{number}-{n}",
            "essentials": list(step.essentials),
            "guide_sections": list(step.guide_sections),
        }
        of = {"session_type_id": session_type_id, "version": number}
        rows.append(before.get(step.key, {}) | edited | of)
    return rows


def _columns(row: Base) -> dict[str, Any]:
    return {
        attribute.key: getattr(row, attribute.key)
        for attribute in inspect(row).mapper.column_attrs
        if attribute.key != "id"
    }


def _order(step: PrepStep) -> tuple[bool, int, int, int]:
    return step.anchor is Anchor.AFTER, -step.days, step.minute, step.hours
