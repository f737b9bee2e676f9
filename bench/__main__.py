"""Measure every goal: a table on the screen, rows in bench/results.json.

python -m bench [PART ...]

Parts that are named are measured alone and shown, and the file stays as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from bench import contention, engine, fitting, growth, mail, pages, reading, reconciling, start
from bench.rows import Row, show

RESULTS = Path(__file__).parent / "results.json"
PARTS: dict[str, Callable[[Path], Iterable[Row]]] = {
    "engine": lambda _: engine.goals(),
    "fitting": lambda _: fitting.goals(),
    "reading": lambda _: reading.goals(),
    "growth": growth.goals,
    "pages": pages.goals,
    "contention": lambda _: contention.goals(),
    "mail": lambda _: mail.goals(),
    "reconciling": reconciling.goals,
    "start": start.goals,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure every goal.")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART")
    asked = parser.parse_args().parts
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="sittings-bench-") as folder:
        for name in asked or PARTS:
            print(f"measuring: {name} ...", file=sys.stderr, flush=True)
            found += PARTS[name](Path(folder) / name)
    if not asked:
        RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
