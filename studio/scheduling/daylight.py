"""When the sun sets: `astral` asked once a place and date, an instant answered."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def sunset(latitude: float, longitude: float, day: date, zone: ZoneInfo) -> int | None:
    """The epoch second at which the sun sets on the local date *day*; None where it does not."""
    return _sunset(latitude, longitude, day, zone)


@lru_cache(maxsize=4096)
def _sunset(latitude: float, longitude: float, day: date, zone: ZoneInfo) -> int | None:
    from astral import Observer  # only a studio that sells golden hour pays for it
    from astral.sun import sunset as sets

    observer = Observer(latitude, longitude)
    # Asked by the place's own day, which need not be the date on the studio's wall: far from its
    # zone's meridian the sun of one date sets on another by UTC.
    for shift in (0, -1, 1):
        try:
            at = sets(observer, day + timedelta(days=shift), tzinfo=UTC)
        except ValueError:  # polar day, or polar night
            continue
        if at.astimezone(zone).date() == day:
            return int(at.timestamp())
    return None
