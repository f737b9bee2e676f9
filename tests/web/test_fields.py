from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from studio.domain.money import LARGEST_MINOR, Money
from studio.web.fields import (
    DayField,
    EmailTextField,
    LineField,
    MoneyField,
    ParagraphField,
    WallTimeField,
    WholeNumberField,
    planned_day,
)


class Everything(Form):
    line = LineField("Line", required=False)
    text = ParagraphField("Text", required=False, longest=5000)
    email = EmailTextField("Email", required=False)
    number = WholeNumberField("Number", least=1, most=120, required=False)
    price = MoneyField("Price", most=100_000, required=False)
    day = DayField("Day", required=False)
    at = WallTimeField("At", required=False)


def typed(currency: str = "GBP", **fields: str) -> Everything:
    form = Everything(MultiDict(fields), meta={"currency": currency})
    form.validate()
    return form


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("84", 8400),
        ("84.5", 8450),
        (" £84.50 ", 8450),
        ("1,250", 125_000),
        ("0", 0),
        ("0.01", 1),
        ("0100000.00", 10_000_000),
    ],
)
def test_money_is_read_without_floats(text: str, minor: int) -> None:
    assert typed(price=text).price.data == Money(minor, "GBP")


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("JPY", "8400", 8400),
        ("KWD", "84.5", 84_500),
        ("KWD", "84.51", 84_510),
        ("ISK", "8400", 840_000),
        ("EUR", "€1.10", 110),
    ],
)
def test_each_currency_has_its_own_digits(currency: str, text: str, minor: int) -> None:
    assert typed(currency, price=text).price.data == Money(minor, currency)


def test_a_yen_has_no_part() -> None:
    assert "no digits" in str(typed("JPY", price="84.5").price.errors[0])


@pytest.mark.parametrize(
    ("currency", "text", "least"),
    [("KWD", "84.505", "0.010"), ("ISK", "84.50", "1.00"), ("UGX", "84.05", "1.00")],
)
def test_what_no_card_is_charged_is_refused(currency: str, text: str, least: str) -> None:
    field = typed(currency, price=text).price
    assert f"in steps of {least} {currency}" in str(field.errors[0])
    assert field._value() == text


@given(st.integers(0, 10_000_000))
def test_an_amount_written_is_read_back(minor: int) -> None:
    shown = Everything(data={"price": Money(minor, "GBP")}, meta={"currency": "GBP"}).price._value()
    assert typed(price=shown).price.data == Money(minor, "GBP")


@given(st.text(max_size=40))
def test_no_text_breaks_a_field(text: str) -> None:
    for name in Everything()._fields:
        form = typed(**{name: text})
        value: Any = form[name].data
        if name == "price" and value is not None:
            assert 0 <= value.minor <= LARGEST_MINOR
        if name == "number" and value is not None:
            assert 1 <= value <= 120
        # What is shown again can be printed on a page.
        shown: Any = form[name]
        assert "\x00" not in shown._value()


@pytest.mark.parametrize(
    "text", ["1_000", "\uff11\uff12", "+5", "-5", "5.0", "0x10", "٣", " ", "121", "0"]
)
def test_numbers_are_digits_in_bounds(text: str) -> None:
    assert typed(number=text).number.data is None


def test_leading_noughts_are_a_number_all_the_same() -> None:
    assert typed(number="007").number.data == 7


@pytest.mark.parametrize("text", ["2026-02-30", "2026-2-3", "1999-12-31", "2101-01-01", "20261224"])
def test_days_that_are_none_are_refused(text: str) -> None:
    assert typed(day=text).errors["day"]


def test_days_and_times_are_read_as_browsers_send_them() -> None:
    form = typed(day="2026-12-24", at="2026-12-24T14:30")
    assert form.day.data == date(2026, 12, 24)
    assert form.at.data == datetime(2026, 12, 24, 14, 30)


@pytest.mark.parametrize(
    "text", ["2026-12-24 14:30", "2026-12-24T14:30Z", "2026-12-24T14:30:01", "2026-12-24T25:00"]
)
def test_a_time_with_a_zone_or_seconds_is_refused(text: str) -> None:
    assert typed(at=text).errors["at"]


@pytest.mark.parametrize(
    "text", ["sam@", "sam", "a@b", "a@example.com, b@example.com", "a@b\n.com"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert typed(email=text).errors["email"]


def test_text_is_composed_and_trimmed() -> None:
    assert typed(line="  Ame\u0301lie ").line.data == "Amélie"
    assert typed(text="one\r\ntwo\t3").text.data == "one\ntwo\t3"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2000-01-01", date(2000, 1, 1)),
        ("2100-12-31", date(2100, 12, 31)),
        ("1999-12-31", None),
        ("2101-01-01", None),
        ("20261208", None),
        ("2026-W50-2", None),
        ("2026-02-30", None),
        ("", None),
    ],
)
def test_a_day_lies_in_years_that_a_studio_plans(text: str, found: date | None) -> None:
    assert planned_day(text) == found
