"""What every paper says of the studio, of what a booking was sold for, and of earlier papers."""

from __future__ import annotations

from typing import Any

from studio.booking.models import Booking
from studio.domain.invoice import Charged, by_rate
from studio.domain.money import Money
from studio.payments.invoices import Invoice
from studio.scheduling.models import Studio


def sold(booking: Booking) -> tuple[Charged, ...]:
    """What the lines of a booking come to at each rate."""
    return by_rate(
        Charged(line.tax_percent, line.total, Money(line.tax_minor, line.currency))
        for line in booking.lines
    )


def studio_facts(studio: Studio) -> dict[str, Any]:
    return {
        "name": studio.name,
        "legal_name": studio.legal_name or studio.name,
        "address": (studio.legal_address or studio.address).splitlines(),
        "email": studio.email,
        "phone": studio.phone,
        "tax_number": studio.tax_number,
        "company_number": studio.company_number,
        "footer": studio.invoice_footer,
    }


def named(paper: Invoice) -> dict[str, Any]:
    """An earlier paper, as a later one names it."""
    return {
        "title": paper.title,
        "number": paper.name,
        "on": paper.issued_on.isoformat(),
        "net": paper.total_minor - paper.tax_minor,
        "tax": paper.tax_minor,
        "gross": paper.total_minor,
    }
