"""Form fields that take what people type and nothing else.

Each refuses control characters, keeps what was typed when it refuses, and says why in a sentence.
Where a name comes twice, the first counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_symbol
from email_validator import EmailNotValidError, validate_email
from wtforms import Field
from wtforms.widgets import (
    DateInput,
    DateTimeLocalInput,
    EmailInput,
    TextArea,
    TextInput,
    TimeInput,
)

from studio.domain.money import Money, decimals, step
from studio.web.filters import LOCALE, local_minute
from studio.web.text import tidy, unwanted


class TypedField(Field):
    """One value made from one text by `parse`, and shown again by `written`.

    *longest* counts characters. An empty text is None, or refused where *required*.
    """

    widget: Any = TextInput()

    def __init__(
        self, label: str, *, required: bool = True, longest: int = 200, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self._longest = longest
        if required:
            self.flags.required = True

    def parse(self, text: str) -> Any:
        """The value of *text*, which is neither empty nor too long.

        Raises:
            ValueError: with a sentence for whoever typed it.
        """
        return text

    def written(self, value: Any) -> str:
        return str(value)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = None
        given = valuelist[0] if valuelist else ""
        text = tidy(given) if isinstance(given, str) else ""
        if unwanted(text):
            raise ValueError("There are characters in it that cannot be printed.")
        if len(text) > self._longest:
            raise ValueError(f"That is too long: {self._longest:,} characters at most.")
        if text:
            self.data = self.parse(text)
        elif self.flags.required:
            raise ValueError("Please fill this in.")

    def _value(self) -> str:
        if self.raw_data:
            return "".join(c for c in str(self.raw_data[0]) if not unwanted(c))
        return "" if self.data is None else self.written(self.data)


class LineField(TypedField):
    """A line of text; empty is an empty text."""

    several_lines = False

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or ""

    def parse(self, text: str) -> str:
        if not self.several_lines and ("\n" in text or "\t" in text):
            raise ValueError("Please keep it to one line.")
        return text


class ParagraphField(LineField):
    widget: Any = TextArea()
    several_lines = True


class EmailTextField(LineField):
    """An address as a person types it; whether anybody reads it is not asked."""

    widget = EmailInput()

    def __init__(self, label: str, *, longest: int = 254, **kwargs: Any) -> None:
        super().__init__(label, longest=longest, **kwargs)

    def parse(self, text: str) -> str:
        try:
            found = validate_email(
                super().parse(text),
                check_deliverability=False,
                allow_smtputf8=False,
                test_environment=True,
            )
        except EmailNotValidError:
            raise ValueError(
                "That does not look like an email address, such as sam@example.com."
            ) from None
        return found.normalized


class WholeNumberField(TypedField):
    """Digits 0 to 9 and nothing else; from *least* to *most*."""

    def __init__(self, label: str, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self._least, self._most = least, most

    def parse(self, text: str) -> int:
        # int() would take "1_000" and the digits of every script.
        if not (text.isascii() and text.isdigit()):
            raise ValueError("Please type a whole number, in digits.")
        # Leading noughts aside, more digits than the most has are too many, and dear to convert.
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(self._most)) or not self._least <= int(digits) <= self._most:
            raise ValueError(f"Please choose from {self._least:,} to {self._most:,}.")
        return int(digits)


_RATE = re.compile(r"(\d{1,3})(?:\.(\d{1,3}))?", re.ASCII)


class RateField(TypedField):
    """A rate in per cent, such as "20" or "8.875"; from nothing to 100."""

    def parse(self, text: str) -> Decimal:
        found = _RATE.fullmatch(text.removesuffix("%").strip())
        if not found:
            raise ValueError("Please type a rate in per cent, such as 20 or 8.875.")
        rate = Decimal(found[0])
        if rate > 100:
            raise ValueError("Please choose from 0 to 100.")
        return rate

    def written(self, value: Any) -> str:
        rate: Decimal = value
        return f"{rate.normalize():f}"


_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?", re.ASCII)


class MoneyField(TypedField):
    """An amount as people write it, "84", "84.50", "£1,250"; the form's meta has `currency`."""

    def __init__(self, label: str, *, most: int, **kwargs: Any) -> None:
        """*most* counts whole units."""
        super().__init__(label, **kwargs)
        self._most = most

    def parse(self, text: str) -> Money:
        currency: str = self.meta.currency
        symbol = get_currency_symbol(currency, locale=LOCALE)
        places = decimals(currency)
        found = _AMOUNT.fullmatch(text.removeprefix(symbol).strip())
        if not found:
            example = "84.50" if places == 2 else "84"
            raise ValueError(f"Please type an amount, such as {example}.")
        whole, part = found[1].replace(",", ""), found[2] or ""
        if len(part) > places:
            raise ValueError(f"{currency} has {places or 'no'} digits after the point.")
        long = len(whole.lstrip("0")) > len(str(self._most))
        if long or Decimal(f"{whole}.{part or 0}") > self._most:
            raise ValueError(f"Please choose an amount up to {symbol}{self._most:,}.")
        minor, least = int(whole + part.ljust(places, "0")), step(currency)
        if minor % least:
            raise ValueError(
                f"Cards are charged in steps of {Money(least, currency).major:f} {currency}."
            )
        return Money(minor, currency)

    def written(self, value: Any) -> str:
        money: Money = value
        return str(money.major)


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WALL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)

# Years that a studio plans in; what lies outside is a slip of the hand, and the end of all dates
# is far enough from it to count on.
PLANNED_YEARS = range(2000, 2101)


def planned_day(text: str) -> date | None:
    """The date that *text*, such as "2026-12-24", names; None if it is none a studio plans on."""
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return found if found and found.year in PLANNED_YEARS else None


class DayField(TypedField):
    """A date, as browsers send it."""

    widget: Any = DateInput()

    def parse(self, text: str) -> date:
        found = planned_day(text)
        if found is None:
            raise ValueError("Please give a date, such as 2026-12-24.")
        return found


_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class ClockField(TypedField):
    """A time of day, as browsers send it; its value is the minutes since midnight."""

    widget: Any = TimeInput()

    def parse(self, text: str) -> int:
        found = _TIME.fullmatch(text)
        if found is None:
            raise ValueError("Please give a time of the day, such as 20:00.")
        return int(found[1]) * 60 + int(found[2])

    def written(self, value: Any) -> str:
        return local_minute(value)


class WallTimeField(TypedField):
    """A date and a time on the studio's wall clock, as browsers send them: without a zone."""

    widget: Any = DateTimeLocalInput()

    def parse(self, text: str) -> datetime:
        try:
            found = datetime.fromisoformat(text) if _WALL_TIME.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None or found.year not in PLANNED_YEARS:
            raise ValueError("Please give a date and a time, such as 2026-12-24T14:30.")
        return found

    def written(self, value: Any) -> str:
        return f"{value:%Y-%m-%dT%H:%M}"
