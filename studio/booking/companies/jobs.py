"""Invoices of companies, made on the first of each month for the one before."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from studio.booking.companies.service import bill_company
from studio.clients.companies import Company
from studio.db import db
from studio.ports import ports
from studio.scheduling.models import Studio


def bill_last_month() -> int:
    """Invoice what companies have not been invoiced for until this month began; how many."""
    session = db.session()
    studio = session.get(Studio, 1)
    if studio is None:
        return 0
    local = ports().now().astimezone(ZoneInfo(studio.zone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    known = session.scalars(select(Company.id).order_by(Company.id)).all()
    session.rollback()
    return sum(bill_company(company_id, first) is not None for company_id in known)
