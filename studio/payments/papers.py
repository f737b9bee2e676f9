"""Invoices and credit notes as files to take away: one, a month of them, a table of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from zipfile import ZipFile, ZipInfo

from flask import Response

from studio.domain.money import Money
from studio.payments.invoices import Invoice
from studio.payments.paper import pdf
from studio.web.text import for_cell

_HEADINGS = (
    "Number", "Kind", "Issued on", "Client", "Email", "Session", "Session on", "Reference",
    "Currency", "Tax rate", "Net", "Tax", "Total", "Refers to",
)  # fmt: skip


def as_pdf(paper: Invoice) -> Response:
    return _file(pdf(paper.snapshot), "application/pdf", f"{paper.name}.pdf")


def as_zip(papers: Sequence[Invoice], name: str) -> Response:
    """Every paper as a PDF, each drawn when the ones before it have left."""
    known = [(each.name, each.issued_on, each.snapshot) for each in papers]
    return _file(_zipped(known), "application/zip", f"{name}.zip")


def as_csv(papers: Iterable[Invoice], name: str) -> Response:
    """A line for each rate of each paper, credit notes below zero; no cell is ever a formula.

    Dates are ISO, amounts plain decimals, and a mark at the beginning tells tables it is UTF-8.
    """
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(_HEADINGS)
    for paper in papers:
        table.writerows(_rows(paper))
    return _file(out.getvalue().encode("utf-8-sig"), "text/csv", f"{name}.csv")


def _rows(paper: Invoice) -> Iterator[list[str]]:
    told = paper.snapshot
    session = told["session"]
    for rate in told["rates"]:
        amounts = (Money(rate[key], paper.currency).major for key in ("net", "tax", "gross"))
        yield [
            paper.name,
            for_cell(paper.title),
            paper.issued_on.isoformat(),
            for_cell(told["client"]["name"]),
            for_cell(told["client"]["email"]),
            for_cell(session["name"]),
            session["on"],
            session["reference"],
            paper.currency,
            rate["percent"],
            *(f"{each:f}" for each in amounts),
            ", ".join(each["number"] for each in told["before"]),
        ]


class _Pipe:
    """What a ZIP is written to, piece by piece, and taken from."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        found, self._pieces = b"".join(self._pieces), []
        return found


def _zipped(papers: Iterable[tuple[str, date, dict[str, Any]]]) -> Iterator[bytes]:
    pipe: Any = _Pipe()
    with ZipFile(pipe, "w") as archive:
        for name, on, snapshot in papers:
            entry = ZipInfo(f"{name}.pdf", (on.year, on.month, on.day, 0, 0, 0))
            archive.writestr(entry, pdf(snapshot))
            yield pipe.taken()
    yield pipe.taken()


def _file(content: bytes | Iterator[bytes], mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)
