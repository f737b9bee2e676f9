"""A release as it is shown, and as it is printed."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from studio.booking import written
from studio.booking.models import Booking
from studio.booking.releases.models import Level, Release, ReleaseText, Sitter
from studio.scheduling.models import Studio
from studio.web.filters import date_with_year, moment

LEVELS = {
    Level.NONE: "Show them to nobody",
    Level.PORTFOLIO: "Portfolio",
    Level.ADVERTISING: "Portfolio and advertising",
}


def told(
    studio: Studio, booking: Booking, sitter: Sitter, release: Release, text: ReleaseText
) -> dict[str, Any]:
    """All that is printed of an answer, frozen when it is given."""
    zone = ZoneInfo(studio.zone)
    on, of = (
        date_with_year(each.astimezone(zone).date())
        for each in (booking.starts_at, text.created_at)
    )
    facts = [
        ("Photographed", sitter.name + (", under 18" if sitter.minor else "")),
        ("Session", f"{booking.package.name}, {on}"),
        ("Reference", booking.reference),
        ("Text", f"Version {text.version}, of {of}"),
    ]
    signed = [("Answer", LEVELS[release.level])]
    if release.signed_name:
        signed.append(("Signed, by typing the name", release.signed_name))
        if sitter.minor:
            signed.append(("For the child, as", sitter.guardian_relation))
    at = f"{moment(release.signed_at, studio.zone)}, {studio.zone_city} time"
    signed += [("At", at), ("From the address", release.signed_from)]
    return written.told(studio, "Model release", facts, wording(text, release.level), signed)


def wording(text: ReleaseText, level: Level) -> str:
    """What somebody agrees to who chooses *level*, word for word."""
    allowed = {
        Level.NONE: [f"**{LEVELS[Level.NONE]}.** Nothing is allowed beyond the session itself."],
        Level.PORTFOLIO: [text.portfolio],
        Level.ADVERTISING: [text.portfolio, text.advertising],
    }[level]
    return "\n\n".join([text.body, "## What is allowed", *allowed])


def pdf(release: Release, zone: str) -> bytes:
    """The copy of an answer; where it was taken back, the paper says when (in *zone*)."""
    printed = dict(release.told)
    if release.withdrawn_at:
        on = date_with_year(release.withdrawn_at.astimezone(ZoneInfo(zone)).date())
        row = {"label": "Taken back on", "value": on}
        printed["signed"] = [*printed["signed"], row]
    return written.pdf(printed)
