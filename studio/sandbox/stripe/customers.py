"""Who cards are kept for: made, changed, and deleted with their cards.

Everything here expects the world's lock to be held.
"""

from studio.sandbox.stripe.params import Params, metadata, only
from studio.sandbox.stripe.refusals import missing
from studio.sandbox.stripe.shapes import checkout
from studio.sandbox.stripe.world import Object, World

_KNOWN = ("description", "email", "expand", "metadata", "name", "phone")


def create(world: World, params: Params) -> Object:
    only(params, _KNOWN)
    given = {**params, "metadata": metadata(params)}
    made = world.add(checkout.customer(now=world.now(), given=given))
    world.emit("customer.created", made)
    return made


def update(world: World, customer_id: str, params: Params) -> Object:
    only(params, _KNOWN)
    changed = living(world, customer_id)
    changed["metadata"].update(metadata(params))
    plain = set(_KNOWN) - {"expand", "metadata"}
    changed.update({name: params[name] for name in plain if name in params})
    world.emit("customer.updated", changed)
    return changed


def delete(world: World, customer_id: str, params: Params) -> Object:
    """Forget a customer and detach their cards; that they were there is all that is left."""
    only(params, ())
    gone = living(world, customer_id)
    for method in world.all("payment_method"):
        if method["customer"] == gone["id"]:
            method["customer"] = None
            world.emit("payment_method.detached", method)
    world.emit("customer.deleted", gone)
    return world.add({"id": gone["id"], "object": "customer", "deleted": True})


def living(world: World, customer_id: str) -> Object:
    """A customer who was not deleted.

    Raises:
        Refusal: 404, if there is none.
    """
    found = world.get("customer", customer_id)
    if "deleted" in found:
        raise missing("customer", customer_id)
    return found
