"""Files in the instance folder that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path

# Where the demo studio's sign-ins are kept.
SIGN_INS = "sign-in.txt"


def write_private(file: Path, text: str) -> None:
    """Replace *file* in one move, readable by its owner alone."""
    half = file.with_name(f".{file.name}.part")
    half.unlink(missing_ok=True)
    with open(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:  # noqa: PTH123
        out.write(text)
    half.replace(file)
