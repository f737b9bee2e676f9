"""What is printed adds up, in every currency, and is the same whenever it is drawn."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.invoice import Charged, by_rate, less, share, total
from studio.domain.money import decimals
from studio.payments import paper, papers
from studio.payments.invoices import Invoice, InvoiceKind, Series, written
from studio.web.text import for_cell
from tests.domain.test_invoice import LINES, gbp
from tests.pdf_text import pieces_of

SOLD = (gbp(20, 30000, 5000), gbp(20, 8000, 1333), gbp(0, 1500, 0))


def named(number: str, rates: Iterable[Charged]) -> dict[str, Any]:
    kept = list(rates)
    return {
        "title": "Deposit invoice",
        "number": number,
        "on": "2026-11-23",
        "net": sum(each.net.minor for each in kept),
        "tax": sum(each.tax.minor for each in kept),
        "gross": sum(each.gross.minor for each in kept),
    }


def snapshot(
    lines: Sequence[Charged] = SOLD,
    rates: Sequence[Charged] | None = None,
    before: Sequence[dict[str, Any]] = (),
    kind: str = "final",
    client: str = "Robin Ash",
) -> dict[str, Any]:
    return {
        "kind": kind,
        "title": "Final invoice",
        "number": "2026-0002",
        "issued_on": "2026-12-07",
        "currency": lines[0].gross.currency,
        "tax_name": "VAT",
        "studio": {
            "name": "North Light",
            "legal_name": "North Light Ltd",
            "address": ["3 Lantern Yard", "London"],
            "email": "hello@northlight.example",
            "phone": "020 7946 0123",
            "tax_number": "GB 000",
            "company_number": "0123",
            "footer": "Thank you.",
        },
        "client": {"name": client, "email": "robin@client.example"},
        "session": {"name": "Standard headshot", "on": "2026-12-08", "reference": "7KX2M9QPRS"},
        "lines": [
            {"label": "A line", "quantity": 1, "unit": each.gross.minor, **written(each)}
            for each in lines
        ],
        "rates": [written(each) for each in (by_rate(lines) if rates is None else rates)],
        "before": list(before),
        "paid": [{"kind": "payment", "method": "card", "on": "2026-11-23", "amount": 19750}],
    }


def figures(rows: Sequence[dict[str, Any]]) -> list[list[Decimal]]:
    return [[figure(cell) for cell in row["cells"]] for row in rows]


def figure(printed: str) -> Decimal:
    """The amount that a person reads."""
    plain = re.sub(r"[^\d.\u2212]", "", printed).replace("\u2212", "-")
    return Decimal(plain)


def column_sums(rows: Sequence[list[Decimal]]) -> list[Decimal]:
    return [sum(column, Decimal(0)) for column in zip(*rows, strict=True)]


@given(LINES, st.integers(0, 100))
def test_printed_figures_add_up(lines: list[Charged], percent: int) -> None:
    """Down every column and along every line: of all lines, less a deposit, rate by rate."""
    currency = lines[0].gross.currency
    whole = by_rate(lines)
    deposit = share(whole, total(whole, currency).share(percent))
    rates = less(whole, deposit)
    before = [named("2026-0001", deposit)] if deposit else []

    said = paper.words(snapshot(lines, rates, before))

    rows, sums = figures(said["rows"]), figures(said["sums"])
    if len(said["columns"]) == 3:
        assert all(net + tax == gross for net, tax, gross in [*rows, *sums])
        assert column_sums(figures(said["rates"]) or [[Decimal(0)] * 3]) == sums[-1]
    if before:
        assert column_sums(rows) == sums[0]
        assert column_sums(sums[:-1]) == sums[-1]
    else:
        assert column_sums(rows) == sums[-1]
    places = decimals(currency)
    assert all(-each.as_tuple().exponent == places for row in rows for each in row)  # type: ignore[operator]


def test_a_credit_note_is_printed_above_zero() -> None:
    back = [-each for each in SOLD]
    said = paper.words(snapshot(back, kind="credit", before=[named("2026-0001", SOLD)]))

    assert said["sums"][0]["cells"] == ["£331.67", "£63.33", "£395.00"]
    assert "deposit invoice 2026-0001" in said["closing"]


def test_where_nothing_is_taxed_nothing_is_said_of_tax() -> None:
    said = paper.words(snapshot([gbp(0, 1500, 0)]))

    assert said["columns"] == ["Amount"]
    assert said["rates"] == []
    assert said["rows"][0]["cells"] == ["£15.00"]


def test_the_same_snapshot_is_the_same_file() -> None:
    first = paper.pdf(snapshot())

    assert first.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in first
    assert b"/Lang" in first
    assert paper.pdf(snapshot()) == first
    assert paper.pdf(snapshot(client="Robin Oak")) != first


@pytest.mark.parametrize(
    "name", ["#panic(1) $x$ *b* `c` @d <e> \\", '"); #sys', "山田太郎", "محمد", "🎉", "[" * 200]
)
def test_what_a_person_typed_is_never_markup(name: str) -> None:
    assert paper.pdf(snapshot(client=name)).startswith(b"%PDF-")


def test_a_long_paper_goes_on_over_pages() -> None:
    drawn = paper.pdf(snapshot([gbp(20, 120, 20)] * 100))

    assert len(re.findall(rb"/Type\s*/Page\b", drawn)) > 2


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", " =", "\uff1d", "\uff0b", "\uff20"])
def test_a_cell_is_never_a_formula(begins: str) -> None:
    assert for_cell(f"{begins}1+1").startswith("'")
    assert for_cell("Robin =1") == "Robin =1"


def test_the_accountants_table_holds_plain_figures() -> None:
    back = [-each for each in by_rate(SOLD)]
    told = snapshot(
        back, kind="credit", before=[named("2026-0001", SOLD)], client='=HYPERLINK("x")'
    )
    invoice = Invoice(
        kind=InvoiceKind.CREDIT, series=Series.CREDIT, year=2026, number=1,
        issued_on=date(2026, 12, 7), currency="GBP", snapshot=told,
    )  # fmt: skip
    text = papers.as_csv([invoice], "x").get_data().decode("utf-8-sig")
    heading, *rows = list(csv.reader(io.StringIO(text)))

    assert [dict(zip(heading, row, strict=True))["Total"] for row in rows] == ["-380.00", "-15.00"]
    first = dict(zip(heading, rows[0], strict=True))
    assert first["Number"] == "C2026-0001"
    assert first["Issued on"] == "2026-12-07"
    assert first["Client"] == '\'=HYPERLINK("x")'
    assert first["Refers to"] == "2026-0001"


def test_the_last_words_never_stand_alone_on_a_page() -> None:
    for count in range(8, 24):
        told = snapshot([gbp(20, 120, 20)] * count) | {"closing": "Please pay.", "paid": []}
        *_, last = pieces_of(paper.pdf(told))
        # With the rates of tax, their sums and the two lines of the foot.
        assert last > 12, (count, last)
