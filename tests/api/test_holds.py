from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from studio.booking import service
from studio.db import db
from studio.payments.models import Payment
from studio.payments.promos import PromoCode
from studio.ports.payment_gateway import GatewayUnavailable
from tests import factories
from tests.api.calling import ROBIN, Caller, Sold
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.payment_gateway import FakeGateway


def test_a_hold_says_what_was_agreed(api: Caller, sold: Sold) -> None:
    held = api.hold(sold.at(photographer=sold.jonas, add_ons=[sold.extra]))

    assert held["starts_at"] == "2026-12-08T10:15:00+00:00"
    assert held["ends_at"] == "2026-12-08T11:35:00+00:00"
    assert held["arrive_at"] == "2026-12-08T10:05:00+00:00"
    assert held["expires_at"] == "2026-11-23T10:45:00+00:00"
    assert held["photographer"] == sold.jonas
    assert held["price"] == {"amount": 45500, "currency": "GBP"}
    assert held["due_now"] == {"amount": 22750, "currency": "GBP"}


def test_a_hold_is_not_kept_by_anything_on_the_way(api: Caller, sold: Sold) -> None:
    response = api.client.post("/api/v1/holds", json=sold.at())

    assert response.headers["Cache-Control"] == "no-store"


def test_a_start_may_be_named_in_any_zone(api: Caller, sold: Sold) -> None:
    for who, text in (
        (sold.amara, "2026-12-08T11:15+01:00"),
        (sold.jonas, "2026-12-08T10:15:00.000Z"),
    ):
        held = api.hold(sold.at(text, photographer=who))
        assert held["starts_at"] == "2026-12-08T10:15:00+00:00"


def test_people_default_to_the_fewest(app: Flask, api: Caller) -> None:
    with app.app_context():
        slug = factories.a_bookable_package(people_min=2, people_max=4).slug

    held = api.hold({"package": slug, "starts_at": TEN_FIFTEEN.isoformat()})

    with app.app_context():
        from studio.booking import links
        from studio.booking.models import TokenPurpose

        booking = links.find(db.session(), held["token"], TokenPurpose.HOLD)
        assert booking is not None
        assert booking.people == 2


def test_a_taken_start_is_answered_with_the_nearest(api: Caller, sold: Sold) -> None:
    api.hold(sold.at(photographer=sold.amara))

    problem = api.post("/holds", sold.at(photographer=sold.amara), 409)

    assert problem["type"] == "/problems/slot-taken"
    assert len(problem["nearest"]) == 3
    for each in problem["nearest"]:
        assert set(each) == {"starts_at", "ends_at", "photographers"}
        assert each["photographers"] == [sold.amara]
        api.hold(sold.at(each["starts_at"], photographer=sold.amara))
        break


@pytest.mark.parametrize(
    "starts_at",
    [
        "2026-11-22T10:15:00+00:00",  # yesterday
        "2026-11-23T11:00:00+00:00",  # too soon
        "2026-12-08T03:00:00+00:00",  # at night
        "2026-12-08T10:16:00+00:00",  # off the grid
        "2027-12-08T10:15:00+00:00",  # beyond the horizon
        "2000-01-01T00:00:00+00:00",
        "2100-12-31T23:59:00+00:00",
    ],
)
def test_a_start_that_is_not_open_is_as_good_as_taken(
    api: Caller, sold: Sold, starts_at: str
) -> None:
    problem = api.post("/holds", sold.at(starts_at), 409)

    assert problem["type"] == "/problems/slot-taken"
    assert isinstance(problem["nearest"], list)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"package": "nothing"}, "package"),
        ({"photographer": "nobody"}, "photographer"),
        ({"add_ons": ["nothing"]}, "add_ons"),
        ({"people": 3}, "people"),
    ],
)
def test_what_is_not_on_sale_is_named(
    api: Caller, sold: Sold, more: dict[str, object], wrong: str
) -> None:
    problem = api.post("/holds", {**sold.at(), **more}, 422)

    assert list(problem["errors"]) == [wrong]


