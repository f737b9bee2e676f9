"""How the tax on a price is told, at the moment at which it is read."""

from __future__ import annotations

from decimal import Decimal

from studio.db import db
from studio.domain.tax import Tax, Taxed
from studio.ports import ports
from studio.scheduling.openings import known_house
from studio.web.filters import rate


def tax_now(kind: str = Taxed.SESSION, own: Decimal | None = None) -> Tax:
    """The tax on what is sold at this moment, at its *own* rate if it has one."""
    house = known_house(db.session())
    return house.taxes.of(Taxed(kind), ports().now().astimezone(house.zone).date(), own)


def tax_words(name: str, tax: Tax) -> str:
    """What stands beside a price, such as "VAT included"."""
    if not tax.percent:
        return f"no {name}"
    return f"{name} included" if tax.included else f"plus {rate(tax.percent)} {name}"


def on_top(name: str, kind: str, own: Decimal | None = None) -> str:
    """What follows a price that does not hold its tax, such as ", plus 20% VAT"; else nothing."""
    tax = tax_now(kind, own)
    return "" if tax.included or not tax.percent else f", {tax_words(name, tax)}"


def tax_sentence(name: str, tax: Tax) -> str:
    """The same of a whole list of prices."""
    if not tax.percent:
        return f"No {name} is charged."
    said = f"{rate(tax.percent)} {name}"
    return f"Prices include {said}." if tax.included else f"{said} comes on top of the prices."
