"""How hard random tests try: `HYPOTHESIS_PROFILE=long` takes 50 times as many tries."""

from __future__ import annotations

import os
import random

from hypothesis import settings

_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


def tries(ordinary: int) -> int:
    """So many examples or steps in the suite, and many more in a long campaign."""
    return ordinary * (50 if _LONG else 1)


def seed_of(name: str) -> int:
    """Where chance begins: in the suite always there, so that a run can be judged by its change.

    A long campaign begins anywhere; *name*, from the environment, begins where a run has failed.
    """
    given = os.environ.get(name)
    return int(given) if given else random.randrange(10**6) if _LONG else 1


def choose_profile() -> None:
    """For properties that name no number."""
    settings.register_profile("long", max_examples=tries(100), deadline=None)
    settings.load_profile("long" if _LONG else "default")
