"""What is wrong with a studio, in sentences: settings, database, calendar, money, mail, Stripe."""

from __future__ import annotations

import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection, text

from studio import schema
from studio.adapters.smtp_mailer import SmtpMailer
from studio.db import db
from studio.ports import ports
from studio.ports.mailer import MailNotTaken
from studio.ports.payment_gateway import GatewayRefused, GatewayUnavailable, PaymentsPaused
from studio.settings import CHOSEN, Settings

_SECRETS = ("secret-key.txt", CHOSEN, "sign-in.txt")

# Every query answers with one row for each booking that breaks the rule.
_RULES = {
    "is held or confirmed but takes no time in the calendar": """
        SELECT b.reference FROM bookings b WHERE b.state IN ('held', 'confirmed')
          AND NOT EXISTS (SELECT 1 FROM allocations a WHERE a.booking_id = b.id)""",
    "is over but still takes time in the calendar": """
        SELECT b.reference FROM bookings b WHERE b.state IN ('cancelled', 'expired')
          AND EXISTS (SELECT 1 FROM allocations a WHERE a.booking_id = b.id)""",
    "is confirmed with less paid than its deposit": """
        SELECT b.reference FROM bookings b WHERE b.state = 'confirmed'
          AND NOT EXISTS (SELECT 1 FROM booking_events e
             WHERE e.booking_id = b.id AND e.kind = 'booked by staff') AND (
            SELECT coalesce(sum(d.amount_minor), 0) FROM dues d
             WHERE d.booking_id = b.id AND d.purpose = 'deposit') > (
            SELECT coalesce(sum(l.amount_minor), 0) FROM ledger_entries l
             WHERE l.booking_id = b.id
               AND l.kind IN ('payment', 'voucher', 'reversal', 'write_off'))""",
    "was paid back more than it paid": """
        SELECT b.reference FROM bookings b JOIN ledger_entries l ON l.booking_id = b.id
         GROUP BY b.reference HAVING sum(l.amount_minor) < 0""",
}


def faults(settings: Settings) -> list[str]:
    """A sentence for each thing that is wrong; needs an application context."""
    return [*_database(), *_files(settings.instance), *_mail(settings), *_cards(settings)]


def _database() -> Iterator[str]:
    at, newest = schema.current(), schema.newest()
    if at != newest:
        yield f"The database is at migration {at or 'none'}, not {newest}: run `studio migrate`."
        return
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            yield from _sqlite(connection)
        yield from _calendar(connection)
        for rule, query in _RULES.items():
            for (reference,) in connection.execute(text(query)):
                yield f"Session {reference} {rule}."


def _sqlite(connection: Connection) -> Iterator[str]:
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode != "wal":
        yield f"SQLite's journal mode is {mode}, not wal: readers and writers wait for each other."
    answer = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    if answer != "ok":
        yield f"The database file is damaged: {answer}."
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        yield f"{len(broken)} rows point at rows that are gone."


def _calendar(connection: Connection) -> Iterator[str]:
    """A sweep over what is taken; it shares no code with the guards it checks."""
    steps: dict[str, list[tuple[int, int]]] = defaultdict(list)
    capacity: dict[str, int] = {}
    rows = connection.execute(
        text(
            "SELECT r.name, r.capacity, a.busy_from, a.busy_to, a.quantity"
            " FROM allocations a JOIN resources r ON r.id = a.resource_id"
        )
    )
    for name, most, busy_from, busy_to, quantity in rows:
        capacity[name] = most
        steps[name] += [(busy_from, quantity), (busy_to, -quantity)]
    for name, changes in steps.items():
        load = 0
        for _at, change in sorted(changes):
            load += change
            if load > capacity[name]:
                yield f"{name} is taken {load} times at once and can be {capacity[name]} times."
                break


def _files(instance: Path) -> Iterator[str]:
    for name in _SECRETS:
        file = instance / name
        if file.is_file() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"{file} can be read by others on this machine: chmod 600 it."


def _mail(settings: Settings) -> Iterator[str]:
    if not settings.mail_url:
        if settings.production:
            yield "MAIL_URL is not set: mail is kept in the instance folder and reaches nobody."
        return
    host = urlsplit(settings.mail_url).hostname
    try:
        SmtpMailer(settings.mail_url).check()
    except MailNotTaken as error:
        yield f"The mail server {host} does not answer as it should ({error})."


def _cards(settings: Settings) -> Iterator[str]:
    key = settings.stripe_secret_key
    if key is None:
        if settings.production:
            yield "STRIPE_SECRET_KEY is not set: packages that cost a deposit cannot be booked."
        return
    live = key.split("_")[1] == "live"
    if live and not settings.production:
        yield "A live Stripe key is set on a machine of one's own: real money would move."
    if live and settings.stripe_api_base:
        yield "A live Stripe key would be sent to STRIPE_API_BASE, which is not Stripe."
        return
    if not live and settings.production and not settings.stripe_api_base:
        yield "STRIPE_SECRET_KEY is a test key: nobody's card is charged."
    where = urlsplit(settings.stripe_api_base or "https://api.stripe.com").netloc
    gateway = ports().gateway
    try:
        if gateway:
            gateway.missed_events(ports().now())
    except PaymentsPaused as error:
        yield f"Stripe refuses STRIPE_SECRET_KEY ({error}): no card can be charged."
    except GatewayRefused as error:
        yield f"Stripe says no to us: {error.message}"
    except GatewayUnavailable as error:
        yield f"{where} does not answer for Stripe ({error})."
