"""The long campaigns, one after the other: what is random in the suite, many times over.

python -m bench.faults [walk | planted | engine | drift | month | storm | killed | mail | ...]

Ends 1 if anything is not as it must be. Half an hour on two cores that have nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

STORM, MAIL = "bench.storm", "bench.mail_storm"
ENGINE = ("test_availability_properties", "test_why", "test_hours", "test_intervals")


class Done(NamedTuple):
    """What came of a part, in a few words."""

    kept: bool
    words: str


class Part(NamedTuple):
    """A campaign: files of tests with many examples, or else a *storm* with flags."""

    about: str
    tests: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    storm: str = STORM

    def run(self) -> Done:
        return _tests(self.tests) if self.tests else _storm(self.storm, self.flags)


PARTS = {
    "walk": Part("10,000 use cases against a diary, each database", ("tests/walk",)),
    "planted": Part("bugs in the calendar: each must be noticed", ("tests/walk/campaign.py",)),
    "engine": Part(
        "the engine against its oracle", tuple(f"tests/domain/{name}.py" for name in ENGINE)
    ),
    "drift": Part(
        "money against Stripe's books, and planted bugs",
        ("tests/drift/test_drift.py", "tests/drift/campaign.py"),
    ),
    "month": Part("500 bookings with everything going wrong", ("tests/drift/month.py",)),
    "storm": Part("64 clients for 20 times"),
    "killed": Part("... every second process killed", flags=("--kill",)),
    "unguarded": Part("... without guards: it must book twice", flags=("--without-guards",)),
    "mail": Part("2,000 messages, workers killed while they send", storm=MAIL),
}


def _tests(files: Sequence[str]) -> Done:
    with tempfile.TemporaryDirectory(prefix="sittings-faults-") as folder:
        report = Path(folder) / "report.xml"
        flags = ("-q", "-n", "2", "-o", "timeout=0", "--tb=short", f"--junitxml={report}")
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *flags, *files],
            env={**os.environ, "HYPOTHESIS_PROFILE": "long"},
            check=False,
        )
        if not report.exists():
            return Done(kept=False, words="did not run")
        suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 -- pytest wrote it
        if suite is None:
            return Done(kept=False, words="did not run")
        steps = sum(
            int(each.get("value", 0))
            for each in suite.iter("property")
            if each.get("name") == "steps"
        )
        words = f"{suite.get('tests')} tests"
        return Done(ended.returncode == 0, f"{words}, {steps:,} steps" if steps else words)


def _storm(module: str, flags: Sequence[str]) -> Done:
    """A storm's table as it comes; its last line says what to keep."""
    last = ""
    with subprocess.Popen(
        [sys.executable, "-m", module, *flags], stdout=subprocess.PIPE, text=True
    ) as running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            last = line.strip()
    return Done(running.returncode == 0, last)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="*", help=", ".join(PARTS))
    asked = parser.parse_args()
    if unknown := set(asked.part) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    lines, kept = [], True
    for name in asked.part or PARTS:
        part = PARTS[name]
        print(f"\n{name}: {part.about} (load {os.getloadavg()[0]:.1f})", flush=True)
        began = time.monotonic()
        done = part.run()
        kept = kept and done.kept
        verdict = "ok" if done.kept else "NOT AS IT MUST BE"
        took = time.monotonic() - began
        lines.append(f"{name:<10} {part.about:<50} {done.words:<28} {took:>5.0f} s  {verdict}")
    print("\n" + "\n".join(lines))
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
