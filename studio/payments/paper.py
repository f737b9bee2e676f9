"""An invoice on paper: its snapshot in words and figures, and those as a PDF.

The same snapshot is the same PDF, byte by byte, whenever it is drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency

from studio.domain.money import Money, decimals
from studio.web.filters import LOCALE

_METHODS = {
    "card": "card",
    "cash": "cash",
    "transfer": "bank transfer",
    "terminal": "card on the terminal",
    "cheque": "cheque",
}


def pdf(snapshot: Mapping[str, Any]) -> bytes:
    """The paper that *snapshot* tells of, tagged for screen readers (PDF/UA-1)."""
    return drawn(Path(__file__).with_name("invoice.typ"), words(snapshot))


def drawn(template: Path, data: Mapping[str, Any]) -> bytes:
    """The PDF of a template with *data*: strings, and lists of them."""
    import typst

    made: bytes
    given = {"data": json.dumps(data)}
    source = template.read_bytes()
    try:
        made = typst.compile(
            source,
            format="pdf",
            sys_inputs=given,
            ignore_system_fonts=True,
            pdf_standards="ua-1",
            timestamp=0,
        )
    except typst.TypstError:
        # A name in letters that the library's own typeface has not: the machine's have to help.
        made = typst.compile(source, format="pdf", sys_inputs=given, timestamp=0)
    return made


def words(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """What is printed, as strings. A credit note's amounts are printed above zero."""
    return _Paper(snapshot).words()


class _Paper:
    def __init__(self, snapshot: Mapping[str, Any]) -> None:
        self.told = snapshot
        self.sign = -1 if snapshot["kind"] == "credit" else 1
        # Where nothing is taxed, nothing is said of tax.
        self.taxed = any(each["percent"] != "0" for each in snapshot["rates"] + snapshot["lines"])

    def words(self) -> dict[str, Any]:
        told, tax = self.told, self.told["tax_name"]
        return {
            "title": told["title"],
            "number": told["number"],
            "studio": self.studio(told["studio"]),
            "client": [
                line for each in told["client"].values() for line in each.splitlines() if line
            ],
            "facts": self.facts(),
            "first": "For",
            "columns": ["Net", tax, "Total"] if self.taxed else ["Amount"],
            "rows": [self.line(each) for each in told["lines"]],
            "sums": self.sums(),
            "rates_title": f"{tax} in this {_word(told)}",
            "rates_first": "Rate",
            "rates": [
                self.row(f"{each['percent']}%", each) for each in told["rates"] if self.taxed
            ],
            "paid": [self.payment(each) for each in told["paid"]],
            "closing": self.closing(),
        }

    def studio(self, studio: Mapping[str, Any]) -> dict[str, Any]:
        legal = [studio["legal_name"], ", ".join(studio["address"])]
        numbers = []
        if studio["tax_number"]:
            numbers.append(f"{self.told['tax_name']} number {studio['tax_number']}")
        if studio["company_number"]:
            numbers.append(f"Company number {studio['company_number']}")
        return {
            "name": studio["name"],
            "legal_name": studio["legal_name"],
            "address": studio["address"],
            "contact": [each for each in (studio["phone"], studio["email"]) if each],
            "legal": [", ".join(legal), *([", ".join(numbers)] if numbers else [])],
            "footer": studio["footer"].splitlines(),
        }

    def facts(self) -> list[dict[str, str]]:
        told, session = self.told, self.told["session"]
        of_session = [
            ("Session", session["name"]),
            ("Session on", _day(session["on"])),
            ("Reference", session["reference"]),
        ]
        facts = [
            ("Number", told["number"]),
            ("Issued on", _day(told["issued_on"])),
            # A company's paper is of several sessions, and says for itself of which.
            *told.get("facts", of_session),
        ]
        return [{"label": label, "value": value} for label, value in facts]

    def line(self, line: Mapping[str, Any]) -> dict[str, Any]:
        notes = [line["note"]] if line.get("note") else []
        if line["quantity"] != 1:
            notes.append(f"{line['quantity']} \u00d7 {self.money(line['unit'])}")
        if self.taxed:
            notes.append(f"{line['percent']}%\u00a0{self.told['tax_name']}")
        return self.row(line["label"], line, note=", ".join(notes))

    def sums(self) -> list[dict[str, Any]]:
        """The lines together, less earlier papers, and what this one comes to."""
        told = self.told
        name = "Credited" if self.sign < 0 else "Total"
        whole = _added(told["rates"])
        if told["kind"] != "final" or not told["before"]:
            return [self.row(name, whole, strong=True)]
        earlier = [
            self.row(
                f"{_sign(each)} {each['title'].lower()} {each['number']}",
                {key: -each[key] for key in ("net", "tax", "gross")},
                note=_day(each["on"]),
            )
            for each in told["before"]
        ]
        return [
            self.row("Together", _added(told["lines"])),
            *earlier,
            self.row("This invoice", whole, strong=True),
        ]

    def row(
        self, label: str, amounts: Mapping[str, Any], *, note: str = "", strong: bool = False
    ) -> dict[str, Any]:
        shown = ("net", "tax", "gross") if self.taxed else ("gross",)
        cells = [self.money(self.sign * amounts[key]) for key in shown]
        return {"label": label, "note": note, "cells": cells, "strong": strong}

    def payment(self, entry: Mapping[str, Any]) -> dict[str, str]:
        method = _METHODS.get(entry["method"], "")
        what = {
            "payment": f"Paid by {method}" if method else "Paid",
            "refund": "Given back",
            "reversal": "Taken back: not received",
            "voucher": "Paid by gift voucher",
            "dispute": "Taken back or returned by the bank",
            "write_off": "Not asked for, since it is too little for a card",
        }.get(entry["kind"], entry["kind"])
        return {"on": _day(entry["on"]), "what": what, "amount": self.money(entry["amount"])}

    def closing(self) -> str:
        if self.sign > 0:
            return str(self.told.get("closing", ""))
        names = [f"{each['title'].lower()} {each['number']}" for each in self.told["before"]]
        return f"This corrects what was invoiced before: {', '.join(names)}."

    def money(self, minor: int) -> str:
        """With every decimal its currency has, unlike on pages."""
        amount = Money(minor, self.told["currency"])
        places = decimals(amount.currency)
        pattern = f"¤#,##0.{'0' * places}" if places else "¤#,##0"
        written = format_currency(
            amount.major, amount.currency, pattern, locale=LOCALE, currency_digits=False
        )
        return written.replace("-", "\u2212")


def _word(told: Mapping[str, Any]) -> str:
    return "credit note" if told["kind"] == "credit" else "invoice"


def _sign(earlier: Mapping[str, Any]) -> str:
    """How an earlier paper counts: what was credited is invoiced anew."""
    return "Plus" if earlier["gross"] < 0 else "Less"


def _added(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    kept = list(rows)
    return {key: sum(each[key] for each in kept) for key in ("net", "tax", "gross")}


def _day(iso: str) -> str:
    return format_date(date.fromisoformat(iso), "d MMMM y", locale=LOCALE)