def test_the_same_key_answers_the_same_hold(api: Caller, sold: Sold) -> None:
    first = api.hold(sold.at(), Idempotency_Key="k-1")

    assert api.hold(sold.at(), Idempotency_Key="k-1") == first


def test_the_same_key_with_another_body_is_refused(api: Caller, sold: Sold) -> None:
    api.hold(sold.at(), Idempotency_Key="k-1")

    problem = api.post("/holds", sold.at(people=2), 422, Idempotency_Key="k-1")

    assert problem["type"] == "/problems/idempotency-key-reused"


def test_the_key_of_a_hold_that_ran_out_is_gone(api: Caller, sold: Sold, clock: Clock) -> None:
    api.hold(sold.at(), Idempotency_Key="k-1")
    clock.advance(minutes=16)

    assert (
        api.post("/holds", sold.at(), 410, Idempotency_Key="k-1")["type"] == "/problems/hold-over"
    )


def test_another_callers_key_is_another_key(api: Caller, sold: Sold) -> None:
    first = api.hold(sold.at(), Idempotency_Key="1")
    other = api.client.post(
        "/api/v1/holds",
        json=sold.at(),
        headers={"Idempotency-Key": "1"},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )

    assert api.read(other, 201)["token"] != first["token"]


def test_a_household_is_one_caller(api: Caller, sold: Sold) -> None:
    first, second = (
        api.client.post(
            "/api/v1/holds",
            json=sold.at(),
            headers={"Idempotency-Key": "1"},
            environ_base={"REMOTE_ADDR": address},
        )
        for address in ("2001:db8::1", "2001:db8::2")
    )

    assert api.read(first, 201)["token"] == api.read(second, 201)["token"]


@pytest.mark.parametrize("key", ["", "two words", "é", "x" * 256])
def test_keys_that_cannot_be_used(api: Caller, sold: Sold, key: str) -> None:
    problem = api.post("/holds", sold.at(), 422, Idempotency_Key=key)

    assert list(problem["errors"]) == ["Idempotency-Key"]


def test_too_many_holds_at_once(
    api: Caller, sold: Sold, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    def too_many(_: object) -> None:
        raise service.TooManyHolds

    monkeypatch.setattr(service, "hold_time", too_many)

    assert api.post("/holds", sold.at(), 429)["type"] == "/problems/too-many-holds"


def test_what_is_due_leads_to_the_payment_page(
    api: Caller, sold: Sold, gateway: FakeGateway
) -> None:
    held = api.hold(sold.at())

    answer = api.post(f"/holds/{held['token']}/confirm", ROBIN)

    (page,) = gateway.pages.values()
    assert answer == {"state": "awaiting_payment", "checkout_url": page.shown.url}
    assert api.post(f"/holds/{held['token']}/confirm", ROBIN) == answer
    assert page.request.amount.minor == held["due_now"]["amount"]


def test_where_nothing_is_due_it_is_confirmed_at_once(app: Flask, api: Caller) -> None:
    with app.app_context():
        slug = factories.a_bookable_package(deposit_percent=0).slug
    held = api.hold({"package": slug, "starts_at": TEN_FIFTEEN.isoformat()})
    assert held["due_now"] == {"amount": 0, "currency": "GBP"}

    answer = api.post(f"/holds/{held['token']}/confirm", {**ROBIN, "notes": "Two\nlines\t."})

    assert answer["state"] == "confirmed"
    path = answer["booking_url"].removeprefix("http://127.0.0.1:8000")
    assert path.startswith("/booking/")
    assert api.client.get(path).status_code == 200
    assert api.post(f"/holds/{held['token']}/confirm", ROBIN) == answer
    assert api.delete(f"/holds/{held['token']}", 409)["type"] == "/problems/already-paid"


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "\u202egnp"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": 7}, "name"),
        ({"name": None}, "name"),
        ({"email": "robin"}, "email"),
        ({"email": f"{'x' * 300}@client.example"}, "email"),
        ({"email": "robin@client.example\r\nBcc: all@client.example"}, "email"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "1" * 31}, "phone"),
        ({"phone": 442079460000}, "phone"),
        ({"notes": "x" * 5001}, "notes"),
        ({"notes": "\x07"}, "notes"),
        ({"notes": ["x"]}, "notes"),
        ({"code": "WINTER"}, "code"),
        ({"accept_policy": False}, "accept_policy"),
        ({"accept_policy": "true"}, "accept_policy"),
        ({"accept_policy": 1}, "accept_policy"),
        ({"accept_policy": None}, "accept_policy"),
        ({"price": 1}, "price"),
        ({"state": "confirmed"}, "state"),
    ],
)
def test_details_that_cannot_be_used(
    api: Caller, sold: Sold, more: dict[str, object], wrong: str, gateway: FakeGateway
) -> None:
    held = api.hold(sold.at())

    problem = api.post(f"/holds/{held['token']}/confirm", {**ROBIN, **more}, 422)

    assert list(problem["errors"]) == [wrong]
    assert gateway.pages == {}


