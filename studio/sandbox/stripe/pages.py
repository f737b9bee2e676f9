"""The hosted payment page, in HTML without scripts.

Everything here expects the world's lock to be held.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from studio.sandbox.stripe import payments
from studio.sandbox.stripe.cards import CARDS, card_of
from studio.sandbox.stripe.params import Params
from studio.sandbox.stripe.world import Object, World

_FOLDER = Path(__file__).parent / "templates"
_DECIMALS = dict.fromkeys(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(), 0
) | dict.fromkeys("bhd jod kwd omr tnd".split(), 3)
_SIGNS = {"gbp": "£", "eur": "€", "usd": "$"}
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)
_UNKNOWN = "That is not one of the test cards below. Any other card is refused here."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page, or where to go instead of one."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def amount(minor: int, currency: str) -> str:
    """An amount as people write it: ``£84.00``, ``7,000 JPY``."""
    digits = _DECIMALS.get(currency, 2)
    figure = f"{minor / 10**digits:,.{digits}f}"
    sign = _SIGNS.get(currency)
    return f"{sign}{figure}" if sign else f"{figure} {currency.upper()}"


_templates = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(amount=amount, cards=CARDS)


def answer(world: World, path: str, form: Params | None) -> Drawn:
    """The page at *path*; *form* is what was posted to it, if anything was."""
    if path == "/style.css":
        style = (_FOLDER / "style.css").read_bytes()
        return Drawn(200, style, {"Content-Type": "text/css; charset=utf-8"})
    match = re.fullmatch(r"/c/pay/(\w+)", path)
    session = world.objects.get(match[1]) if match else None
    if session is None or session["object"] != "checkout.session":
        return _draw("missing.html", 404)
    return _show(world, session) if form is None else _post(world, session, form)


def _post(world: World, session: Object, form: Params) -> Drawn:
    if session["status"] == "open":
        reason = _try(world, session, form)
        if reason:
            return _show(world, session, reason)
        if payments.awaits_authentication(world, session):
            card = card_of(str(form.get("card", "")))
            return _draw("authenticate.html", 200, session=session, card=card)
    if session["status"] == "complete":
        return Drawn(303, b"", {"Location": _success(session)})
    return _show(world, session, status=402 if session["status"] == "expired" else 200)


def _try(world: World, session: Object, form: Params) -> str:
    """Do what the form says; the reason why it did not work, or nothing."""
    card = card_of(str(form.get("card", "")))
    if card is None:
        return _UNKNOWN
    if "authentication" in form:
        payments.authenticate(world, session, card, ok=form["authentication"] == "complete")
    else:
        payments.pay(world, session, card)
    return "" if session["status"] == "complete" else _reason(world, session)


def _reason(world: World, session: Object) -> str:
    intent_id = session["payment_intent"]
    error = world.objects[intent_id]["last_payment_error"] if intent_id else None
    return str(error["message"]) if error else ""


def _show(world: World, session: Object, reason: str = "", status: int = 200) -> Drawn:
    if session["status"] == "expired":
        return _draw("expired.html", status, session=session)
    if session["status"] == "complete":
        return _draw("complete.html", status, session=session, next_url=_success(session))
    return _draw(
        "pay.html",
        402 if reason else status,
        session=session,
        lines=world.lines[session["id"]],
        reason=reason,
        until=datetime.fromtimestamp(session["expires_at"], UTC),
        left=_in_words(session["expires_at"] - world.now()),
    )


def _in_words(seconds: int) -> str:
    minutes = max(1, round(seconds / 60))
    if minutes >= 120:
        return f"{round(minutes / 60)} hours"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _success(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _draw(template: str, status: int, **context: object) -> Drawn:
    body = _templates.get_template(template).render(**context).encode()
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY,
        "Content-Type": "text/html; charset=utf-8",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Drawn(status, body, headers)
