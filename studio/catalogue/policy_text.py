"""Bands of a policy as people write them, a line each: "14 days: credited", "24 hours: £65"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from babel.numbers import get_currency_symbol

from studio.domain.money import Money, decimals, step
from studio.domain.policy import CancelBand, Deposit, Fee, MoveBand
from studio.domain.terms import span
from studio.web.filters import LOCALE, money

_LINE = re.compile(r"(\d{1,4})\s*(days?|hours?|h|d)?\s*[:=]\s*(.+)", re.ASCII | re.IGNORECASE)
_FREE, _FORFEITS, _CREW = "free", "deposit used up", "and crew"
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3}){1,2}|\d{1,7})(?:\.(\d{1,3}))?", re.ASCII)
_PERCENT = re.compile(r"(\d{1,3})\s*%(?: of the price)?", re.ASCII)
_MOST = 8


def cancel_bands(text: str) -> tuple[CancelBand, ...]:
    """The bands of *text*, the most hours first.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    found = []
    for hours, said in _lines(text):
        words = said.removesuffix(_CREW).strip()
        try:
            found.append(CancelBand(hours, Deposit(words), crew=said.endswith(_CREW)))
        except ValueError:
            raise ValueError(
                f"“{said[:40]}” is neither returned, credited nor kept, with or without “and crew”."
            ) from None
    return tuple(found)


def move_bands(text: str, currency: str) -> tuple[MoveBand, ...]:
    """The bands of *text*, the most hours first.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    return tuple(MoveBand(hours, fee(said, currency)) for hours, said in _lines(text))


def fee(said: str, currency: str) -> Fee:
    """What "free", "£65", "25%" or "deposit used up" cost.

    Raises:
        ValueError: with a sentence for whoever typed it.
    """
    if said == _FREE:
        return Fee()
    if said == _FORFEITS:
        return Fee(forfeits=True)
    if (found := _PERCENT.fullmatch(said)) and int(found[1]) <= 100:
        return Fee(percent=int(found[1]))
    symbol = get_currency_symbol(currency, locale=LOCALE).lower()
    amount = _AMOUNT.fullmatch(said.lower().removeprefix(symbol).strip())
    places = decimals(currency)
    if amount and len(amount[2] or "") <= places:
        whole = amount[1].replace(",", "")
        minor = int(whole + (amount[2] or "").ljust(places, "0"))
        if minor % step(currency):
            least = Money(step(currency), currency).major
            raise ValueError(f"“{said[:40]}”: cards are charged in steps of {least:f} {currency}.")
        return Fee(minor=minor)
    raise ValueError(
        f"“{said[:40]}” is no fee: please write free, an amount, a share such as 25%, or deposit"
        " used up."
    )


def write_cancel(bands: Sequence[CancelBand]) -> str:
    return "\n".join(
        f"{span(band.hours_before)}: {band.deposit}{f' {_CREW}' if band.crew else ''}"
        for band in bands
    )


def write_move(bands: Sequence[MoveBand], currency: str) -> str:
    return "\n".join(f"{span(b.hours_before)}: {write_fee(b.fee, currency)}" for b in bands)


def write_fee(cost: Fee, currency: str) -> str:
    if cost.forfeits:
        return _FORFEITS
    if cost.percent:
        return f"{cost.percent}%"
    return money(Money(cost.minor, currency)) if cost.minor else _FREE


def _lines(text: str) -> list[tuple[int, str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > _MOST:
        raise ValueError(f"Please write 1 to {_MOST} lines.")
    found: dict[int, str] = {}
    for line in lines:
        parts = _LINE.fullmatch(line)
        if parts is None:
            raise ValueError(f"“{line[:40]}” should read like 72 hours: …, or 14 days: …")
        hours = int(parts[1]) * (24 if (parts[2] or "h").lower().startswith("d") else 1)
        if hours in found:
            raise ValueError(f"{span(hours)} stands there twice.")
        if hours > 24 * 365:
            raise ValueError("A year ahead is the most.")
        found[hours] = " ".join(parts[3].lower().split())
    if 0 not in found:
        raise ValueError("The last line is for 0 hours, so that one always holds.")
    return sorted(found.items(), reverse=True)
