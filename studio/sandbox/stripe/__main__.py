"""Run the stand-in until it is told to stop."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from studio.sandbox.stripe.server import start


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m studio.sandbox.stripe",
        description="A stand-in for Stripe on this machine. No money moves.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument(
        "--webhook", action="append", default=[], metavar="URL", help="may be given several times"
    )
    parser.add_argument(
        "--secret", default="", help="whsec_…, needed with --webhook; several with commas"
    )
    parser.add_argument(
        "--memory", type=Path, metavar="FILE", help="remember from run to run what happened"
    )
    given = parser.parse_args()
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    try:
        sandbox = start(given.port, given.webhook, given.secret, given.memory)
    except (OSError, ValueError) as error:
        print(f"The Stripe stand-in cannot start: {error}", file=sys.stderr)
        return 1
    print(f"Stripe stand-in on {sandbox.url}", flush=True)
    stop.wait()
    sandbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
