"""What a change of hours does to what is booked, shown before it is saved."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from studio.scheduling.contradictions import Contradiction
from studio.scheduling.overrides import Held, Overlap


@dataclass(frozen=True, slots=True)
class Effect:
    """What is not as whoever makes a change might think.

    *caused* are booked sessions that it leaves without who or what they need, *known* those that
    were so before. *overlaps* are other ranges on the same dates, *held* what holds where they
    meet. Nothing booked is dropped.
    """

    caused: Sequence[Contradiction]
    known: Sequence[Contradiction]
    overlaps: Sequence[Overlap] = ()
    held: Sequence[Held] = ()

    @classmethod
    def between(
        cls,
        before: Sequence[Contradiction],
        after: Sequence[Contradiction],
        overlaps: Sequence[Overlap],
        held: Sequence[Held],
    ) -> Effect:
        """The effect of a change between two readings of what does not fit."""
        old = {each.key for each in before}
        return cls(
            [each for each in after if each.key not in old],
            [each for each in after if each.key in old],
            overlaps,
            held,
        )

    @property
    def seal(self) -> str:
        """Stands for all that has to be agreed to; "" if there is nothing of that kind."""
        if not self.caused and not self.overlaps:
            return ""
        told = ([each.key for each in self.caused], self.overlaps)
        return hashlib.sha256(repr(told).encode()).hexdigest()


class NotAgreed(Exception):
    """A change does what nobody has agreed to yet; nothing is changed."""

    def __init__(self, effect: Effect) -> None:
        super().__init__("the change has effects that were not agreed to")
        self.effect = effect
