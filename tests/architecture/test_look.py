from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.gallery.app import ENDPOINTS, ROOT, create_gallery
from tests.browsing import Browser
from tests.demo.content import TYPES

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "studio" / "static"
OURS = [
    *TEMPLATES.rglob("*.html"),
    *(STATIC / "css").glob("*.css"),
    *(STATIC / "js").glob("*.js"),
    *(STATIC / "img").glob("*.svg"),
]
PAGES = [path for path in ENDPOINTS.values() if "sign-" not in path]
ERRORS = [int(page.stem) for page in (TEMPLATES / "errors").glob("[0-9]*.html")]

# (text, ground) pairs that stand on each other somewhere, and (shape, ground) pairs.
SAID = """
ink/paper ink/card ink/wash ink-2/paper ink-2/card ink-2/wash paper/ink
safelight/paper safelight/card safelight/safelight-wash safelight-ink/safelight
ink/safelight-wash act-ink/act act-ink/act-hover ok/ok-wash ink/ok-wash ok/card
warn/warn-wash ink/warn-wash blue/blue-wash violet/violet-wash
ink/blue-wash ink/violet-wash ink-2/blue-wash ink-2/violet-wash ink-2/warn-wash
""".split()
DRAWN = "edge/paper edge/card ok/wash warn/wash safelight/paper safelight/card".split()
SIDE = ["side-ink/side", "side-ink/side-on"]


def _tokens(*sheets: str) -> dict[str, dict[str, str]]:
    """The colours of the tokens in *sheets*, the later laid over the earlier, by scheme."""
    schemes: dict[str, dict[str, str]] = {"light": {}, "dark": {}}
    for sheet in sheets:
        text = (STATIC / "css" / sheet).read_text(encoding="utf-8")
        light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
        found = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6});")
        plain = dict(found.findall(light.partition("}")[0]))
        schemes["light"] |= plain
        schemes["dark"] |= plain | dict(found.findall(dark.partition("}")[0]))
    return schemes


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(d * 2 for d in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(pair: str, tokens: dict[str, str]) -> float:
    one, other = (_luminance(tokens[name]) for name in pair.split("/"))
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("room", [("tokens.css",), ("tokens.css", "office.css")])
def test_words_and_shapes_stand_out_from_their_ground(room: tuple[str, ...], scheme: str) -> None:
    tokens = _tokens(*room)[scheme]
    said = SAID + (SIDE if len(room) > 1 else [])

    faint = {pair: _contrast(pair, tokens) for pair in said if _contrast(pair, tokens) < 4.5}
    dim = {pair: _contrast(pair, tokens) for pair in DRAWN if _contrast(pair, tokens) < 3}

    assert (faint, dim) == ({}, {})


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_inline_trusted_or_fetched_from_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    refused = [r"https?://", r"\bsrc=\"//", r"@import", r"innerHTML", r"\beval\("]
    if file.suffix == ".html" and "email" not in file.parts:
        refused += [
            r"\sstyle=",
            r"<style",
            r"\|\s*safe\b",
            r"Markup",
            r"\son[a-z]+=",
            r"<script(?! type=\"module\" src=)",
        ]

    assert [pattern for pattern in refused if re.search(pattern, text)] == []


@pytest.mark.parametrize("path", [*PAGES, *(f"/errors/{status}" for status in ERRORS)])
def test_every_component_draws_a_well_made_page(path: str) -> None:
    Browser(create_gallery([])).get(path)


def test_an_unknown_kind_is_drawn_as_its_genre() -> None:
    app = create_gallery([])
    frame = app.jinja_env.get_template("illustrations/frames.html").module.frame  # type: ignore[attr-defined]

    assert frame("passport", "portrait") == frame("individual", "portrait")
    assert frame("passport", "headshot") == frame("classic", "headshot")


def test_every_kind_of_picture_in_the_demo_has_a_drawing_of_its_own() -> None:
    app = create_gallery([])
    frame = app.jinja_env.get_template("illustrations/frames.html").module.frame  # type: ignore[attr-defined]
    drawn = {str(frame(each["frame"], each["genre"])) for each in TYPES}

    assert len(drawn) == len({each["frame"] for each in TYPES})


def test_errors_are_tied_to_their_fields() -> None:
    page = Browser(create_gallery([])).get("/")

    for field, control in (("name", "#name"), ("terms", "#terms"), ("look", "fieldset#look")):
        drawn = page.one(control)
        assert drawn["aria-invalid"] == "true"
        assert page.one(f"#{field}-error").text.strip()
        assert f"{field}-error" in str(drawn["aria-describedby"])
    targets = [str(link["href"]) for link in page.all("[role=alert] a")]
    assert targets
    assert all(len(page.all(target)) == 1 for target in targets)
    assert "notes-hint" in str(page.one("#notes")["aria-describedby"])


def test_a_first_visit_stays_light() -> None:
    """Styles, script and both faces leave a public page a quarter of its 100 kB."""
    css = [STATIC / "css" / f"{name}.css" for name in ("tokens", "components", "public")]
    ours = sum(file.stat().st_size for file in [*css, STATIC / "js" / "page.js"])

    assert ours < 27_000
