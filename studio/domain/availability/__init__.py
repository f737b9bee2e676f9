"""Which starts are open: the one engine that offers times and accepts them.

All of it works on epoch seconds and half-open spans, and on nothing else: no
database, no clock, no framework. What is shown and what is accepted cannot
differ, because ``open_starts`` and ``is_open`` are one piece of code.
"""

from studio.domain.availability.engine import is_open, open_starts
from studio.domain.availability.gaps import gap_free
from studio.domain.availability.obstacles import Obstacle, Rule, Why
from studio.domain.availability.rules import artist_free
from studio.domain.availability.values import STUDIO, Gaps, Needs, Start, Step, Studio, Taken
from studio.domain.availability.why import why_not

__all__ = [
    "STUDIO",
    "Gaps",
    "Needs",
    "Obstacle",
    "Rule",
    "Start",
    "Step",
    "Studio",
    "Taken",
    "Why",
    "artist_free",
    "gap_free",
    "is_open",
    "open_starts",
    "why_not",
]
