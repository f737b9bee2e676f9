from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from studio import resources
from studio.catalogue.models import Genre
from studio.demo.service import load
from studio.scheduling.models import ResourceKind
from tests import factories
from tests.browsing import Browser, Page
from tests.clock import START
from tests.demo.content import ADD_ONS, PACKAGES, STUDIO, TYPES

BY_SLUG = {each["slug"]: each for each in PACKAGES}
GENRE = {each["code"]: each["genre"] for each in TYPES}


@pytest.fixture
def demo(app: Flask, browser: Browser) -> Browser:
    with app.app_context():
        load()
    return browser


@pytest.fixture
def studio(app: Flask, browser: Browser) -> Callable[..., Browser]:
    """A browser on a studio of a single package."""

    def make(**changes: object) -> Browser:
        with app.app_context():
            factories.a_bookable_package(**{"slug": "the-one", **changes})
        return browser

    return make


def queries_for(browser: Browser, path: str) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        browser.get(path)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return sum(statement.lstrip().upper().startswith("SELECT") for statement in seen)


def test_the_first_page_shows_both_ways_in(demo: Browser) -> None:
    page = demo.get("/")
    assert STUDIO["tagline"] in page.words
    assert [a.text for a in page.all(".way h3")] == ["A headshot", "A portrait"]
    assert len(page.all(".way svg[aria-label]")) == 2
    hrefs = {str(a["href"]) for a in page.all("main a")}
    assert {"/packages/?genre=headshot", "/packages/?genre=portrait", "/which"} <= hrefs
    for line in STUDIO["place"]["address"]:
        assert line in page.one("main address").text
    for href in hrefs:
        demo.get(href)


def test_the_first_page_names_a_few_packages_of_each_genre_with_prices(demo: Browser) -> None:
    ways = demo.get("/").all(".way")
    for way, genre in zip(ways, Genre, strict=True):
        found = way.select(".price-list li")
        assert len(found) == 3
        for row in found:
            link = row.select_one("a")
            assert link is not None
            package = BY_SLUG[str(link["href"]).rpartition("/")[2]]
            assert GENRE[package["session_type"]] == genre
            assert f"£{package['price_minor'] // 100}" in row.text


def test_every_package_is_listed_once_under_its_genre(demo: Browser) -> None:
    sections = demo.get("/packages/").all("main section")
    for section, genre in zip(sections, Genre, strict=True):
        slugs = [str(a["href"]).rpartition("/")[2] for a in section.select("a.cover")]
        assert sorted(slugs) == sorted(
            slug for slug, each in BY_SLUG.items() if GENRE[each["session_type"]] == genre
        )


@pytest.mark.parametrize("genre", ["headshot", "portrait"])
def test_a_genre_lists_only_its_own(demo: Browser, genre: str) -> None:
    page = demo.get(f"/packages/?genre={genre}")
    assert page.one("h1").text == f"{genre.title()}s"
    assert page.one("nav [aria-current]").text == f"{genre.title()}s"
    for link in page.all("a.cover"):
        package = BY_SLUG[str(link["href"]).rpartition("/")[2]]
        assert GENRE[package["session_type"]] == genre
    assert "include 20% VAT" in page.words


@pytest.mark.parametrize(
    "path",
    ["/packages/?genre=landscape", "/packages/?genre=", "/packages/nothing", "/packages/%00"],
)
def test_what_is_not_there_is_a_page_that_says_so(
    studio: Callable[..., Browser], path: str
) -> None:
    page = studio().get(path, 404)
    assert "/packages/" in {str(a["href"]) for a in page.all("main a")}


def test_each_package_tells_everything_that_is_sold(demo: Browser) -> None:
    for slug, sold in BY_SLUG.items():
        check_package(demo.get(f"/packages/{slug}"), sold)


def check_package(page: Page, sold: dict[str, Any]) -> None:
    slug = sold["slug"]
    assert page.one("h1").text == sold["name"]
    assert [li.text for li in page.all(".ticked li")] == sold["includes"]
    assert len(page.all(".sets li")) == len(sold["sets"])
    assert f"£{sold['price_minor'] // 100:,}" in page.one(".total").text
    extras = [each for each in ADD_ONS if slug in each["packages"]]
    assert page.words.count(" minutes longer") == sum(each["minutes"] > 0 for each in extras)
    for each in extras:
        assert each["name"] in page.words
    assert page.all(".people dt")
    booking = {str(a["href"]) for a in page.all("main a.btn")}
    assert booking == {f"/book/{slug}"}
    if not sold["retouched_images"]:
        assert "your choice" not in page.words
        assert "Looks" not in page.words
        assert page.one(".total small").text == "nothing to pay"
        return
    seen = "before you leave" if not sold["proofs_business_days"] else "after the session"
    assert seen in page.words
    days = sold["finals_business_days"]
    assert f"within {days} working days of your choice" in page.words


def test_the_deposit_and_the_terms_stand_beside_the_price(studio: Callable[..., Browser]) -> None:
    page = studio(deposit_percent=50, price_minor=39_500).get("/packages/the-one")
    assert "£197.50 when you book, the rest 24 hours before" in page.words
    assert "your deposit becomes a credit for 90 days" in page.words
    assert "free until 72 hours before" in page.words
    assert "Whatever you have paid beyond the deposit" in page.words


def test_whoever_gets_a_client_ready_is_spoken_of_where_they_may_be_booked(
    app: Flask, browser: Browser
) -> None:
    with app.app_context():
        artist = factories.a_resource(ResourceKind.ARTIST, name="Kit Moor")
        factories.a_bookable_package(slug="with", add_ons=[factories.make_up(artist)])
        factories.a_package(slug="without")
    told = "less than 72 hours ahead, you also pay for the person booked to get you ready"
    assert told in browser.get("/packages/with").words
    assert told not in browser.get("/packages/without").words


