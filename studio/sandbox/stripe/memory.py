"""What the stand-in remembers from one run to the next, in one file of JSON.

The studio keeps its bookings when it stops; a stand-in that forgot their payments could neither
refund nor close them. Notices that were not heard are not sent again after a restart: the studio
asks for those itself.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from studio.sandbox.stripe.answers import Kept

if TYPE_CHECKING:
    from pathlib import Path

    from studio.sandbox.stripe.sandbox import Core


def save(core: Core, path: Path) -> None:
    """Write all of it, in one step, for the owner's eyes only."""
    with core.world.lock:
        told = {
            "ahead": core.world.ahead,
            "objects": core.world.objects,
            "lines": core.world.lines,
            "intent_data": core.world.intent_data,
            "events": core.world.events,
            "answers": {key: asdict(kept) for key, kept in core.answers.kept.items()},
        }
        body = json.dumps(told)
    beside = path.with_name(f"{path.name}.new")
    beside.touch(mode=0o600)
    beside.write_text(body, encoding="utf-8")
    beside.replace(path)


def load(core: Core, path: Path) -> None:
    """Take up where the last run ended; nothing is there the first time.

    Raises:
        ValueError: if the file is not one of ours.
    """
    if not path.exists():
        return
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        core.world.ahead = told["ahead"]
        core.world.objects = told["objects"]
        core.world.lines = told["lines"]
        core.world.intent_data = told["intent_data"]
        core.world.events = told["events"]
        core.answers.kept = {key: Kept(**kept) for key, kept in told["answers"].items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} holds no memory of a stand-in; delete it") from error
    for session in core.world.all("checkout.session"):
        if session["url"]:  # the port may be another one now
            session["url"] = f"{core.url}/c/pay/{session['id']}"
