"""What a PDF that we drew says, as a reader would copy it: enough for tests, no more."""

from __future__ import annotations

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_PAIR = re.compile(rb"<(\w{4})> <(\w+)>")
_SHOWN = re.compile(rb"/f(\d+) [\d.]+ Tf|\[((?:\((?:\\.|[^\\)])*\)|[^]])*)\]TJ", re.DOTALL)
_STRING = re.compile(rb"\(((?:\\.|[^\\)])*)\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """Its words, a space where a new piece begins."""
    streams = [_inflated(each) for each in _STREAM.findall(pdf)]
    fonts = [_letters(each) for each in streams if b"begincmap" in each]
    said = [_page(each, fonts) for each in streams if b" Tf" in each and b"begincmap" not in each]
    return re.sub(r"\s+", " ", " ".join(said)).strip()


def pieces_of(pdf: bytes) -> list[int]:
    """Of how many pieces of text each page is made."""
    streams = [_inflated(each) for each in _STREAM.findall(pdf)]
    pages = [each for each in streams if b" Tf" in each and b"begincmap" not in each]
    return [each.count(b"]TJ") for each in pages]


def _inflated(stream: bytes) -> bytes:
    try:
        # By pieces: of a checksum that happens to end like a line, the pattern takes a byte.
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def _letters(cmap: bytes) -> dict[int, str]:
    begun = cmap.partition(b"beginbf")[2]
    return {
        int(glyph, 16): bytes.fromhex(letter.decode()).decode("utf-16-be")
        for glyph, letter in _PAIR.findall(begun)
    }


def _page(content: bytes, fonts: list[dict[int, str]]) -> str:
    pieces, font = [], fonts[0]
    for found in _SHOWN.finditer(content):
        if found[1]:
            font = fonts[int(found[1])]
            continue
        raw = b"".join(_ESCAPE.sub(_unescaped, each) for each in _STRING.findall(found[0]))
        glyphs = (int.from_bytes(raw[n : n + 2]) for n in range(0, len(raw), 2))
        pieces.append("".join(font.get(each, "?") for each in glyphs))
    return " ".join(pieces)


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code.isdigit():
        return bytes([int(code, 8)])
    return _NAMED.get(code, code)
