"""A try at taking the money of a payment: on a page, or from a card that was kept.

Everything here expects the world's lock to be held.
"""

from typing import Any

from studio.sandbox.stripe.cards import Answer, Card, card_ending
from studio.sandbox.stripe.customers import living
from studio.sandbox.stripe.params import Params, metadata, only, required, whole
from studio.sandbox.stripe.refusals import Refusal
from studio.sandbox.stripe.shapes import payment
from studio.sandbox.stripe.world import Object, World, new_id

SMALLEST = {"usd": 50, "eur": 50, "gbp": 30}
# What amounts are multiples of: the last of three digits, and two that there are in name only,
# have to be noughts.
_STEPS = dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 10) | {"isk": 100, "ugx": 100}

_KNOWN = (
    "allowed_payment_method_types",
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "expand",
    "metadata",
    "off_session",
    "payment_method",
    "receipt_email",
)
_ASKS = "authentication_required"


def chargeable(amount: int, currency: str, param: str) -> None:
    """Raises Refusal for an amount that no card can be charged, nor given back."""
    if amount % _STEPS.get(currency, 1):
        raise Refusal(
            400,
            f"Invalid integer: amounts in {currency} are multiples of {_STEPS[currency]}.",
            code="parameter_invalid_integer",
            param=param,
        )


def take(world: World, intent: Object, card: Card, *, email: str | None) -> None:
    """The bank pays; the card is kept for its customer, if the payment was to set that up."""
    charged = _try(world, intent, card, email)
    amount = intent["amount"]
    fee = amount * 15 // 1000 + 20
    moved = payment.balance_transaction(charged, "charge", amount, fee, now=world.now())
    world.add(moved)
    charged.update(
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=amount,
        balance_transaction=moved["id"],
        outcome=_outcome("approved_by_network", None, "Payment complete."),
    )
    intent.update(
        status="succeeded",
        amount_received=amount,
        payment_method=charged["payment_method"],
        last_payment_error=None,
    )
    method = world.get("payment_method", charged["payment_method"])
    if intent["customer"] and intent["setup_future_usage"] and not method["customer"]:
        method["customer"] = intent["customer"]
        world.emit("payment_method.attached", method)
    world.emit("charge.succeeded", charged)
    world.emit("payment_intent.succeeded", intent)


def fail(world: World, intent: Object, card: Card, *, email: str | None) -> None:
    """The bank says no, or does not know the person; without a number it was never asked."""
    error: dict[str, Any] = {
        "code": card.code,
        "message": card.message or "The payment failed.",
        "type": "card_error",
    }
    if card.decline_code:
        error["decline_code"] = card.decline_code
    intent.update(status="requires_payment_method", last_payment_error=error)
    if card.number:
        charged = _try(world, intent, card, email)
        charged.update(
            status="failed",
            failure_code=card.code,
            failure_message=error["message"],
            outcome=_outcome(
                "declined_by_network", card.decline_code or card.code, "The bank said no."
            ),
        )
        error["charge"] = charged["id"]
        world.emit("charge.failed", charged)
    world.emit("payment_intent.payment_failed", intent)


def charge_kept(world: World, params: Params) -> Object:
    """Charge a kept card with nobody there, at once.

    Raises:
        Refusal: 402 if the bank says no or wants to see the client; 400 for anything that
            Stripe's pinned version would refuse.
    """
    _check(params)
    customer = living(world, required(params, "customer"))
    method = world.get("payment_method", required(params, "payment_method"))
    if method["customer"] != customer["id"]:
        raise Refusal(
            400,
            f"The payment method {method['id']} does not belong to the customer.",
            param="payment_method",
        )
    intent = payment.payment_intent(
        amount=whole(params, "amount"),
        currency=required(params, "currency").lower(),
        customer=customer["id"],
        now=world.now(),
        given={**params, "metadata": metadata(params)},
    )
    if intent["amount"] < SMALLEST.get(intent["currency"], 1):
        raise Refusal(400, "Amount must be more.", code="amount_too_small", param="amount")
    chargeable(intent["amount"], intent["currency"], "amount")
    world.add(intent).update(payment_method=method["id"])
    world.emit("payment_intent.created", intent)
    card = card_ending(method["card"]["last4"])
    if card.later is Answer.PAYS:
        take(world, intent, card, email=customer["email"])
        return intent
    if card.later is Answer.ASKS:
        words = "Your card was declined. This transaction requires authentication."
        card = Card("", Answer.DECLINES, "", _ASKS, _ASKS, words)
    fail(world, intent, card, email=customer["email"])
    intent.update(payment_method=None)
    raise Refusal(
        402,
        card.message,
        kind="card_error",
        code=card.code,
        decline_code=card.decline_code,
        intent=dict(intent),
    )


def _check(params: Params) -> None:
    if "payment_method_types" in params:
        raise Refusal(
            400,
            "payment_method_types is no longer supported; use allowed_payment_method_types.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    only(params, _KNOWN)
    if params.get("allowed_payment_method_types", ["card"]) != ["card"]:
        raise Refusal(400, "The stand-in takes cards only.", param="allowed_payment_method_types")
    for name in ("confirm", "off_session"):
        if params.get(name) != "true":
            raise Refusal(400, "The stand-in charges kept cards at once only.", param=name)


def _try(world: World, intent: Object, card: Card, email: str | None) -> Object:
    method_id = intent["payment_method"]
    if method_id is None:
        method_id = new_id("pm")
        world.add(payment.payment_method(method_id, card, now=world.now(), email=email))
    charged = payment.charge(intent, card, method_id, now=world.now(), email=email)
    world.add(charged)
    intent.update(latest_charge=charged["id"])
    return charged


def _outcome(status: str, reason: str | None, message: str) -> dict[str, Any]:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": status,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": message,
        "type": "issuer_declined" if status == "declined_by_network" else "authorized",
    }
