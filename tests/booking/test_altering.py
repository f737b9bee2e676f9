"""A booked session becomes another: what it takes, what it costs, and what may not be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from studio.booking import effects, service
from studio.booking.models import Booking
from studio.booking.service import (
    AlterRequest,
    CannotMove,
    ChargeUnderWay,
    Details,
    Effect,
    NotAgreed,
    NothingChanges,
    NotOffered,
    Received,
    RulesBroken,
    Wish,
)
from studio.catalogue.models import Package
from studio.db import db, transaction
from studio.messaging.models import Message
from studio.payments import invoices, kept_cards, ledger
from studio.payments.models import Due, Method, PaymentState, Purpose
from studio.payments.once import DoneBefore
from studio.scheduling.calendar import StartNotOpen
from studio.scheduling.models import Allocation, ResourceKind
from tests import factories
from tests.clock import Clock
from tests.factories import TEN_FIFTEEN
from tests.fakes.payment_gateway import FakeGateway

pytestmark = pytest.mark.usefixtures("database")

ROBIN = Details(name="Robin Ash", email="robin@client.example")
WEEK = timedelta(days=7)


class Shop:
    """Two packages, a look of 20 minutes, a print that takes none, and make-up beforehand."""

    def __init__(self) -> None:
        self.amara = factories.a_photographer("Amara Vale", email="amara@studio.example")
        artist = factories.a_resource(ResourceKind.ARTIST, name="Kit Moor")
        self.look = factories.an_add_on()
        self.print = factories.an_add_on(name="Print", minutes=0, price=2500)
        self.make_up = factories.make_up(artist)
        room = factories.a_resource(name="Room A")
        grey = factories.a_set(rooms=[room])
        white = factories.a_set(rooms=[room], name="Bright white")
        many: dict[str, Any] = {
            "people_max": 4, "people_included": 1, "minutes_per_extra": 10,
            "price_per_extra_minor": 5000,
        }  # fmt: skip
        self.small = factories.a_package(
            add_ons=[self.look, self.print, self.make_up], sets=[grey], **many
        )
        self.large = factories.a_package(
            name="Extended headshot", minutes=120, price_minor=60000, looks=4,
            add_ons=[self.look, self.print], sets=[grey, white], **many,
        )  # fmt: skip


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def sold(shop: Shop, gateway: FakeGateway) -> Booking:
    """A session of 395 pounds on 8 December at 10:15, whose deposit of 197.50 is paid."""
    booking = factories.a_hold(shop.small)
    service.check_out(booking.id, ROBIN)
    db.session.rollback()
    gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
    service.settle_now(booking.id)
    return factories.booking_of(booking.reference)


def alter(
    booking: Booking, package: Package, people: int = 1, add_ons: Mapping[str, int] | None = None,
    **request: Any,
) -> Effect:  # fmt: skip
    wanted = Wish(package=package.slug, people=people, add_ons=add_ons or {})
    return service.alter_booking(booking.id, AlterRequest(wish=wanted, by="Dev", **request))


def again(booking: Booking) -> Booking:
    return factories.booking_of(booking.reference)


def dues(booking: Booking) -> list[tuple[Purpose, int]]:
    db.session.rollback()
    return [(each.purpose, each.amount_minor) for each in ledger.dues(db.session(), booking.id)]


def owed(booking: Booking) -> int:
    db.session.rollback()
    return service.owed(db.session(), booking).minor


def pay_all(booking: Booking) -> None:
    cash = service.owed(db.session(), booking)
    service.record_payment(booking.id, Received(method=Method.CASH, amount=cash, note="", by="Dev"))


def taken(booking: Booking) -> list[tuple[object, ...]]:
    """All that it takes, as seconds from its start."""
    db.session.rollback()
    at = int(booking.starts_at.timestamp())
    rows = db.session.scalars(select(Allocation).where(Allocation.booking_id == booking.id))
    return sorted(
        (
            e.resource_id, e.exclusive, e.quantity, e.busy_from - at, e.busy_to - at, e.package_id,
            e.first_set_id, e.last_set_id, e.same_minutes, e.clear_minutes,
        )
        for e in rows
    )  # fmt: skip


def lines(booking: Booking) -> list[tuple[str, int, int, int]]:
    return [(e.label, e.quantity, e.minutes, e.total_minor) for e in again(booking).lines]


def everything(booking: Booking) -> object:
    """All that is known of it, to see that nothing has changed."""
    found = again(booking)
    session = db.session()
    return effects.told(session, found), taken(booking), dues(booking), len(found.events)


def test_what_adds_looks_adds_them_and_takes_its_own_away(sold: Booking, shop: Shop) -> None:
    shop.look.looks = 1
    db.session.commit()

    effect = alter(sold, shop.small, add_ons={shop.look.slug: 2})
    assert again(sold).looks == 4
    assert "4 looks instead of 2" in effect.changes
    # What the package has by now is not what was agreed.
    db.session.get_one(Package, shop.small.id).looks = 9
    db.session.commit()
    alter(sold, shop.small, add_ons={shop.look.slug: 1})
    assert again(sold).looks == 3
    alter(sold, shop.large, add_ons={shop.look.slug: 1})
    assert again(sold).looks == 5


def test_what_adds_looks_only_since_it_was_sold_takes_none_of_the_package_s_away(
    sold: Booking, shop: Shop
) -> None:
    alter(sold, shop.small, add_ons={shop.look.slug: 1})
    shop.look.looks = 1
    db.session.commit()

    alter(sold, shop.small)
    assert again(sold).looks == shop.small.looks == 2


def test_whoever_gets_a_client_ready_is_written_of_as_paid_after_cancelling(
    sold: Booking, shop: Shop
) -> None:
    def written() -> list[str]:
        letters = select(Message).where(Message.template == "altered").order_by(Message.id)
        return [" ".join(each.context["policy"]) for each in db.session.scalars(letters)]

    alter(sold, shop.small, add_ons={shop.make_up.slug: 1})
    kept = "we keep your deposit of £197.50, and £80 for the person booked to get you ready."
    assert kept in written()[0]
    alter(sold, shop.small, add_ons={shop.make_up.slug: 1, shop.print.slug: 1})
    assert written()[1] == ""


def test_another_package_takes_costs_and_says_what_it_would_have(
    sold: Booking, shop: Shop, clock: Clock
) -> None:
    effect = alter(sold, shop.large, 2, {shop.look.slug: 1})

    changed = again(sold)
    assert changed.package_id == shop.large.id
    assert (changed.people, changed.looks, changed.minutes) == (2, 4, 120 + 10 + 20)
    assert (changed.starts_at, changed.ends_at) == (
        TEN_FIFTEEN, TEN_FIFTEEN + timedelta(minutes=150)
    )  # fmt: skip
    assert [each.set_id for each in changed.sets] == [e.set_id for e in shop.large.package_sets]
    assert changed.sequence == 1
    assert {each.revision for each in changed.lines} == {2}
    assert changed.price_minor == 60000 + 5000 + 6000 == sum(e.total_minor for e in changed.lines)
    assert dues(sold) == [
        (Purpose.DEPOSIT, 19750), (Purpose.BALANCE, 19750), (Purpose.EXTRA, 31500),
    ]  # fmt: skip
    (extra,) = [e for e in ledger.dues(db.session(), sold.id) if e.purpose is Purpose.EXTRA]
    assert extra.label == "Extended headshot, One more look, more people"
    assert extra.due_at == TEN_FIFTEEN - timedelta(hours=24)
    assert "Until 12:45 instead of 11:15" in effect.changes
    (noted,) = [each for each in changed.events if each.kind == "altered"]
    assert (noted.detail["was"], noted.detail["price"]) == (39500, 71000)


def test_what_is_added_costs_what_it_costs_today_and_is_due_soon_where_the_balance_was(
    sold: Booking, shop: Shop, clock: Clock
) -> None:
    with transaction() as session:
        package = session.get_one(Package, shop.small.id)
        package.price_minor, package.price_per_extra_minor = 99900, 7000
    clock.set(TEN_FIFTEEN - timedelta(hours=20))
    alter(sold, shop.small, 3)

    assert lines(sold) == [
        ("Standard headshot", 1, 60, 39500), ("2 more people", 2, 20, 14000),
    ]  # fmt: skip
    (extra,) = [e for e in ledger.dues(db.session(), sold.id) if e.purpose is Purpose.EXTRA]
    assert extra.due_at == TEN_FIFTEEN


def test_what_costs_less_is_asked_for_less_first_what_was_added_last(
    sold: Booking, shop: Shop
) -> None:
    alter(sold, shop.large, 2)
    alter(sold, shop.large)
    assert dues(sold)[-1] == (Purpose.EXTRA, 60000 - 39500)
    alter(sold, shop.small)
    assert dues(sold) == [(Purpose.DEPOSIT, 19750), (Purpose.BALANCE, 19750)]
    assert again(sold).attention == ""


def paid_for_more(sold: Booking, shop: Shop) -> None:
    """600 pounds are paid, all of them, and it is to cost 395 from then on."""
    alter(sold, shop.large)
    pay_all(sold)


def test_what_was_paid_beyond_the_price_waits_for_a_person(sold: Booking, shop: Shop) -> None:
    paid_for_more(sold, shop)
    before = [each.name for each in invoices.of_booking(db.session(), sold.id)]
    effect = alter(sold, shop.small)

    assert effect.after.surplus.minor == 20500
    assert "205.00 GBP less than was paid" in again(sold).attention
    assert owed(sold) == 0
    assert not ledger.refunds(db.session(), sold.id)
    papers = invoices.of_booking(db.session(), sold.id)
    # What was issued stands as it was; a credit note takes off what it costs less.
    assert [each.name for each in papers[:-1]] == before
    assert (papers[-1].title, papers[-1].total_minor) == ("Credit note", -20500)

    service.give_back(sold.id, effect.after.surplus, reason="less", by="Dev")
    # It was never let off: whoever wants the large one again pays for it again.
    alter(sold, shop.large)
    assert owed(sold) == 20500


def test_more_again_uses_what_was_paid_too_much(sold: Booking, shop: Shop) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small)
    effect = alter(sold, shop.small, 2)

    assert owed(sold) == 0
    assert effect.after.surplus.minor == 15500
    assert "155.00 GBP" in again(sold).attention


def test_a_person_may_give_it_back_at_once(sold: Booking, shop: Shop) -> None:
    paid_for_more(sold, shop)
    alter(sold, shop.small, give_back=True)

    (refund,) = ledger.refunds(db.session(), sold.id)
    assert refund.amount_minor == 20500
    assert ledger.surplus(db.session(), sold.id, "GBP").minor == 0
    assert again(sold).attention == ""
    alter(sold, shop.large)
    assert owed(sold) == 20500


def test_what_does_not_fit_is_refused_and_all_stays(sold: Booking, shop: Shop) -> None:
    factories.a_confirmed_booking(
        factories.a_package(
            sets=[each.set for each in shop.small.package_sets], deposit_percent=0
        ),
        TEN_FIFTEEN + timedelta(minutes=75),
    )  # fmt: skip
    before = everything(sold)
    with pytest.raises(StartNotOpen):
        alter(sold, shop.small, 1, {shop.look.slug: 1})
    with pytest.raises(StartNotOpen):
        alter(sold, shop.small, 1, {shop.look.slug: 1}, reason="They beg", set_aside={"busy"})
    assert everything(sold) == before

    # What takes no time takes none of anybody's.
    alter(sold, shop.small, 1, {shop.print.slug: 3})
    assert lines(sold)[1] == ("Print", 3, 0, 7500)
    assert again(sold).sequence == 0


def test_a_soft_rule_is_broken_only_with_its_name_and_a_reason(
    shop: Shop, gateway: FakeGateway
) -> None:
    booking = factories.a_confirmed_booking(
        factories.a_package(
            sets=[e.set for e in shop.small.package_sets], add_ons=[shop.look], deposit_percent=0
        ),
        TEN_FIFTEEN + timedelta(hours=6, minutes=30),
    )  # fmt: skip
    wanted = {shop.look.slug: 1}
    with pytest.raises(StartNotOpen):
        alter(booking, booking.package, 1, wanted)
    with pytest.raises(RulesBroken) as refused:
        alter(booking, booking.package, 1, wanted, reason="She is late", set_aside=frozenset())
    rules = frozenset(each.rule.value for each in refused.value.obstacles)
    alter(booking, booking.package, 1, wanted, reason="She is late", set_aside=rules)

    assert again(booking).override_reason == "She is late"
    assert again(booking).ends_at == TEN_FIFTEEN + timedelta(hours=7, minutes=50)


def test_only_what_was_shown_is_done_and_once(sold: Booking, shop: Shop) -> None:
    before = everything(sold)
    with pytest.raises(NotAgreed) as asked:
        alter(sold, shop.large, agreed="")
    assert everything(sold) == before

    alter(sold, shop.small, 2)
    with pytest.raises(NotAgreed):
        alter(sold, shop.large, agreed=asked.value.effect.seal)
    alter(sold, shop.small)
    alter(sold, shop.large, agreed=asked.value.effect.seal, once="0" * 32)
    with pytest.raises(DoneBefore):
        alter(sold, shop.small, once="0" * 32)
    with pytest.raises(NothingChanges):
        alter(sold, shop.large)


@pytest.mark.parametrize(
    ("part", "people", "extra", "number"),
    [
        ("people", 5, "", 0),
        ("people", 0, "", 0),
        ("extra", 1, "make_up", 2),
        ("extra", 1, "print", 21),
        ("extra", 1, "print", -1),
    ],
)
def test_what_cannot_be_had_is_named(
    sold: Booking, shop: Shop, part: str, people: int, extra: str, number: int
) -> None:
    add_ons = {getattr(shop, extra).slug: number} if extra else {}
    with pytest.raises(NotOffered) as refused:
        alter(sold, shop.small, people, add_ons)
    assert refused.value.field.startswith(part)


def test_a_package_for_others_elsewhere_or_gone_cannot_be_had(sold: Booking, shop: Shop) -> None:
    park = factories.a_package(place=factories.a_place())
    skilled = factories.a_package(skills=[factories.a_skill()])
    for package, words in ((park, "elsewhere"), (skilled, "Amara Vale does not shoot")):
        with pytest.raises(NotOffered, match=words):
            alter(sold, package)
    with pytest.raises(NotOffered, match="does not go with Extended"):
        alter(sold, shop.large, 1, {shop.make_up.slug: 1})
    with transaction() as session:
        session.get_one(Package, shop.large.id).archived_at = TEN_FIFTEEN
    with pytest.raises(NotOffered, match="do not offer"):
        alter(sold, shop.large)


def test_a_session_that_has_begun_or_is_being_charged_stays(
    sold: Booking, shop: Shop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(kept_cards, "under_way", lambda *_: object())
        with pytest.raises(ChargeUnderWay):
            alter(sold, shop.large)
    clock.set(TEN_FIFTEEN)
    with pytest.raises(CannotMove):
        alter(sold, shop.large)


def test_nobody_pays_on_a_page_what_is_not_owed_any_more(
    sold: Booking, shop: Shop, gateway: FakeGateway
) -> None:
    service.pay_dues(sold.id)
    db.session.rollback()
    alter(sold, shop.small, 2)

    (page,) = [e for e in ledger.payments(db.session(), sold.id) if not e.confirms]
    assert page.state is PaymentState.EXPIRED
    assert gateway.pages[str(page.checkout_id)].shown.state.value == "expired"


def test_whichever_way_it_came_about_it_is_what_it_would_be_at_once(
    sold: Booking, shop: Shop
) -> None:
    """Its lines add up, it takes what a new one would, and what it owes is what is not paid."""
    rng, paid = Random(7), ledger.paid(db.session(), sold.id, "GBP").minor
    for _ in range(12):
        package = rng.choice([shop.small, shop.large])
        goes = [shop.look, shop.print] + [shop.make_up] * (package is shop.small)
        chosen = [each.slug for each in goes if rng.random() < 0.5]
        people = rng.randint(1, 4)
        try:
            alter(sold, package, people, dict.fromkeys(chosen, 1))
        except NothingChanges:
            continue
        new = factories.a_hold(
            package, TEN_FIFTEEN + WEEK, people=people, add_ons=chosen, held_by="oracle"
        )
        found = again(sold)
        assert taken(sold) == taken(new)
        assert lines(sold) == lines(new)
        assert found.price_minor == new.price_minor == sum(e[-1] for e in lines(sold))
        for name in ("minutes", "before_minutes", "people", "looks", "licence_text"):
            assert getattr(found, name) == getattr(new, name)
        assert found.arrive_at + WEEK == new.arrive_at
        assert sum(e.amount_minor for e in ledger.dues(db.session(), sold.id)) == found.price_minor
        assert owed(sold) == found.price_minor - paid
        assert ledger.paid(db.session(), sold.id, "GBP").minor == paid
        service.release_hold(new.id, by="oracle")
    assert not db.session.scalars(select(Due).where(Due.amount_minor <= 0)).all()


def test_it_stays_where_it_is_and_with_whom() -> None:
    """Whoever had the first room and the first artist has gone; that moves nobody."""
    rooms = [factories.a_resource(name=name) for name in ("Room A", "Room B")]
    artists = [factories.a_resource(ResourceKind.ARTIST, name=n) for n in ("Kit Moor", "Lou Pine")]
    look, made_up = factories.an_add_on(), factories.make_up(*artists)
    package = factories.a_package(
        sets=[factories.a_set(rooms=rooms)], add_ons=[look, made_up], deposit_percent=0
    )
    amara, ben = (factories.a_photographer(name) for name in ("Amara Vale", "Ben Oak"))
    rival = factories.a_hold(package, photographer=ben.slug, add_ons=[made_up.slug])
    ours = factories.a_confirmed_booking(package, photographer=amara.slug, add_ons=[made_up.slug])
    service.release_hold(rival.id, by="client")
    taken = select(Allocation.resource_id).where(Allocation.booking_id == ours.id)
    before = set(db.session.scalars(taken))

    alter(ours, package, add_ons={look.slug: 1, made_up.slug: 1})

    db.session.rollback()
    assert {amara.id, rooms[1].id, artists[1].id} == before
    assert set(db.session.scalars(taken)) == before
    assert again(ours).room_id == rooms[1].id
