"""What a caller may ask of a payment page when making it."""

from typing import Any

from studio.sandbox.stripe.charges import SMALLEST, chargeable
from studio.sandbox.stripe.customers import living
from studio.sandbox.stripe.params import Params, metadata, only, required, whole
from studio.sandbox.stripe.refusals import Refusal
from studio.sandbox.stripe.shapes import checkout
from studio.sandbox.stripe.world import Object, World

SHORTEST_SECONDS = 30 * 60
LONGEST_SECONDS = 24 * 3600

_KNOWN = frozenset(
    (
        "adaptive_pricing",
        "allowed_payment_method_types",
        "billing_address_collection",
        "cancel_url",
        "client_reference_id",
        "customer",
        "customer_creation",
        "customer_email",
        "expand",
        "expires_at",
        "line_items",
        "locale",
        "metadata",
        "mode",
        "payment_intent_data",
        "submit_type",
        "success_url",
        "ui_mode",
    )
)
_LAID_OVER = _KNOWN - {
    "adaptive_pricing", "expand", "expires_at", "line_items", "metadata", "payment_intent_data"
}  # fmt: skip


def create(world: World, params: Params, url_base: str) -> Object:
    """Make an open payment page.

    Raises:
        Refusal: for anything Stripe's pinned version would refuse.
    """
    _check(params)
    items = [_line(world, item, at) for at, item in enumerate(_items(params))]
    currencies = {item["currency"] for item in items}
    if len(currencies) != 1:
        raise Refusal(400, "All line items must have one currency.", param="line_items")
    currency = currencies.pop()
    total = sum(item["amount_total"] for item in items)
    if total < SMALLEST.get(currency, 1):
        raise Refusal(
            400,
            "The Checkout Session's total amount due must add up to more than the minimum.",
            code="amount_too_small",
        )
    session = checkout.checkout_session(
        now=world.now(), amount=total, currency=currency, url_base=url_base
    )
    session.update({name: params[name] for name in _LAID_OVER if name in params})
    session["expires_at"] = _expiry(world, params)
    session["metadata"] = metadata(params)
    if session["customer"]:
        session["customer_email"] = living(world, session["customer"])["email"]
    world.lines[session["id"]] = items
    world.intent_data[session["id"]] = _intent_data(params)
    return world.add(session)


def _check(params: Params) -> None:
    if "payment_method_types" in params:
        raise Refusal(
            400,
            "payment_method_types is no longer supported; use allowed_payment_method_types.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    only(params, _KNOWN)
    if required(params, "mode") != "payment":
        raise Refusal(400, "The stand-in takes payments only.", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise Refusal(
            400,
            "Invalid ui_mode: must be one of hosted_page, embedded_page, elements, or form"
            " (of which the stand-in has hosted_page).",
            param="ui_mode",
        )
    allowed = params.get("allowed_payment_method_types", ["card"])
    if allowed != ["card"]:
        raise Refusal(400, "The stand-in takes cards only.", param="allowed_payment_method_types")
    for name in ("success_url", "cancel_url"):
        if name in params and not str(params[name]).startswith(("http://", "https://")):
            raise Refusal(400, "Not a valid URL", code="url_invalid", param=name)
    required(params, "success_url")
    if "customer" in params and "customer_email" in params:
        raise Refusal(400, "You may only specify one of these: customer, customer_email.")
    if "@" not in params.get("customer_email", "@"):
        raise Refusal(400, "Invalid email address", code="email_invalid", param="customer_email")
    if len(params.get("client_reference_id", "")) > 200:
        raise Refusal(400, "Too long", param="client_reference_id")


def _items(params: Params) -> list[Any]:
    items = params.get("line_items")
    if not isinstance(items, list) or not items:
        raise Refusal(
            400, "Missing required param: line_items.", code="parameter_missing", param="line_items"
        )
    return items


def _line(world: World, item: Any, at: int) -> Object:
    where = f"line_items[{at}]"
    if not isinstance(item, dict) or not isinstance(item.get("price_data"), dict):
        raise Refusal(400, "The stand-in needs price_data.", param=where)
    only(item, ("price_data", "quantity"), where)
    price = item["price_data"]
    only(price, ("currency", "unit_amount", "product_data", "tax_behavior"), where)
    product = price.get("product_data")
    if not isinstance(product, dict):
        raise Refusal(400, "Missing required param: product_data.", param=where)
    only(product, ("name", "description"), where)
    unit, quantity = whole(price, "unit_amount"), whole(item, "quantity", 1)
    if unit < 0 or quantity < 1:
        raise Refusal(400, "Invalid positive integer", param=where)
    currency = required(price, "currency").lower()
    chargeable(unit, currency, f"{where}[price_data][unit_amount]")
    return checkout.line_item(
        now=world.now(),
        name=required(product, "name"),
        unit=unit,
        currency=currency,
        quantity=quantity,
    )


def _expiry(world: World, params: Params) -> int:
    now = world.now()
    expires_at = whole(params, "expires_at", now + LONGEST_SECONDS)
    if not now + SHORTEST_SECONDS <= expires_at <= now + LONGEST_SECONDS:
        raise Refusal(
            400,
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from"
            " Checkout Session creation.",
            param="expires_at",
        )
    return expires_at


def _intent_data(params: Params) -> Object:
    given = params.get("payment_intent_data", {})
    only(
        given,
        ("description", "metadata", "receipt_email", "setup_future_usage"),
        "payment_intent_data",
    )
    if given.get("setup_future_usage", "off_session") not in {"off_session", "on_session"}:
        raise Refusal(400, "Invalid setup_future_usage", param="payment_intent_data")
    return {**given, "metadata": metadata(given)}
