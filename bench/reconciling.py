"""Reconciling a month against the stand-in: what no event told is caught up, then all compared.

Of the month's bookings one in twenty paid something of which nobody told us.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, insert, select

from bench.databases import databases
from bench.rows import Row, row
from studio import schema
from studio.app import create_app
from studio.booking import jobs
from studio.booking.differences import differences
from studio.booking.models import Booking, BookingLine
from studio.db import Base, db
from studio.demo import service as demo
from studio.domain.lifecycle import BookingState
from studio.payments.models import (
    Due,
    EntryKind,
    LedgerEntry,
    Method,
    Payment,
    PaymentState,
    Purpose,
)
from studio.ports import ports
from studio.sandbox.stripe import server
from studio.sandbox.stripe.sandbox import Core, Request
from studio.settings import Settings

BOOKINGS, UNTOLD = 2000, 100
AMOUNT = 8400


def goals(folder: Path) -> Iterator[Row]:
    with databases() as found:
        for kind, url in found.items():
            took = _reconciled(folder / kind, url)
            yield row(f"a month of {BOOKINGS:,} bookings reconciled on {kind}", took, "s", "<= 60")


def _reconciled(instance: Path, url: str) -> float:
    sandbox = server.start()
    try:
        app = create_app(
            Settings.from_env(
                {
                    "INSTANCE": str(instance),
                    "DATABASE_URL": url,
                    "STRIPE_SECRET_KEY": "sk_test_only_for_measuring",
                    "STRIPE_WEBHOOK_SECRET": "whsec_only_for_measuring_0123456789",
                    "STRIPE_API_BASE": sandbox.url,
                }
            )
        )
        with app.app_context():
            schema.migrate()
            demo.load(days=45, fill=0.1)
            _a_month(sandbox.core)
            took = _measured()
            db.engine.dispose()
            return took
    finally:
        sandbox.close()


def _measured() -> float:
    gateway, now = ports().gateway, ports().now()
    if gateway is None:
        raise RuntimeError("no cards are taken")
    began = time.perf_counter()
    caught = jobs.reconcile()
    found = differences(gateway, now - timedelta(days=31), now)
    took = time.perf_counter() - began
    if caught != UNTOLD or found:
        raise RuntimeError(f"{caught} caught up, and {len(found)} differ")
    return took


def _a_month(core: Core) -> None:
    """Sessions like one of the demo's, each with a payment that Stripe has, and most with ours."""
    session, now = db.session(), ports().now()
    first = (session.scalar(select(func.max(Payment.id))) or 0) + 1
    like = session.scalars(
        select(Booking).where(Booking.state == BookingState.CONFIRMED).limit(1)
    ).one()
    currency = like.currency
    # It takes longer than a transaction may do nothing.
    session.rollback()
    pages = [_paid_page(core, first + n, f"MONTH{n}", currency, now) for n in range(BOOKINGS)]
    rows = [
        _copy(like, reference=f"MONTH{n}", idempotency_key=None, price_minor=AMOUNT, attention="")
        for n in range(BOOKINGS)
    ]
    bookings = list(session.scalars(insert(Booking).returning(Booking.id), rows))
    line = like.lines[0]
    session.execute(
        insert(BookingLine),
        [_copy(line, booking_id=each, total_minor=AMOUNT) for each in bookings],
    )
    session.execute(insert(Due), [_due(each, like.currency, now) for each in bookings])
    told = [n < BOOKINGS - UNTOLD for n in range(BOOKINGS)]
    session.execute(
        insert(Payment),
        [
            {
                "id": first + n,
                "booking_id": bookings[n],
                "amount_minor": AMOUNT,
                "currency": like.currency,
                "state": PaymentState.PAID if told[n] else PaymentState.OPEN,
                "method": Method.CARD,
                "confirms": False,
                "note": "",
                "recorded_by": "",
                "email": "robin@client.example",
                "checkout_id": page,
                "intent_id": intent if told[n] else None,
                "created_at": now - timedelta(hours=1),
                "expires_at": now,
                "checked_at": now - timedelta(hours=1),
            }
            for n, (page, intent) in enumerate(pages)
        ],
    )
    session.execute(
        insert(LedgerEntry),
        [
            {
                "booking_id": bookings[n],
                "kind": EntryKind.PAYMENT,
                "ref": intent,
                "amount_minor": AMOUNT,
                "currency": like.currency,
                "at": now - timedelta(minutes=30),
            }
            for n, (_, intent) in enumerate(pages)
            if told[n]
        ],
    )
    session.commit()


def _due(booking: int, currency: str, now: datetime) -> dict[str, Any]:
    return {
        "booking_id": booking,
        "purpose": Purpose.BALANCE,
        "label": "",
        "amount_minor": AMOUNT,
        "currency": currency,
        "due_at": now + timedelta(days=1),
    }


def _copy(like: Base, **changes: Any) -> dict[str, Any]:
    """A row as another one is, but for its key and the *changes*."""
    columns = type(like).__mapper__.column_attrs
    return {each.key: getattr(like, each.key) for each in columns if each.key != "id"} | changes


def _paid_page(
    core: Core, payment: int, reference: str, currency: str, now: datetime
) -> tuple[str, str]:
    """A page of the stand-in's that was paid on, made as the package asks for it."""
    asked = {
        "mode": "payment",
        "allowed_payment_method_types[0]": "card",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": currency.lower(),
        "line_items[0][price_data][unit_amount]": str(AMOUNT),
        "line_items[0][price_data][product_data][name]": "Balance",
        "client_reference_id": reference,
        "metadata[payment_id]": str(payment),
        "payment_intent_data[metadata][payment_id]": str(payment),
        "success_url": "http://127.0.0.1/",
        "cancel_url": "http://127.0.0.1/",
        "expires_at": str(int((now + timedelta(minutes=31)).timestamp())),
    }
    page = str(json.loads(_post(core, "/v1/checkout/sessions", urlencode(asked)))["id"])
    _post(core, f"/c/pay/{page}", "card=4242424242424242")
    return page, str(core.world.objects[page]["payment_intent"])


def _post(core: Core, path: str, body: str) -> bytes:
    key = {"authorization": "Bearer sk_test_only_for_measuring"}
    reply = core.reply(Request("POST", path, key, body))
    if reply is None or reply.status >= 400:
        raise RuntimeError(f"the stand-in did not take {path}")
    return reply.body
