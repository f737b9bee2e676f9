"""The tests' browser: HTTP in process, and every page it is given has to be well made."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import html5lib
from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.test import TestResponse

# The shapes of pages that were found well made: parsing them again takes a third of the suite.
_CHECKED: set[int] = set()
_HANDLERS = {"onclick", "onsubmit", "onload", "onchange"}
# What says nothing about a page's shape: words between tags, values, addresses, numbers, keys.
_PASSING = re.compile(
    r"(?<=>)[^<>]+(?=<)|(?<= value=)\"[^\"]*\"|(?<= href=)\"[^\"]*\"|\d+|[\w-]{20,}[.\w-]*"
)


class Browser:
    """Fetches pages, fills in their forms, and checks each page on the way."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    @property
    def client(self) -> Any:
        return self._client

    def get(self, path: str, status: int = 200, **kwargs: Any) -> Page:
        return self._page(self._client.get(path, **kwargs), status)

    def post(self, path: str, data: dict[str, Any] | None = None, status: int = 200) -> Page:
        """A post as it comes, without a form's token."""
        return self._page(self._client.post(path, data=data or {}), status)

    def submit(
        self,
        page: Page,
        data: dict[str, Any] | None = None,
        *,
        form: str = "",
        button: str = "",
        status: int = 303,
    ) -> Page:
        """Send one of *page*'s forms with its hidden fields and defaults, *data* laid over them.

        *form* picks the form whose action contains it, *button* the button in it that leads to
        an address of its own which contains that.
        """
        found = page.form(form)
        fields = {**page.fields(found), **(data or {})}
        action = str(found.get("action") or page.path)
        if button:
            (pressed,) = found.select(f"button[formaction*='{button}']")
            action = str(pressed["formaction"])
        if str(found.get("method", "get")).lower() == "get":
            return self._page(self._client.get(action, query_string=fields), status)
        return self._page(self._client.post(action, data=fields), status)

    def follow(self, page: Page, status: int = 200) -> Page:
        return self.get(page.location, status)

    def _page(self, response: TestResponse, status: int) -> Page:
        assert response.status_code == status, (
            f"{response.request.method} {response.request.path}: {response.status_code}\n"
            f"{response.get_data(as_text=True)[:2500]}"
        )
        page = Page(response)
        if response.mimetype == "text/html" and page.text and page.shape not in _CHECKED:
            page.check()
            _CHECKED.add(page.shape)
        return page


class Page:
    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.path = response.request.path
        self.text = response.get_data(as_text=True)

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html.parser")

    @property
    def shape(self) -> int:
        """The page but for its words, numbers, tokens and keys."""
        return hash(_PASSING.sub("0", self.text))

    @property
    def location(self) -> str:
        return str(self.response.headers["Location"])

    @property
    def words(self) -> str:
        """What the page says, in one line."""
        return re.sub(r"\s+", " ", self.soup.get_text(" ")).strip()

    def one(self, selector: str) -> Tag:
        found = self.soup.select(selector)
        assert len(found) == 1, f"{len(found)} of {selector!r} on {self.path}"
        return found[0]

    def all(self, selector: str) -> list[Tag]:
        return list(self.soup.select(selector))

    def form(self, action: str = "") -> Tag:
        found = [f for f in self.soup.find_all("form") if action in str(f.get("action") or "")]
        found = [f for f in found if action or "sign-out" not in str(f.get("action") or "")]
        assert found, f"no form for {action!r} on {self.path}"
        return found[0]

    def fields(self, form: Tag) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field in form.find_all(["input", "textarea", "select"], attrs={"name": True}):
            name, kind = str(field["name"]), str(field.get("type") or "")
            if field.name == "textarea":
                values[name] = field.text.replace("\r\n", "\n").removeprefix("\n")
            elif field.name == "select":
                chosen = field.find("option", selected=True) or field.find("option")
                values[name] = str(chosen["value"]) if chosen else ""
            elif kind in {"checkbox", "radio"}:
                if field.has_attr("checked"):
                    _add(values, name, str(field.get("value") or "on"))
            elif kind == "hidden":
                _add(values, name, str(field.get("value") or ""))
            elif kind != "submit":
                values[name] = str(field.get("value") or "")
        return values

    def check(self) -> None:
        """Valid HTML5, one heading, a title, labelled fields, and nothing our policy blocks."""
        where = f"on {self.path}"
        parser = html5lib.HTMLParser(strict=False)
        parser.parse(self.text)
        assert not parser.errors, f"{parser.errors[:3]} {where}"
        title = self.soup.find("title")
        assert title, f"no title {where}"
        assert title.text.strip(), f"empty title {where}"
        headings = self.soup.find_all("h1")
        assert len(headings) == 1, f"one h1, not {len(headings)} {where}"
        tags = self.soup.find_all(name=True)
        ids = [str(tag["id"]) for tag in tags if tag.has_attr("id")]
        assert len(ids) == len(set(ids)), f"an id stands twice {where}: {sorted(ids)}"
        labels = {str(tag["for"]) for tag in tags if tag.name == "label" and tag.has_attr("for")}
        for tag in tags:
            assert tag.name != "style", f"inline style {where}"
            assert not tag.has_attr("style"), f"inline style {tag} {where}"
            assert _HANDLERS.isdisjoint(tag.attrs), f"inline handler {tag} {where}"
            if tag.name in {"input", "select", "textarea"}:
                named = (
                    tag.get("type") in {"hidden", "submit"}
                    or tag.get("id") in labels
                    or tag.get("aria-label")
                    or tag.find_parent("label")
                )
                assert named, f"{tag} has no label {where}"
            elif tag.name == "form" and str(tag.get("method", "get")).lower() == "post":
                token = tag.find("input", attrs={"name": "csrf_token"})
                assert token, f"a form without its token {where}"
            elif tag.name == "script":
                inline = tag.text.strip() and tag.get("type") != "application/json"
                assert not inline, f"inline script {where}"


def _add(values: dict[str, Any], name: str, value: str) -> None:
    """Several fields of one name go as a list; one alone stays a text."""
    before = values.get(name)
    if before is None:
        values[name] = value
    else:
        values[name] = [*([before] if isinstance(before, str) else before), value]
