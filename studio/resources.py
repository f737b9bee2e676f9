"""Where templates, migrations and static files lie: inside an installed package, or beside it."""

from __future__ import annotations

from pathlib import Path


def folder(name: str) -> Path:
    """The folder *name*, in a wheel below the package, in a checkout beside it."""
    package = Path(__file__).parent
    inside = package / name
    return inside if inside.is_dir() else package.parent / name
