"""PDFs that go with mails."""

from __future__ import annotations

from studio.booking.gifts.letters import voucher_paper_of
from studio.db import db
from studio.messaging.rendering import Paper
from studio.payments.invoices import Invoice
from studio.payments.paper import pdf


def paper_for(kind: str, about: int) -> Paper:
    """The PDF that a mail encloses: the "voucher" of an order, or an "invoice".

    Raises:
        LookupError: if there is none.
    """
    if kind == "voucher":
        return voucher_paper_of(about)
    session = db.session()
    paper = session.get(Invoice, about)
    if paper is None:
        raise LookupError("no such invoice")
    name, snapshot = paper.name, paper.snapshot
    session.rollback()
    return Paper(f"{name}.pdf", pdf(snapshot))