def test_an_empty_code_is_no_code(api: Caller, sold: Sold) -> None:
    held = api.hold(sold.at())

    body = {**ROBIN, "code": "", "phone": None, "notes": ""}
    api.post(f"/holds/{held['token']}/confirm", body)


def test_a_hold_that_ran_out_cannot_be_confirmed(api: Caller, sold: Sold, clock: Clock) -> None:
    held = api.hold(sold.at())
    clock.advance(minutes=16)

    problem = api.post(f"/holds/{held['token']}/confirm", ROBIN, 410)

    assert problem["type"] == "/problems/hold-over"


def test_a_payment_page_that_cannot_be_reached_keeps_the_hold(
    api: Caller, sold: Sold, gateway: FakeGateway
) -> None:
    held = api.hold(sold.at())
    gateway.trouble = GatewayUnavailable("down")
    path = f"/api/v1/holds/{held['token']}/confirm"

    response = api.client.post(path, json=ROBIN)

    assert api.read(response, 503)["type"] == "/problems/payment-unreachable"
    assert int(response.headers["Retry-After"]) > 0
    gateway.trouble = None
    assert api.post(f"/holds/{held['token']}/confirm", ROBIN)["state"] == "awaiting_payment"


def test_a_hold_given_up_is_free_again(api: Caller, sold: Sold) -> None:
    held = api.hold(sold.at(photographer=sold.amara))

    api.delete(f"/holds/{held['token']}")
    api.delete(f"/holds/{held['token']}")

    api.hold(sold.at(photographer=sold.amara))
    assert api.post(f"/holds/{held['token']}/confirm", ROBIN, 410)["type"] == "/problems/hold-over"


def test_giving_up_closes_the_payment_page_first(
    api: Caller, sold: Sold, gateway: FakeGateway
) -> None:
    held = api.hold(sold.at(photographer=sold.amara))
    api.post(f"/holds/{held['token']}/confirm", ROBIN)
    gateway.trouble = GatewayUnavailable("down")
    assert api.delete(f"/holds/{held['token']}", 503)["type"] == "/problems/payment-unreachable"
    api.post("/holds", sold.at(photographer=sold.amara), 409)  # it stays held
    gateway.trouble = None

    api.delete(f"/holds/{held['token']}")

    (page,) = gateway.pages.values()
    assert page.shown.state == "expired"
    api.delete(f"/holds/{held['token']}")
    api.hold(sold.at(photographer=sold.amara))


def test_what_was_paid_meanwhile_is_not_given_up(
    api: Caller, sold: Sold, gateway: FakeGateway
) -> None:
    held = api.hold(sold.at())
    api.post(f"/holds/{held['token']}/confirm", ROBIN)
    (checkout_id,) = gateway.pages
    gateway.pay(checkout_id)

    assert api.delete(f"/holds/{held['token']}", 409)["type"] == "/problems/already-paid"
    assert api.post(f"/holds/{held['token']}/confirm", ROBIN)["state"] == "confirmed"


