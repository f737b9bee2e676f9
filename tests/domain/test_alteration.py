"""A price is made anew for what was sold already: nothing that was bought costs otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.adjustments import Discount, Premium, discounted, with_premiums
from studio.domain.alteration import Added, altered, more_people
from studio.domain.money import Money
from studio.domain.pricing import Line, LineKind, added, line
from studio.domain.tax import Tax

PEAK = Premium("peak", "Saturday", 20)
TENTH = Discount("TENTH", "A tenth off", percent=10)
AT = datetime(2026, 12, 5, 10, 15)
TAXES = (Tax(Decimal(20)), Tax(Decimal(20), included=False), Tax(Decimal(5)))


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")


def session(
    package: str = "small", price: int = 39500, more: int = 0, each: int = 5000, **extras: int
) -> list[Line]:
    lines = [line(LineKind.PACKAGE, package, package, pounds(price), minutes=60, taxed=TAXES[0])]
    if more:
        lines.append(
            line(
                LineKind.PEOPLE, package, more_people(more), pounds(each),
                minutes=10 * more, quantity=more, taxed=TAXES[0],
            )
        )  # fmt: skip
    for n, (name, number) in enumerate(sorted(extras.items())):
        if not number:
            continue
        lines.append(
            line(
                LineKind.ADD_ON, name, name, pounds(1000 + 700 * n),
                minutes=5 * number, quantity=number, taxed=TAXES[n % 3],
            )
        )  # fmt: skip
    return lines


def sold(lines: list[Line], *, peak: bool = False, code: bool = False) -> list[Line]:
    lines = with_premiums(lines, [PEAK] if peak else [], AT)
    return discounted(lines, TENTH) if code else lines


def now(*, peak: bool = False, code: bool = False) -> Added:
    return Added([PEAK] if peak else [], AT, TENTH if code else None)


def told(lines: list[Line]) -> list[tuple[LineKind, str, int, int]]:
    return [(each.kind, each.label, each.quantity, each.total.minor) for each in lines]


def total(lines: list[Line]) -> int:
    return added((each.total for each in lines), "GBP").minor


sessions = st.builds(
    session,
    package=st.sampled_from(["small", "large"]),
    more=st.integers(0, 4),
    a=st.integers(0, 3),
    b=st.integers(0, 3),
)


@given(sessions, st.booleans(), st.booleans())
def test_what_is_wished_as_it_is_stays_as_it_was_sold(
    wanted: list[Line], peak: bool, code: bool
) -> None:
    bought = sold(wanted, peak=peak, code=code)
    # The code is another one by now, and the time costs nothing more.
    assert altered(bought, wanted, Added([], AT, Discount("X", "X", percent=50))) == bought


@given(st.lists(sessions, min_size=2, max_size=5), st.booleans())
def test_by_whichever_way_it_costs_what_it_would_at_once(
    wishes: list[list[Line]], code: bool
) -> None:
    lines = sold(wishes[0], code=code)
    for wanted in wishes[1:]:
        lines = altered(lines, wanted, now(code=code))

    assert lines == sold(wishes[-1], code=code)


def test_who_comes_along_pays_todays_price_and_who_came_before_theirs() -> None:
    bought = sold(session(more=1))
    after = altered(bought, session(price=99900, more=3, each=8000), now())

    assert told(after) == [
        (LineKind.PACKAGE, "small", 1, 39500),
        (LineKind.PEOPLE, "One more person", 1, 5000),
        (LineKind.PEOPLE, "2 more people", 2, 16000),
    ]
    assert sum(each.minutes for each in after) == 60 + 30
    # And who stays away after all is who came last.
    assert altered(after, session(more=1, each=8000), now()) == bought


def test_a_premium_stays_with_what_it_was_agreed_for_and_todays_is_for_what_is_new() -> None:
    sold_before_there_was_one = sold(session())
    after = altered(sold_before_there_was_one, session(more=1), now(peak=True))
    assert told(after)[-1] == (LineKind.PREMIUM, "Saturday", 1, 1000)

    in_peak = sold(session(more=1), peak=True)
    assert told(in_peak)[-1] == (LineKind.PREMIUM, "Saturday", 1, 8900)
    assert told(altered(in_peak, session(), now()))[-1] == (LineKind.PREMIUM, "Saturday", 1, 7900)
    assert told(altered(in_peak, session("large"), now())) == told(session("large"))
    # Two that are alike are one.
    more = altered(in_peak, session(more=2), now(peak=True))
    assert told(more) == told(sold(session(more=2), peak=True))


def test_what_was_charged_since_stays_whatever_is_wished() -> None:
    fee = line(LineKind.FEE, "", "Moving", pounds(6500), taxed=TAXES[0])
    bought = [*sold(session(a=1), code=True), fee]
    after = altered(bought, session("large", 60000), now(code=True))

    assert after[-1] == fee
    assert told(after)[1] == (LineKind.DISCOUNT, "A tenth off", 1, -6000)
    assert total(after) == 60000 - 6000 + 6500


def test_an_extra_that_costs_otherwise_by_now_stands_twice() -> None:
    bought = sold(session(a=2))
    dearer = [
        replace(each, unit=pounds(1500)) if each.key == "a" else each for each in session(a=3)
    ]
    after = altered(bought, dearer, now())

    assert told(after)[1:] == [(LineKind.ADD_ON, "a", 2, 2000), (LineKind.ADD_ON, "a", 1, 1500)]
    assert [each.minutes for each in after] == [60, 10, 5]
