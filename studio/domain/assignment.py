"""Who shoots a session, and where, when the client leaves it to the studio."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from studio.domain.availability import Start


def choose(
    start: Start,
    on_day: Mapping[int, int],
    in_week: Mapping[int, int],
    names: Mapping[int, str],
) -> tuple[int, int | None]:
    """The photographer and the room for a session at *start*; on location there is no room.

    Work is shared: whoever has the fewest sessions that day, then the fewest
    that week, then the first by name.
    """

    def work(who: int) -> tuple[int, int, str, int]:
        return on_day.get(who, 0), in_week.get(who, 0), names[who], who

    photographer = min(start.options, key=work)
    return photographer, room_for(start, photographer)


def room_for(start: Start, photographer: int) -> int | None:
    """The room for *photographer*, who must be among the options of *start*; none on location.

    One in which the wanted set stands already, so that nothing is rebuilt;
    else the first.
    """
    rooms = start.options[photographer]
    return next(chain((room for room in rooms if room in start.same_set), rooms), None)
