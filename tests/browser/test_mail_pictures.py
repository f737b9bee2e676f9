"""Every mail as a mail program draws it: wide and on a phone, by day and by night.

The pictures stand in ``tests/output/mail``, each with the two widths beside each other.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.browser.conftest import OUTPUT
from tests.messaging.letters import each_letter

pytestmark = pytest.mark.in_browser

TEMPLATES = Path(__file__).parents[2] / "templates" / "email"
WIDTHS = (600, 390)

# A frame for each width, as high as its letter.
OPEN = """letter => Promise.all([...document.querySelectorAll("iframe")].map(
  frame => new Promise(done => {
    frame.height = 10;
    frame.onload = () => {
      frame.height = frame.contentDocument.documentElement.scrollHeight;
      done();
    };
    frame.srcdoc = letter;
  })
))"""
# What is too wide, and what is too faint to read.
JUDGE = """() => {
  const found = [];
  const bare = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = bare(colour).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument;
    const style = element => page.defaultView.getComputedStyle(element);
    const behind = element => {
      for (let at = element; at; at = at.parentElement) {
        const colour = style(at).backgroundColor;
        if (bare(colour)[3] !== 0) return colour;
      }
      return "rgb(255, 255, 255)";
    };
    const wide = page.documentElement.scrollWidth;
    if (wide > frame.width) found.push(`${wide} wide at ${frame.width}`);
    const texts = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const [said, element] = [texts.currentNode.data.trim(), texts.currentNode.parentElement];
      if (!said || !element.getClientRects().length) continue;
      const both = [style(element).color, behind(element)].map(light);
      const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
      if (contrast < 4.5) found.push(`${contrast.toFixed(1)}: ${said}`);
    }
  }
  return found;
}"""


def frames() -> str:
    drawn = "".join(f'<iframe title="{w}" width="{w}" height="10"></iframe>' for w in WIDTHS)
    style = (
        "body{margin:8px;display:flex;gap:8px;align-items:start;background:#888}iframe{border:0}"
    )
    return f"<!doctype html><title>Mail</title><style>{style}</style><body>{drawn}</body>"


def test_every_mail_is_drawn_and_none_is_too_wide_or_too_faint(
    applications: Callable[[str], Flask], chromium: Chromium
) -> None:
    with applications("sqlite").app_context():
        letters = dict(each_letter())
    folders = {each.name for each in TEMPLATES.iterdir() if each.is_dir()}
    assert {name.removesuffix("_family").removesuffix("_joined") for name in letters} == folders
    folder = OUTPUT / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(viewport={"width": sum(WIDTHS) + 24, "height": 400})
    page = context.new_page()
    page.set_content(frames())
    wrong = []
    for name, letter in letters.items():
        page.evaluate(OPEN, letter.html)
        for scheme in ("light", "dark"):
            found = drawn(page, scheme, folder / f"{name}-{scheme}.png")
            wrong += [f"{name}, {scheme}: {each}" for each in found]
    context.close()

    assert wrong == []


def drawn(page: Page, scheme: str, path: Path) -> list[str]:
    """A picture of the letter that is open, and what is wrong with it."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    found: list[str] = page.evaluate(JUDGE)
    page.screenshot(path=str(path), full_page=True)
    return found
