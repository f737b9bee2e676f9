"""Stripe's API under ``/v1``, as far as the studio uses it: which call does what.

Everything here expects the world's lock to be held.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from studio.sandbox.stripe import charges, checkouts, customers, payments, returns
from studio.sandbox.stripe.listing import PAGING, events, expanded, lines, page
from studio.sandbox.stripe.params import Params, metadata, only, required, whole
from studio.sandbox.stripe.refusals import Refusal, missing
from studio.sandbox.stripe.world import Object, World


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API; *parts* are the ids in its path."""

    world: World
    params: Params
    url_base: str
    path: str
    parts: tuple[str, ...]


# What an object is called in a path, the filters its list knows, and the word in between.
_KINDS = {
    "balance_transactions": ("balance_transaction", ("source", "type")),
    "charges": ("charge", ("customer", "payment_intent")),
    "checkout/sessions": ("checkout.session", ("customer", "payment_intent", "status")),
    "customers": ("customer", ("email",)),
    "disputes": ("dispute", ("charge", "payment_intent")),
    "payment_intents": ("payment_intent", ("customer",)),
    "payment_methods": ("payment_method", ("customer", "type")),
    "refunds": ("refund", ("charge", "payment_intent")),
}


def _list(call: Call) -> Object:
    kind, filters = _KINDS[call.parts[0]]
    only(call.params, (*PAGING, *filters))
    asked = {name: call.params[name] for name in filters if name in call.params}
    found = (
        each
        for each in call.world.all(kind)
        if "deleted" not in each and all(each.get(name) == value for name, value in asked.items())
    )
    return page(found, call.params, call.path)


def _retrieve(call: Call) -> Object:
    only(call.params, ("expand",))
    return call.world.get(_KINDS[call.parts[0]][0], call.parts[1])


def _create_session(call: Call) -> Object:
    return checkouts.create(call.world, call.params, call.url_base)


def _line_items(call: Call) -> Object:
    session = call.world.get("checkout.session", call.parts[0])
    return lines(call.world, session["id"], call.params)


def _expire(call: Call) -> Object:
    only(call.params, ("expand",))
    session = call.world.get("checkout.session", call.parts[0])
    payments.expire(call.world, session)
    return session


def _create_refund(call: Call) -> Object:
    params = call.params
    only(params, ("amount", "charge", "expand", "metadata", "payment_intent", "reason"))
    if "charge" in params:
        charged = call.world.get("charge", params["charge"])
    else:
        charged = returns.charge_of(call.world, required(params, "payment_intent"))
    amount = whole(params, "amount") if "amount" in params else None
    reason = params.get("reason")
    if reason not in {None, "duplicate", "fraudulent", "requested_by_customer"}:
        raise Refusal(400, f"Invalid reason: {reason}", param="reason")
    given = {"metadata": metadata(params), "reason": reason}
    return returns.refund(call.world, charged, amount, given)


def _charge_kept(call: Call) -> Object:
    return charges.charge_kept(call.world, call.params)


def _create_customer(call: Call) -> Object:
    return customers.create(call.world, call.params)


def _update_customer(call: Call) -> Object:
    return customers.update(call.world, call.parts[0], call.params)


def _delete_customer(call: Call) -> Object:
    return customers.delete(call.world, call.parts[0], call.params)


def _list_events(call: Call) -> Object:
    only(call.params, (*PAGING, "delivery_success", "type", "types"))
    return page(events(call.world, call.params), call.params, call.path)


def _retrieve_event(call: Call) -> Object:
    only(call.params, ("expand",))
    for event in call.world.events:
        if event["id"] == call.parts[0]:
            return event
    raise missing("event", call.parts[0])


_KIND, _ID = f"({'|'.join(_KINDS)})", r"(\w+)"
_CALLS: tuple[tuple[str, re.Pattern[str], Callable[[Call], Object]], ...] = tuple(
    (method, re.compile(f"/v1/{path}"), answer)
    for method, path, answer in (
        ("POST", "checkout/sessions", _create_session),
        ("GET", f"checkout/sessions/{_ID}/line_items", _line_items),
        ("POST", f"checkout/sessions/{_ID}/expire", _expire),
        ("POST", "payment_intents", _charge_kept),
        ("POST", "refunds", _create_refund),
        ("POST", "customers", _create_customer),
        ("POST", f"customers/{_ID}", _update_customer),
        ("DELETE", f"customers/{_ID}", _delete_customer),
        ("GET", "events", _list_events),
        ("GET", f"events/{_ID}", _retrieve_event),
        ("GET", _KIND, _list),
        ("GET", f"{_KIND}/{_ID}", _retrieve),
    )
)


def answer(world: World, method: str, path: str, params: Params, url_base: str) -> Object:
    """What the API says to one request.

    Raises:
        Refusal: if it says no, also to an address it does not know.
    """
    for verb, pattern, handle in _CALLS:
        match = pattern.fullmatch(path)
        if verb == method and match:
            call = Call(world, params, url_base, path, match.groups())
            expand = params.get("expand", [])
            if not isinstance(expand, list):
                raise Refusal(400, "Invalid array", param="expand")
            return expanded(world, handle(call), expand)
    raise Refusal(404, f"Unrecognized request URL ({method}: {path}).")
