from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from studio.accounts import passwords, service
from studio.accounts.models import User
from studio.accounts.people import Person, scope
from studio.accounts.permissions import ALLOWED, Action, Role, allows
from studio.accounts.service import EmailTaken, LastOwner, NewPerson
from studio.accounts.tries import TooManyTries, keys
from studio.db import db, transaction
from tests import people
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("database")

OWNER = NewPerson("Ola@Example.com", "Ola Nowak", Role.OWNER)


def the_one(email: str = "ola@example.com") -> User:
    return db.session.scalars(select(User).where(User.email == email)).one()


def test_an_address_is_taken_whatever_its_case() -> None:
    service.add_person(OWNER)
    with pytest.raises(EmailTaken):
        service.add_person(NewPerson(" ola@EXAMPLE.com", "Somebody else", Role.PREP))
    assert the_one().name == "Ola Nowak"


def test_a_password_is_invented_and_kept_as_argon2id_only() -> None:
    one, two = service.add_person(OWNER), passwords.invented()
    assert one != two
    assert len(one) >= 20
    kept = the_one().password
    assert kept.startswith("$argon2id$")
    assert one not in kept
    assert service.check_password("ola@example.com", one, "192.0.2.1").id == the_one().id


def test_the_cost_of_a_hash_is_what_owasp_asks_for() -> None:
    assert passwords.COST["argon2__memory_cost"] >= 19 * 1024
    assert passwords.COST["argon2__time_cost"] >= 2


@pytest.mark.parametrize("password", ["eleven char", "x" * 257])
def test_passwords_have_12_to_256_characters(password: str) -> None:
    with pytest.raises(ValueError, match="12 to 256"):
        service.add_person(OWNER, password)


def test_a_long_password_in_any_script_works_whole() -> None:
    password = "żółw 写真 " * 28
    service.add_person(OWNER, password)
    assert service.check_password(OWNER.email, password, "192.0.2.1").name == OWNER.name
    with pytest.raises(service.WrongPassword):
        service.check_password(OWNER.email, password[:-2] + "x ", "192.0.2.1")


def test_the_machines_owner_gets_back_in() -> None:
    first = service.create_owner("ola@example.com", "Ola Nowak")
    second = service.create_owner("Ola@example.com", "Ignored")
    assert first != second
    with pytest.raises(service.WrongPassword):
        service.check_password("ola@example.com", first, "192.0.2.1")
    assert service.check_password("ola@example.com", second, "192.0.2.1").name == "Ola Nowak"


def test_creating_an_owner_promotes_nobody() -> None:
    service.add_person(NewPerson("ola@example.com", "Ola Nowak", Role.PREP))
    with pytest.raises(EmailTaken):
        service.create_owner("ola@example.com", "Ola Nowak")
    assert the_one().role is Role.PREP


def test_the_last_owner_stays() -> None:
    service.add_person(OWNER)
    with pytest.raises(LastOwner):
        service.deactivate(the_one().id)
    service.add_person(NewPerson("second@example.com", "Second", Role.OWNER))
    service.deactivate(the_one().id)
    assert not the_one().active
    with pytest.raises(LastOwner):
        service.deactivate(the_one("second@example.com").id)


def test_the_database_refuses_a_photographer_without_sessions(clock: Clock) -> None:
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            User(
                email="a@example.com",
                name="A",
                role=Role.PHOTOGRAPHER,
                password="x",
                fs_uniquifier="x",
                created_at=clock.now(),
            )
        )


def test_every_role_is_in_the_table_and_owners_may_all() -> None:
    assert set(ALLOWED) == set(Role)
    assert ALLOWED[Role.OWNER] == set(Action)
    assert set(Action) - ALLOWED[Role.MANAGER] == {
        Action.MANAGE_STAFF,
        Action.EDIT_RELEASE,
        Action.ERASE_CLIENTS,
    }
    for role in (Role.PHOTOGRAPHER, Role.PREP):
        for action in (Action.SEE_MONEY, Action.REFUND, Action.CANCEL_SESSIONS, Action.EDIT_HOURS):
            assert not allows(role, action)


@pytest.mark.parametrize("role", Role)
def test_only_photographers_see_no_sessions_but_their_own(role: Role) -> None:
    seen = scope(Person(1, "Somebody", role, 7))
    assert seen == (7 if role is Role.PHOTOGRAPHER else None)


def test_a_photographer_who_is_nobodys_sees_nothing_rather_than_all() -> None:
    with pytest.raises(ValueError, match="none"):
        scope(Person(1, "Somebody", Role.PHOTOGRAPHER, None))


def test_addresses_are_counted_by_network() -> None:
    account, address = keys("a@example.com", "192.0.2.1")
    assert "example" not in account
    assert address == "address:192.0.2.1"
    assert keys("a@example.com", "2001:db8::1")[1] == keys("a@example.com", "2001:db8::ffff")[1]
    assert keys("a@example.com", "2001:db8:0:1::1")[1] != keys("a@example.com", "2001:db8::1")[1]


def test_a_try_that_has_to_wait_does_not_lengthen_the_wait() -> None:
    service.add_person(OWNER, people.PASSWORD)
    for _ in range(6):
        with pytest.raises(service.WrongPassword):
            service.check_password(OWNER.email, "a guess", "192.0.2.1")
    for _ in range(3):
        with pytest.raises(TooManyTries) as refused:
            service.check_password(OWNER.email, people.PASSWORD, "192.0.2.1")
        assert refused.value.seconds == 3


def test_no_command_or_route_of_the_library_is_left_on(app: Flask) -> None:
    assert not {"users", "roles"} & set(app.cli.commands)
    assert not [r for r in app.url_map.iter_rules() if r.endpoint.startswith("security")]