def test_what_is_paid_at_once_has_no_rest(studio: Callable[..., Browser]) -> None:
    page = studio(deposit_percent=100).get("/packages/the-one")
    assert "paid when you book" in page.words
    assert "your payment becomes a credit" in page.words
    assert "the rest" not in page.one(".summary").text
    assert "beyond the deposit" not in page.words


def test_a_package_off_sale_is_shown_nowhere(studio: Callable[..., Browser]) -> None:
    browser = studio(archived_at=START)
    browser.get("/packages/the-one", 404)
    page = browser.get("/packages/")
    assert not page.all("a.cover")
    assert len(page.all(".empty")) == 2
    assert "no headshots to book" in browser.get("/").words


def test_names_of_staffs_choosing_are_text(studio: Callable[..., Browser]) -> None:
    browser = studio(name="<b>Bold</b> & 'so'", summary="<script>alert(1)</script>")
    for path in ("/", "/packages/", "/packages/the-one"):
        page = browser.get(path)
        assert "<b>Bold</b> & 'so'" in page.words
        assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("path", "most"), [("/", 2), ("/packages/", 2), ("/packages/?genre=portrait", 2),
                       ("/which?purpose=profile&audience=employers", 3)]
)  # fmt: skip
def test_no_page_asks_once_a_package(demo: Browser, path: str, most: int) -> None:
    demo.get(path)  # what is kept in memory is read by the first to ask
    assert queries_for(demo, path) <= most


def test_two_questions_come_first(demo: Browser) -> None:
    page = demo.get("/which")
    assert len(page.all("fieldset")) == 2
    assert not page.all("select")
    assert not page.all(".field-error")


def test_the_answer_names_a_genre_packages_and_reasons(demo: Browser) -> None:
    page = demo.submit(
        demo.get("/which"), {"purpose": "casting", "audience": "casting"}, form="/which", status=200
    )
    assert page.one("h1").text == "A headshot"
    assert "so a headshot" in page.words
    links = [str(a["href"]) for a in page.all("a.cover")]
    assert links == ["/packages/actor-two-looks", "/packages/actor-full-range"]
    for card in page.all(".card-body"):
        reason = card.select_one("p")
        assert reason is not None
        assert reason.text.endswith(".")


def test_refining_keeps_the_answers_before(demo: Browser) -> None:
    page = demo.get("/which?purpose=family&audience=family")
    again = demo.submit(page, {"people": "animal"}, form="/which", status=200)
    assert [str(a["href"]) for a in again.all("a.cover")] == ["/packages/pet-portrait"]
    chosen = [str(each["value"]) for each in again.all("input[checked]")]
    assert chosen == ["family", "family"]
    assert again.one("#people option[selected]")["value"] == "animal"


def test_mixed_cases_get_one_of_each(demo: Browser) -> None:
    page = demo.get("/which?purpose=both&audience=employers")
    assert page.one("h1").text == "One of each"
    assert "You need one of each" in page.words
    assert {tag["href"] for tag in page.all("a.cover")} == {
        "/packages/professional-headshot",
        "/packages/personal-branding",
    }


def test_where_nothing_fits_it_says_why_and_whom_to_ask(demo: Browser) -> None:
    page = demo.get("/which?purpose=couple&audience=family&people=more")
    assert "has room for up to 6 in a picture" in page.words
    assert not page.all("a.cover")
    assert f"mailto:{STUDIO['email']}" in {a["href"] for a in page.all("main a")}


def test_a_wrong_answer_is_told_by_its_question(demo: Browser) -> None:
    for query, wrong in (
        ("purpose=&audience=casting", {"purpose"}),
        ("audience=casting", {"purpose"}),
        ("purpose=nonsense&audience=nobody", {"purpose", "audience"}),
        ("purpose=casting&audience=casting&people=-1", {"people"}),
        ("people=two", {"purpose", "audience"}),
    ):
        page = demo.get(f"/which?{query}", 422)
        said = {str(each["id"]) for each in page.all(".field-error")}
        assert said == {f"{each}-error" for each in wrong}, query
        for each in wrong:
            assert page.all(f"[aria-describedby~='{each}-error']")
            assert page.all(f".alert a[href='#{each}']")
            assert page.all(f"#{each}")


def test_what_the_address_carries_besides_is_left_alone(demo: Browser) -> None:
    assert len(demo.get("/which?utm_source=letter").all("fieldset")) == 2
    demo.get("/?x=1")


def test_without_rules_there_is_no_guided_choice(studio: Callable[..., Browser]) -> None:
    studio().get("/which", 404)


@pytest.mark.parametrize(
    ("path", "most"),
    # A list has a drawing for each package; the rest is the same everywhere.
    [("/", 95_000), ("/packages/?genre=headshot", 120_000), ("/packages/family-portrait", 95_000)],
)
def test_a_page_and_all_it_needs_is_small(demo: Browser, path: str, most: int) -> None:
    page = demo.get(path)
    parts = [str(tag["href"]) for tag in page.all("link[rel~=stylesheet], link[rel~=preload]")]
    parts += [str(tag["src"]) for tag in page.all("script[src], img[src]")]
    static = resources.folder("static")
    sizes = [
        (static / urlsplit(part).path.removeprefix("/static/")).stat().st_size for part in parts
    ]
    assert len(sizes) > 3
    assert len(page.response.data) + sum(sizes) < most
