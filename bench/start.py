"""Importing and making the application, in fresh processes, without Python's own start.

In processor time, which is what it takes on a machine that does nothing else.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.rows import ROUNDS, Row, row

START = "import studio; from studio.app import create_app; create_app()"


def goals(folder: Path) -> Iterator[Row]:
    env = {**os.environ, "INSTANCE": str(folder), "DATABASE_URL": ""}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # the first start compiles, and is not counted

    def seconds(code: str) -> float:
        began = _spent()
        subprocess.run([sys.executable, "-c", code], env=env, check=True)
        return _spent() - began

    took = [seconds(START) - seconds("pass") for _ in range(ROUNDS + 1)][1:]
    yield row("import studio and create_app", statistics.median(took), "s", "<= 1.5")


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
