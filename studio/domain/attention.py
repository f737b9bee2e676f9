"""Why somebody should look at something: a sentence a line, until somebody has read it."""

from __future__ import annotations


def also(before: str, why: str) -> str:
    """*before* with *why*, which hides nothing that nobody has seen to yet."""
    lines = before.splitlines()
    return "\n".join(lines if why in lines else [*lines, why])


def besides(now: str, seen: str) -> str:
    """What of *now* does not stand in *seen*, since it came after that was shown."""
    known = seen.splitlines()
    return "\n".join(each for each in now.splitlines() if each not in known)
