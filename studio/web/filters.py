"""How money, days and times are written for people: British English, the studio's wall clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency
from flask import Flask
from markupsafe import Markup

from studio.domain.money import Money
from studio.web.text import within_a_sentence

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LOCALE = "en_GB"

# Babel takes ten microseconds for a price or a date, and pages show the same ones again and again.
_remembered = lru_cache(maxsize=1000)


@_remembered
def money(amount: Money) -> str:
    """£84 where the pence are nought, £84.50 where they are not."""
    whole = amount.major == amount.major.to_integral_value()
    return format_currency(
        amount.major,
        amount.currency,
        locale=LOCALE,
        format="¤#,##0" if whole else None,
        currency_digits=not whole,
    )


def listed(names: Sequence[str]) -> str:
    """One, two and three."""
    return format_list(names, locale=LOCALE)


def clock(instant: datetime, zone: str) -> str:
    """10:15, on the wall clock of *zone*."""
    return format_time(instant.astimezone(ZoneInfo(zone)), "HH:mm", locale=LOCALE)


def moment(instant: datetime, zone: str) -> str:
    """Tuesday 8 December, 10:15, on the wall clock of *zone*."""
    return f"{day(instant, zone)}, {clock(instant, zone)}"


def day(instant: datetime, zone: str) -> str:
    """Tuesday 8 December, on the wall clock of *zone*."""
    return long_date(instant.astimezone(ZoneInfo(zone)).date())


def iso_day(instant: datetime, zone: str) -> str:
    """2026-12-08, on the wall clock of *zone*, as addresses name it."""
    return instant.astimezone(ZoneInfo(zone)).date().isoformat()


@_remembered
def long_date(on: date) -> str:
    return format_date(on, "EEEE d MMMM", locale=LOCALE)


def date_with_year(on: date) -> str:
    return format_date(on, "EEEE d MMMM y", locale=LOCALE)


@_remembered
def short_date(on: date) -> str:
    return format_date(on, "EEE d MMM", locale=LOCALE)


def short_day(instant: datetime, zone: str) -> str:
    """Tue 8 Dec, on the wall clock of *zone*."""
    return short_date(instant.astimezone(ZoneInfo(zone)).date())


def month_name(on: date) -> str:
    return format_date(on, "LLLL y", locale=LOCALE)


def duration(minutes: int) -> str:
    """45 minutes, 1 hour, 2 hours 30 minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours or minutes == 90:
        return f"{minutes} minutes"
    words = f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{words} {rest} minutes" if rest else words


def rate(percent: Decimal) -> str:
    """20%, 8.875%: without noughts at the end."""
    return f"{percent.normalize():f}%"


def local_minute(minute: int) -> str:
    """Minutes since midnight as a clock shows them; 1440 is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def markdown(text: str) -> Markup:
    """Staff's Markdown as HTML that cannot carry script, whatever was written."""
    import nh3

    return Markup(  # noqa: S704 -- nh3 has just cleaned it
        nh3.clean(
            _markdown().render(text),
            tags={"p", "ul", "ol", "li", "h2", "h3", "strong", "em", "a", "br", "blockquote"},
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto", "tel"},
        )
    )


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).disable(["image", "html_inline"])


def init_app(app: Flask) -> None:
    every: dict[str, Callable[..., Any]] = {
        "money": money,
        "clock": clock,
        "moment": moment,
        "day": day,
        "iso_day": iso_day,
        "long_date": long_date,
        "date_with_year": date_with_year,
        "short_date": short_date,
        "short_day": short_day,
        "month_name": month_name,
        "duration": duration,
        "rate": rate,
        "local_minute": local_minute,
        "markdown": markdown,
        "within_a_sentence": within_a_sentence,
    }
    app.jinja_env.filters.update(every)
