"""Measure every goal: a table on the screen, rows in bench/results.json.

python -m bench
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import engine, pages
from bench.pages import Row, row

RESULTS = Path(__file__).parent / "results.json"
START = "import studio; from studio.app import create_app; create_app()"


def start(instance: Path) -> list[Row]:
    """Importing and making the application, in fresh processes, without Python's own start."""
    env = {**os.environ, "INSTANCE": str(instance), "DATABASE_URL": ""}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # the first start compiles, and is not counted

    def seconds(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=env, check=True)
        return time.perf_counter() - began

    took = [seconds(START) - seconds("pass") for _ in range(4)][1:]
    return [row("import studio and create_app", statistics.median(took), "s", 1.5)]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sittings-bench-") as folder:
        parts: list[tuple[str, Callable[[], list[Row]]]] = [
            ("engine", engine.goals),
            ("start", lambda: start(Path(folder) / "start")),
            ("pages", lambda: pages.goals(Path(folder) / "pages")),
        ]
        found: list[Row] = []
        for name, measure in parts:
            print(f"measuring: {name} ...", file=sys.stderr, flush=True)
            found += measure()
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    for each in found:
        met = "ok" if each["ok"] else "MISSED"
        print(f"{each['name']:<66} {each['value']:>8} {each['unit']:<6} {each['goal']:<8} {met}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
