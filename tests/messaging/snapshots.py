"""Mails as readable files beside the tests; ``UPDATE_SNAPSHOTS=1`` writes them anew."""

from __future__ import annotations

import os
import re
from email.message import EmailMessage
from pathlib import Path

from bs4 import BeautifulSoup

FOLDER = Path(__file__).parent.parent / "snapshots" / "email"

_TOKEN = re.compile(r"(/(?:booking|checkout)/)[\w-]{43}")


def check(name: str, mail: EmailMessage, **changing: str) -> None:
    """Compare *mail* with the snapshot *name*; what is new each time is named in *changing*."""
    shown = _readable(mail)
    for word, value in changing.items():
        shown = shown.replace(value, f"[{word}]")
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(shown)
    assert path.read_text() == shown


def _readable(mail: EmailMessage) -> str:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    headers = [f"{name}: {value}" for name, value in mail.items() if name != "Content-Type"]
    words = BeautifulSoup(html.get_content(), "html.parser").body
    assert words is not None
    read = "\n".join(line.strip() for line in words.get_text("\n").splitlines() if line.strip())
    blocks = ["\n".join(headers), plain.get_content().replace("\r\n", "\n").rstrip(), read]
    for part in mail.iter_attachments():
        content = part.get_content().replace("\r\n ", "").replace("\r\n", "\n").rstrip()
        blocks.append(f"{part['Content-Type']}\n{content}")
    shown = "\n\n----------------------------------------\n\n".join(blocks) + "\n"
    shown = re.sub(r"<[0-9a-f]{32}@", "<[message id]@", shown)
    return _TOKEN.sub(r"\1[token]", shown)