@pytest.mark.parametrize("token", ["x", "%00", "x" * 43, "%ED%A0%80", "a" * 9000])
def test_an_unknown_token_is_not_found(api: Caller, sold: Sold, token: str) -> None:
    api.delete(f"/holds/{token}", 404)
    api.post(f"/holds/{token}/confirm", ROBIN, 404)


def test_the_clients_own_token_opens_no_hold(app: Flask, api: Caller) -> None:
    with app.app_context():
        slug = factories.a_bookable_package(deposit_percent=0).slug
    held = api.hold({"package": slug, "starts_at": TEN_FIFTEEN.isoformat()})
    own = api.post(f"/holds/{held['token']}/confirm", ROBIN)["booking_url"].rpartition("/")[2]

    api.delete(f"/holds/{own}", 404)


def test_from_packages_to_a_paid_session(
    api: Caller, sold: Sold, gateway: FakeGateway, clock: Clock
) -> None:
    (package,) = api.get("/packages")["packages"]
    slots = api.get(
        f"/packages/{package['slug']}/slots",
        query={
            "from": "2026-12-01",
            "to": "2026-12-31",
            "add_on": [package["add_ons"][0]["slug"]],
        },
    )["slots"]
    slot = slots[len(slots) // 2]
    held = api.hold(
        {
            "package": package["slug"],
            "starts_at": slot["starts_at"],
            "photographer": slot["photographers"][-1],
            "add_ons": [package["add_ons"][0]["slug"]],
        },
        Idempotency_Key="journey",
    )
    assert {name: held[name] for name in ("starts_at", "ends_at")} == {
        name: slot[name] for name in ("starts_at", "ends_at")
    }
    assert held["photographer"] == slot["photographers"][-1]
    confirm = f"/holds/{held['token']}/confirm"
    assert api.post(confirm, ROBIN)["state"] == "awaiting_payment"
    clock.advance(minutes=5)
    (checkout_id,) = gateway.pages
    gateway.pay(checkout_id)

    answer = api.post(confirm, ROBIN)

    assert answer["state"] == "confirmed"
    own_page = api.client.get(answer["booking_url"].removeprefix("http://127.0.0.1:8000"))
    assert own_page.status_code == 200
    assert (
        api.hold(
            {
                "package": package["slug"],
                "starts_at": slot["starts_at"],
                "photographer": slot["photographers"][-1],
                "add_ons": [package["add_ons"][0]["slug"]],
            },
            Idempotency_Key="journey",
        )["token"]
        == held["token"]
    )
    clock.set(datetime.fromisoformat(held["starts_at"]).astimezone(UTC) + timedelta(days=2))
    assert api.post(confirm, ROBIN) == answer


def test_a_code_lowers_what_is_paid(app: Flask, api: Caller) -> None:
    with app.app_context():
        package = factories.a_bookable_package(deposit_percent=100)
        promo = PromoCode(code="HALF", label="Half", percent=50, amount_minor=0, currency="GBP")
        factories.kept(promo)
        slug = package.slug
    held = api.post("/holds", {"package": slug, "starts_at": "2026-12-08T10:15:00Z"}, 201)
    details = {"name": "Robin Ash", "email": "robin@client.example", "accept_policy": True}
    path = f"/holds/{held['token']}/confirm"
    refused = api.post(path, {**details, "code": "nobody"}, 422)
    assert refused["errors"] == {"code": ["We do not know this code."]}

    said = api.post(path, {**details, "code": "half"}, 200)
    assert said["state"] == "awaiting_payment"
    assert api.post(path, {**details, "code": "half"}, 200) == said
    with app.app_context():
        assert db.session.scalars(select(Payment.amount_minor)).all() == [19750]
