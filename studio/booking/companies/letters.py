"""A company's papers by mail, planned in the transaction that issues them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from studio.clients.companies import Company
from studio.messaging import outbox
from studio.messaging.models import MessageKind
from studio.messaging.outbox import NewMessage
from studio.payments.invoices import Invoice, InvoiceKind
from studio.web.filters import money
from studio.web.text import one_line


def issued(session: Session, company: Company, paper: Invoice, now: datetime) -> None:
    """Send a paper to whoever pays."""
    credit = paper.kind is InvoiceKind.CREDIT
    facts = dict(paper.snapshot["facts"])
    message = NewMessage(
        dedupe_key=f"company-paper:{paper.id}",
        kind=MessageKind.PAYMENT,
        template="company_invoice",
        recipient=company.email,
        context={
            "about": paper.id,
            "enclose": "invoice",
            "company": one_line(company.name),
            "number": paper.name,
            "title": paper.title,
            "credit": credit,
            "amount": money(-paper.total if credit else paper.total),
            "payable_by": facts.get("Payable by", ""),
        },
        due_at=now,
        step="company_invoice",
    )
    outbox.post(session, message, now)
