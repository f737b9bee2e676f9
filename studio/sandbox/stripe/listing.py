"""Pages of objects, and ids replaced by what they stand for (``expand``)."""

import copy
import fnmatch
from collections.abc import Callable, Iterable
from typing import Any

from studio.sandbox.stripe.params import Params, whole
from studio.sandbox.stripe.refusals import Refusal
from studio.sandbox.stripe.world import Object, World

PAGING = ("created", "ending_before", "expand", "limit", "starting_after")


def page(found: Iterable[Object], params: Params, url: str) -> Object:
    """One page of *found*, which comes newest first."""
    limit = whole(params, "limit", 10)
    if not 1 <= limit <= 100:
        raise Refusal(400, "Invalid limit", code="parameter_invalid_integer", param="limit")
    rows = [each for each in found if _in_time(each, params)]
    if "ending_before" in params:
        before = rows[: _at(rows, params["ending_before"])]
        shown, more = before[-limit:], len(before) > limit
    else:
        after = (
            rows[_at(rows, params["starting_after"]) + 1 :] if "starting_after" in params else rows
        )
        shown, more = after[:limit], len(after) > limit
    return {"object": "list", "data": shown, "has_more": more, "url": url}


def _at(rows: list[Object], object_id: str) -> int:
    for at, each in enumerate(rows):
        if each["id"] == object_id:
            return at
    raise Refusal(400, f"No such object: '{object_id}'", code="resource_missing")


_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda made, bound: made > bound,
    "gte": lambda made, bound: made >= bound,
    "lt": lambda made, bound: made < bound,
    "lte": lambda made, bound: made <= bound,
}


def _in_time(each: Object, params: Params) -> bool:
    created = params.get("created", {})
    if isinstance(created, str):
        return bool(each["created"] == whole(params, "created"))
    return all(_BOUNDS[name](each["created"], whole(created, name)) for name in created)


def events(world: World, params: Params) -> Iterable[Object]:
    """The events asked for by ``type``, ``types`` and ``delivery_success``, newest first."""
    wanted = params.get("types") or [params.get("type", "*")]
    heard = params.get("delivery_success")
    for event in reversed(world.events):
        if heard is not None and (heard == "true") != (event["pending_webhooks"] == 0):
            continue
        if any(fnmatch.fnmatchcase(event["type"], kind) for kind in wanted):
            yield event


def expanded(world: World, answer: Object, paths: Iterable[str]) -> Object:
    """A copy of *answer*, with the ids at *paths* replaced by their objects."""
    drawn = copy.deepcopy(answer)
    for path in paths:
        _expand(world, drawn, path.split("."), path)
    return drawn


def _expand(world: World, at: Any, path: list[str], whole_path: str) -> None:
    if isinstance(at, list):
        for each in at:
            _expand(world, each, path, whole_path)
        return
    if not path or at is None:
        return
    name, rest = path[0], path[1:]
    if name == "line_items" and at.get("object") == "checkout.session":
        at[name] = copy.deepcopy(lines(world, at["id"], {}))
    if name not in at:
        raise Refusal(400, f"This property cannot be expanded ({whole_path}).", param="expand")
    if isinstance(at[name], str):
        if at[name] not in world.objects:
            raise Refusal(400, f"This property cannot be expanded ({whole_path}).", param="expand")
        at[name] = copy.deepcopy(world.objects[at[name]])
    _expand(world, at[name], rest, whole_path)


def lines(world: World, session_id: str, params: Params) -> Object:
    """What a payment page sells."""
    return page(world.lines[session_id], params, f"/v1/checkout/sessions/{session_id}/line_items")
