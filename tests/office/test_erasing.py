"""Row 50, in the office: a client is forgotten, and the books stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from studio.accounts.permissions import Role
from studio.booking import history, jobs, service
from studio.booking.afterwards.models import Delivery, DeliveryStage
from studio.booking.companies import service as companies
from studio.booking.erasure import waiting
from studio.booking.erasure.jobs import forget_customers
from studio.booking.erasure.personal import without_words
from studio.booking.erasure.service import StillNeeded, erase_client
from studio.booking.form.showing import folder
from studio.booking.gifts import service as gifts
from studio.booking.gifts.service import Offer
from studio.booking.links import own_token
from studio.booking.models import Booking, BookingEvent, TokenPurpose
from studio.booking.releases import queries
from studio.booking.releases import service as releases
from studio.booking.releases.models import Level
from studio.booking.releases.service import NewSitter, Signature
from studio.booking.service import Details, Received
from studio.clients.models import Client
from studio.db import Base, db, transaction
from studio.domain.lifecycle import BookingState
from studio.domain.money import Money
from studio.domain.terms import CalledOffBy, Figures
from studio.messaging import outbox
from studio.messaging.models import Message, MessageKind, MessageState
from studio.payments import invoices, kept_cards, ledger
from studio.payments.jobs import send_refunds
from studio.payments.kept_cards import CardConsent
from studio.payments.models import Method, Payment, PaymentState, Refund, RefundState
from studio.payments.voucher_orders import VoucherOrder
from studio.payments.vouchers import Voucher
from studio.ports.payment_gateway import GatewayUnavailable
from studio.prep.questionnaires.models import PrepAnswer, PrepForm, PrepPicture, Questionnaire
from tests import factories, people
from tests.booking.test_companies import ACME
from tests.booking.test_gifts import WANTED
from tests.browsing import Browser, Page
from tests.clock import Clock
from tests.fakes.payment_gateway import FakeGateway
from tests.office.counting import questions

pytestmark = pytest.mark.each_database

ROBYN = Details(
    name="Robyn Quill", email="Robyn@Quill.example", phone="020 7946 0999", notes="Lavender hat"
)
# Whatever would tell who she was.
TRACES = ("robyn", "quill", "0999", "lavender", "10.9.8.7")


@pytest.fixture
def reference(app: Flask, rolled_back: None, gateway: FakeGateway, clock: Clock) -> str:
    """A session that is over and paid for, with all that a studio comes to know of somebody."""
    with app.app_context():
        factories.a_studio()
        factories.a_release_text()
        booking = factories.a_hold()
        service.check_out(booking.id, ROBYN)
        gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
        service.settle_now(booking.id)
        service.give_back(booking.id, Money(100, "GBP"), reason="Robyn rang", by="Bo")
        send_refunds()
        service.record_payment(
            booking.id,
            Received(method=Method.CASH, amount=Money(19750, "GBP"), note="her mum Quill", by="Bo"),
        )
        for name, guardian in (("Kim Stark", ""), ("Pip Quill", "Robyn Quill")):
            sitter = NewSitter(
                name=name, minor=bool(guardian), guardian_name=guardian,
                guardian_relation="mother" if guardian else "", email="robyn@quill.example",
            )  # fmt: skip
            releases.name_sitter(booking.id, sitter)
        kim, pip = queries.answers_of(db.session(), booking.id)
        answers = ((kim, Level.PORTFOLIO, "Kim Stark"), (pip, Level.PORTFOLIO, "Robyn Quill"))
        for each, level, signed in answers:
            releases.answer_release(
                booking.id, each.sitter.id,
                Signature(version=1, level=level, name=signed, address="10.9.8.7"),
            )  # fmt: skip
        releases.withdraw_release(booking.id, pip.sitter.id)
        _known(booking)
        _shown(booking, clock)
        clock.set(booking.ends_at)
        clock.advance(hours=1)
        jobs.complete_past_sessions()
        return booking.reference


def _shown(booking: Booking, clock: Clock) -> None:
    """An answer, and a picture, which is kept as a file."""
    with transaction() as session:
        asked = Questionnaire(
            session_type_id=booking.package.session_type_id, version=1, days_before=3, asked=0,
            content=[], created_at=clock.now(),
        )  # fmt: skip
        session.add(asked)
        session.flush()
        common = {"booking_id": booking.id, "key": "hat"}
        session.add_all((
            PrepForm(booking_id=booking.id, questionnaire_id=asked.id, changed_at=clock.now()),
            PrepAnswer(**common, answer="Lavender", answered_at=clock.now()),
            PrepPicture(
                **common, file=folder().keep(b"quill"), digest="0", media_type="image/png",
                size=5, width=1, height=1, added_at=clock.now(),
            ),
        ))  # fmt: skip


def pictures(app: Flask) -> int:
    return len(list(app.extensions["settings"].pictures.glob("*")))


def _known(booking: Booking) -> None:
    now = booking.starts_at
    with transaction() as session:
        again = session.get_one(Booking, booking.id)
        again.notes = again.address = again.override_reason = "Quill Cottage"
        again.attention = "Robyn rang."
        session.add(
            Delivery(booking_id=again.id, stage=DeliveryStage.DELIVERED, link="https://g/quill",
                     changed_at=now)
        )  # fmt: skip
        history.note(
            session, again, "message tried again", by="Bo", now=now,
            before="robyn@quill.example", recipient="quill@quill.example", reason="Robyn rang",
        )  # fmt: skip
        client = session.get_one(Client, again.client_id)
        client.notes = "Lavender hat"
        sent = session.scalars(select(Message).order_by(Message.id)).first()
        assert sent is not None
        sent.state, sent.sent_at, sent.sent_subject = MessageState.SENT, now, "For Robyn"
        sent.sent_text, sent.sent_html, sent.error = "Dear Robyn", "<p>Dear Robyn</p>", "Quill"


@pytest.fixture
def client(app: Flask, reference: str) -> int:
    with app.app_context():
        found = factories.booking_of(reference).client_id
        assert found
        return found


@pytest.fixture
def owner(app: Flask, client: int) -> Browser:
    return people.signed_in(app, Role.OWNER)


def path(client: int) -> str:
    return f"/office/clients/{client}/erase"


def asked_twice(owner: Browser, client: int) -> Page:
    return owner.submit(owner.get(path(client)), form="", status=200)


def traces(app: Flask) -> dict[str, str]:
    """Every column of the database in which something still tells who she was."""
    return {name: words for name, words in _texts(app) if any(each in words for each in TRACES)}


def _texts(app: Flask) -> Iterator[tuple[str, str]]:
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            for row in db.session.execute(select(table)).mappings():
                for name, value in row.items():
                    if isinstance(value, str | dict | list):
                        yield f"{table.name}.{name}", json.dumps(value, default=str).lower()


def test_50_a_client_is_erased_and_the_books_stay(
    app: Flask, owner: Browser, client: int, reference: str, browser: Browser
) -> None:
    with app.app_context():
        booking = factories.booking_of(reference)
        papers = [
            (each.name, each.snapshot) for each in invoices.of_booking(db.session(), booking.id)
        ]
        money = ledger.paid(db.session(), booking.id, "GBP")
        price, own = booking.price_minor, own_token(TokenPurpose.BOOKING, reference)
    assert len(traces(app)) > 15
    assert {"prep_answers.answer", "refunds.reason"} <= set(traces(app))
    shown = pictures(app)
    browser.get(f"/booking/{own}")
    page = owner.get(path(client))
    assert "the one session" in page.words
    assert "Signed releases that are in force" in page.words
    page = owner.submit(page, status=200)
    assert "Really erase Robyn Quill?" in page.words

    page = owner.follow(owner.submit(page, {"typed": "robyn@quill.EXAMPLE"}))

    assert "Erased. Nobody can say any more who this client was." in page.words
    assert "Erased on Tuesday 8 December 2026" in page.words
    assert pictures(app) == shown - 1
    assert set(traces(app)) == {"invoices.snapshot", "releases.signed_from", "releases.told"}
    with app.app_context():
        booking = factories.booking_of(reference)
        after = [
            (each.name, each.snapshot) for each in invoices.of_booking(db.session(), booking.id)
        ]
        assert after == papers
        assert "Robyn Quill" in str(after)
        assert ledger.paid(db.session(), booking.id, "GBP") == money
        assert (booking.price_minor, booking.state) == (price, "completed")
        kim, pip = queries.answers_of(db.session(), booking.id)
        assert (kim.sitter.name, pip.sitter.name) == ("Kim Stark", "Erased")
        assert pip.release
        assert {"label": "Photographed", "value": "Erased"} in pip.release.told["facts"]
        assert "mother" not in str(pip.release.told)
        assert [each.actor for each in booking.events if each.kind == "erased"] == ["Owner Person"]
        assert (
            db.session.scalars(
                select(Message.id).where(Message.state == MessageState.PLANNED)
            ).all()
            == []
        )
    # Every page that shows her sessions still does, and her own link opens nothing.
    owner.get(f"/office/sessions/{booking.id}")
    owner.get("/office/clients")
    browser.get(f"/booking/{own}", 404)
    for message in messages(app):
        page = owner.get(f"/office/prep/messages/{message}")
        assert not page.all("form[action*='resend']")
        owner.client.get(f"/office/prep/messages/{message}/html")


def test_a_picture_that_cannot_be_removed_is_told_and_the_others_go(
    app: Flask, owner: Browser, client: int, reference: str
) -> None:
    where = app.extensions["settings"].pictures
    with app.app_context():
        (stuck,) = db.session.scalars(select(PrepPicture.file)).all()
        (where / stuck).unlink()
        # What is no file cannot be removed as one.
        (where / stuck).mkdir()
        with transaction() as session:
            first = session.scalars(select(PrepPicture)).one()
            other = PrepPicture(
                booking_id=first.booking_id, key="hat", file=folder().keep(b"two"), digest="1",
                media_type="image/png", size=3, width=1, height=1, added_at=first.added_at,
            )  # fmt: skip
            session.add(other)
            session.flush()
            second = other.file

    page = owner.submit(asked_twice(owner, client), {"typed": "robyn@quill.example"})
    said = owner.follow(page)

    assert "One of their pictures could not be removed." in said.words
    assert f"from the folder “{where.name}”" in said.words
    assert str(where) not in said.words
    assert "Erased. Nobody can say any more" in said.words
    assert not (where / second).exists()
    assert (where / stuck).is_dir()


def messages(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(select(Message.id)))


def test_who_books_again_is_somebody_new_and_nothing_is_written_to_the_old(
    app: Flask, client: int, reference: str
) -> None:
    with app.app_context():
        erase_client(client, by="Bo")
        again = factories.a_hold(starts_at=factories.days_after(days=7))
        service.check_out(again.id, ROBYN)
        assert factories.booking_of(again.reference).client_id != client
        with transaction() as session:
            letter = outbox.NewMessage(
                dedupe_key="late", kind=MessageKind.COURTESY, template="prep",
                recipient=session.get_one(Client, client).email, context={},
                due_at=factories.TEN_FIFTEEN,
            )  # fmt: skip
            assert not outbox.post(session, letter, factories.TEN_FIFTEEN)


def test_it_is_asked_twice_and_the_address_has_to_be_hers(
    app: Flask, owner: Browser, client: int
) -> None:
    token = owner.get(path(client)).one("main input[name=csrf_token]")["value"]
    owner.post(path(client), {"csrf_token": token, "typed": "robyn@quill.example"}, 400)
    page = asked_twice(owner, client)
    for typed in ("", "somebody@else.example", "Robyn Quill"):
        again = owner.submit(page, {"typed": typed}, status=422)
        assert again.one("#typed-error").text.strip()
        assert again.fields(again.form())["typed"] == typed
    with app.app_context():
        assert db.session.get_one(Client, client).erased_at is None


def test_the_form_sent_twice_says_that_it_was_done(
    app: Flask, owner: Browser, client: int, reference: str
) -> None:
    page = asked_twice(owner, client)
    owner.submit(page, {"typed": "robyn@quill.example"})
    said = owner.follow(owner.submit(page, {"typed": "robyn@quill.example"}))

    assert "was erased already" in said.words
    assert "See what that does" not in said.words
    with app.app_context():
        erase_client(client, by="Bo")
        events = factories.booking_of(reference).events
        assert [each.kind for each in events].count("erased") == 1


@pytest.mark.parametrize("role", [Role.MANAGER, Role.PREP])
def test_only_the_owner_erases(app: Flask, client: int, role: Role) -> None:
    staff = people.signed_in(app, role)
    staff.get(path(client), 403)
    assert "See what that does" not in staff.get(f"/office/clients/{client}").words


def _to_come(booking: Booking) -> None:
    booking.state = BookingState.CONFIRMED


def _owes(booking: Booking) -> None:
    db.session.execute(text("UPDATE dues SET amount_minor = amount_minor + 5000"))


def _page_open(booking: Booking) -> None:
    db.session.execute(update(Payment).values(state=PaymentState.OPEN))


def _refund(state: RefundState) -> Any:
    def on_its_way(booking: Booking) -> None:
        payment = ledger.payments(db.session(), booking.id)[0]
        db.session.add(
            Refund(
                payment_id=payment.id, amount_minor=500, currency="GBP", reason="x",
                requested_by="Bo", state=state, next_try_at=booking.ends_at,
                created_at=booking.ends_at,
            )
        )  # fmt: skip

    return on_its_way


def _leaving(booking: Booking) -> None:
    db.session.execute(
        update(Message).where(Message.booking_id == booking.id).values(state=MessageState.DATA)
    )


def _welcome_leaving(booking: Booking) -> None:
    """A message that is about no session."""
    first = select(Message.id).where(Message.booking_id == booking.id).limit(1)
    db.session.execute(
        update(Message)
        .where(Message.id == first.scalar_subquery())
        .values(booking_id=None, recipient="Robyn@Quill.example", state=MessageState.CLAIMED)
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_welcome_leaving, "leaving this moment"),
        (_to_come, "is not over: cancel it, or wait"),
        (_owes, "still owes £"),
        (_page_open, "has a payment page that is open still"),
        (_refund(RefundState.REQUESTED), "£5 is on its way back"),
        (_refund(RefundState.FAILED), "giving back £5 has failed"),
        (_leaving, "leaving this moment"),
    ],
)
def test_what_still_needs_her_is_in_the_way(
    app: Flask, owner: Browser, client: int, reference: str, change: Any, says: str
) -> None:
    page = asked_twice(owner, client)
    with app.app_context():
        change(factories.booking_of(reference))
        db.session.commit()
        with pytest.raises(StillNeeded, match=says):
            erase_client(client, by="Bo")
    assert says in owner.get(path(client)).words

    said = owner.submit(page, {"typed": "robyn@quill.example"}, status=409)
    assert says in said.words
    assert not said.all("main form")
    with app.app_context():
        assert db.session.get_one(Client, client).name == "Robyn Quill"


def test_what_is_in_the_way_is_asked_for_all_sessions_at_once(
    app: Flask, client: int, reference: str, clock: Clock
) -> None:
    with app.app_context():
        companies.keep_company(replace(ACME, order_required=False))
        first = factories.booking_of(reference)
        package = first.package
        for day in range(3):
            again = factories.a_hold(package, factories.days_after(days=14 + 7 * day))
            service.use_code(again.id, ACME.code)
            service.check_out(again.id, ROBYN)
        clock.set(factories.days_after(days=60))
        jobs.complete_past_sessions()
        session = db.session()
        with questions() as asked:
            said = waiting.in_the_way(session, session.get_one(Client, client), clock.now())

    assert [each.partition(" 20")[2][3:] for each in said] == [
        "is not on an invoice of Acme Ltd yet."
    ] * 3
    assert len(asked) <= 14


def test_a_gift_waits_for_its_day_and_then_is_good_for_whoever_has_the_code(
    app: Flask, client: int, gateway: FakeGateway
) -> None:
    with app.app_context():
        gifts.change_offer(Offer(amounts=(50, 100), limits=None, months=24))
        wanted = replace(
            WANTED, buyer="Robyn Quill", buyer_email="robyn@quill.example",
            recipient_email="kim@client.example", greeting="From Robyn",
        )  # fmt: skip
        order = gifts.order_voucher(wanted)
        row = db.session.execute(text("SELECT id FROM voucher_orders")).scalar_one()
        gifts.pay(row)
        gateway.pay(
            str(db.session.scalars(
                select(Payment.checkout_id).where(Payment.voucher_order_id == row)
            ).one())
        )  # fmt: skip
        gifts.settle_now(row)
        with pytest.raises(StillNeeded, match=f"gift voucher of order {order} is still to be sent"):
            erase_client(client, by="Bo")
        db.session.execute(update(Message).values(state=MessageState.SENT))
        db.session.commit()
        code = db.session.scalars(select(Voucher.code)).one()
        erase_client(client, by="Bo")

        assert db.session.scalars(select(Voucher.code)).one() == code
    found = traces(app)
    assert set(found) == {"invoices.snapshot", "releases.signed_from", "releases.told"}


def test_whoever_was_given_a_voucher_is_forgotten_and_its_buyer_is_not(
    app: Flask, client: int, gateway: FakeGateway
) -> None:
    with app.app_context():
        gifts.change_offer(Offer(amounts=(50, 100), limits=None, months=24))
        wanted = replace(
            WANTED, buyer="Kim Stark", buyer_email="kim@client.example", recipient="Robyn Quill",
            recipient_email="robyn@quill.example", greeting="Dear Robyn",
        )  # fmt: skip
        gifts.order_voucher(wanted)
        (order,) = db.session.scalars(select(VoucherOrder)).all()
        row = order.id
        gifts.pay(row)
        paid_on = select(Payment.checkout_id).where(Payment.voucher_order_id == row)
        gateway.pay(str(db.session.scalars(paid_on).one()))
        gifts.settle_now(row)
        db.session.execute(update(Message).values(state=MessageState.SENT))
        db.session.commit()
        erase_client(client, by="Bo")

        order = db.session.get_one(VoucherOrder, row)
        assert (order.buyer, order.buyer_email) == ("Kim Stark", "kim@client.example")
        assert (order.recipient, order.recipient_email, order.greeting) == ("", "", "")
        of_order = Message.dedupe_key.startswith(f"voucher:{row}:")
        letters = db.session.scalars(select(Message).where(of_order)).all()
        kept = [each.template for each in letters if each.recipient == "kim@client.example"]
        assert kept == ["voucher"]
        assert len(letters) == 2


def test_a_credit_stays_good_for_whoever_has_the_code_without_a_name(
    app: Flask, owner: Browser, client: int, gateway: FakeGateway
) -> None:
    with app.app_context():
        starts_at = factories.TEN_FIFTEEN + timedelta(days=42)
        booking = factories.a_hold(starts_at=starts_at)
        service.check_out(booking.id, ROBYN)
        gateway.pay(str(ledger.payments(db.session(), booking.id)[-1].checkout_id))
        service.settle_now(booking.id)
        with transaction() as session:
            sold = session.get_one(Booking, booking.id)
            sold.confirmed_at = sold.created_at - timedelta(days=2)
        called_off = service.Cancellation(
            called_off_by=CalledOffBy.CLIENT, reason="", shown=Figures(0, credit=19750),
            actor="client",
        )  # fmt: skip
        service.cancel_booking(booking.id, called_off)
        (voucher,) = db.session.scalars(select(Voucher)).all()
        code, until = voucher.code, voucher.expires_on
        assert voucher.recipient == "Robyn Quill"
        db.session.rollback()

    page = owner.get(path(client))
    stays = page.one("section[aria-labelledby=stays]").text
    assert "Their credit of £197.50, without a name" in stays
    assert "nobody can ask for" not in page.words

    with app.app_context():
        erase_client(client, by="Bo")
        (voucher,) = db.session.scalars(select(Voucher)).all()
        assert (voucher.code, voucher.expires_on, voucher.recipient) == (code, until, "")
        other = factories.a_hold(starts_at=factories.days_after(days=7))
        service.use_code(other.id, code)
    assert set(traces(app)) == {"invoices.snapshot", "releases.signed_from", "releases.told"}


def test_the_history_keeps_what_happened_without_words() -> None:
    moved = {"before": "2026-12-01", "after": "2026-12-02", "reason": "Robyn rang", "rules": ["x"]}
    assert without_words("moved", moved) == {**moved, "reason": "", "erased": True}
    tried = {"before": "a@b.example", "recipient": "c@d.example", "amount": 5, "currency": "GBP"}
    assert without_words("message tried again", tried) == {
        "before": "", "amount": 5, "currency": "GBP", "erased": True,
    }  # fmt: skip


def test_words_go_from_the_history_only_when_they_are_erased(app: Flask, reference: str) -> None:
    with app.app_context():
        row = factories.booking_of(reference).events[0]
        for values in (
            {"detail": {"why": "another"}},
            {"kind": "paid", "detail": {"erased": True}},
        ):
            change = update(BookingEvent).where(BookingEvent.id == row.id).values(**values)
            refused = pytest.raises(DBAPIError, match="history is not rewritten")
            with refused, db.session.begin_nested():
                db.session.execute(change)


def test_stripe_forgets_them_too_as_soon_as_it_can_be_asked(
    app: Flask, reference: str, client: int, gateway: FakeGateway
) -> None:
    def customers() -> list[str | None]:
        db.session.rollback()
        return list(db.session.scalars(select(CardConsent.customer_id)))

    with app.app_context():
        booking = factories.booking_of(reference)
        with transaction() as session:
            kept_cards.agree(session, booking.id, 1, "Keep this card.", booking.starts_at)
            consent = kept_cards.of(session, booking.id)
            assert consent
            consent.customer_id, consent.card_id, consent.last4 = "cus_robyn", "pm_1", "4242"
        assert forget_customers() == 0, "while she is known she may be charged"
        erase_client(client, by="Bo")
        assert kept_cards.standing(db.session(), booking.id) is None

        gateway.trouble = GatewayUnavailable()
        assert forget_customers() == 0
        assert customers() == ["cus_robyn"]
        gateway.trouble = None
        assert (forget_customers(), forget_customers()) == (1, 0)
        assert gateway.forgotten == {"cus_robyn"}
        assert customers() == [None]
