"""How the demo studio prepares its clients: a guide and a track of messages a session type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from studio.catalogue.models import SessionType
from studio.demo.reading import Entry, front_matter, minute, table
from studio.domain.prep_plan import Anchor
from studio.prep.models import PrepGuide, PrepStep


def add_guides(session: Session, types: Mapping[str, SessionType], now: datetime) -> None:
    for code, kind in types.items():
        front, body = front_matter(f"guides/{code}.md")
        session.add(
            PrepGuide(
                session_type_id=kind.id,
                version=1,
                title=front["title"],
                intro=front["intro"],
                essentials=front["essentials"],
                checklist=[{"note": "", **item} for item in front["checklist"]],
                body=body,
                created_at=now,
            )
        )


def add_tracks(session: Session, types: Mapping[str, SessionType]) -> None:
    tracks = {each["key"]: each for each in table("tracks.toml")["tracks"]}
    for track in tracks.values():
        base = tracks[track["extends"]]["steps"] if "extends" in track else []
        steps = {step["key"]: step for step in [*base, *track["steps"]]}
        for code in track["session_types"]:
            session.add_all(_step(types[code].id, step) for step in steps.values())


def _step(session_type_id: int, entry: Entry) -> PrepStep:
    step = PrepStep(
        session_type_id=session_type_id,
        key=entry["key"],
        anchor=Anchor(entry["anchor"]),
        subject=entry["subject"],
        body=entry["body"].strip(),
        essentials=entry["essentials"],
        guide_sections=entry["guide_sections"],
        condition=entry.get("when", ""),
    )
    if step.anchor is Anchor.BEFORE:
        step.days, step.minute = entry["days"], minute(entry["at"])
    else:
        step.hours = entry["hours"]
    return step
