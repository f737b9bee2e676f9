"""Pictures that clients show us: what they are by their content, and where they are kept.

Nothing here draws them. A file is taken for what its own structure says, whatever it is called,
and is only ever answered as that, so neither a program nor a page can come in as a picture.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import secrets
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LARGEST = 10 * 1024 * 1024
# A browser unpacks a picture to four bytes a pixel, however small its file is. The largest cameras
# stay below; PNG and WebP, which make next to nothing of an empty plane, may hold less.
LONGEST_SIDE = 20_000
MOST_PIXELS = {"image/jpeg": 100_000_000, "image/png": 40_000_000, "image/webp": 40_000_000}
MOST_PICTURES = 24

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


# A name in the folder, with a dot while it is being written.
_NAMED = re.compile(r"\.?[0-9a-f]{64}")


class NotAPicture(Exception):
    """The content is no picture that we take; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a file holds: *media_type* by its content, and its size in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def recognised(content: bytes) -> Picture:
    """The picture that *content* is.

    Raises:
        NotAPicture: if it is none of those we take, is not whole, or is too large.
    """
    if len(content) > LARGEST:
        raise NotAPicture(f"A picture is larger than {LARGEST // 1024 // 1024} MB.")
    for media_type, measure in (
        ("image/jpeg", _jpeg),
        ("image/png", _png),
        ("image/webp", _webp),
    ):
        try:
            size = measure(content)
        except (struct.error, IndexError):
            continue
        if not size or min(size) < 1:
            continue
        if max(size) > LONGEST_SIDE or math.prod(size) > MOST_PIXELS[media_type]:
            raise NotAPicture(f"A picture has too many pixels: {size[0]} by {size[1]}.")
        return Picture(content, media_type, *size)
    raise NotAPicture("That is no JPEG, PNG or WebP picture.")


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """From its frame header, if pixels follow and the picture ends."""
    if not data.startswith(b"\xff\xd8\xff") or b"\xff\xd9" not in data[-65_536:]:
        return None
    size = None
    for marker, at in _segments(data):
        if marker == 0xDA:
            return size
        # All frame headers but the tables that lie among their numbers.
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", data, at + 3)
            size = width, height
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Each marker up to the pixels, with where its length stands."""
    at = 2
    while data[at] == 0xFF:
        if data[at + 1] == 0xFF:  # padding
            at += 1
            continue
        yield data[at + 1], at + 2
        at += 2 + max(2, struct.unpack_from(">H", data, at + 2)[0])


def _png(data: bytes) -> tuple[int, int] | None:
    """From its header, if every piece is whole up to the end."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    at, size = 8, None
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 4 : at + 8 + length]
        (check,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(body) != check:
            return None
        if kind == b"IHDR":
            size = struct.unpack_from(">II", data, at + 8)
        if kind == b"IEND":
            return size
        at += 12 + length


def _webp(data: bytes) -> tuple[int, int] | None:
    """From the first piece, if the file is as long as it says."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    (length,) = struct.unpack_from("<I", data, 4)
    kind = data[12:16]
    if len(data) < length + 8:
        return None
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[n : n + 3], "little") + 1 for n in (24, 27))
        return width, height
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


class Folder:
    """Where pictures are kept, under names that tell nothing and end in nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """What the folder is called, without where it is."""
        return self._path.name

    def keep(self, content: bytes) -> str:
        """Write *content*, readable by the studio alone; the name it has there."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(32)
        half = self._path / f".{name}"
        made = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(made, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(self._path / name)
        return name

    def has(self, name: str) -> bool:
        """Whether something is kept as *name*."""
        return (self._path / name).is_file()

    def older(self, than: datetime) -> list[str]:
        """The names of what was written before; only of files that are named as here."""
        if not self._path.is_dir():
            return []
        return sorted(
            each.name
            for each in self._path.iterdir()
            if _NAMED.fullmatch(each.name)
            and each.is_file()
            and not each.is_symlink()
            and each.stat().st_mtime < than.timestamp()
        )

    def read(self, name: str) -> bytes | None:
        """What was kept as *name*; None if it is gone."""
        file = self._path / name
        return file.read_bytes() if file.is_file() else None

    def drop(self, name: str) -> None:
        (self._path / name).unlink(missing_ok=True)
