"""What is a picture is told by its content alone."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.booking.form.pictures import Folder, NotAPicture, recognised
from tests.pictures import JPEG, PNG, WEBP, WEBP_EXTENDED

KINDS = {"image/jpeg": JPEG, "image/png": PNG, "image/webp": WEBP}


@pytest.mark.parametrize(("media_type", "content"), [*KINDS.items(), ("image/webp", WEBP_EXTENDED)])
def test_pictures_are_known_and_measured(media_type: str, content: bytes) -> None:
    found = recognised(content)

    assert (found.media_type, found.width, found.height) == (media_type, 3, 2)


@pytest.mark.parametrize("content", [*KINDS.values(), WEBP_EXTENDED])
def test_half_a_picture_is_none(content: bytes) -> None:
    for end in range(len(content) - 4):
        with pytest.raises(NotAPicture):
            recognised(content[:end])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"MZ\x90\x00",
        b"\xff\xd8\xff<?php echo 1;\xff\xd9",
        b"\x89PNG\r\n\x1a\n<script>",
        PNG[:20] + b"\x00\x00\x00\x09" + PNG[24:],  # a height that its check does not bear out
    ],
)
def test_what_only_looks_like_one_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        recognised(content)


def test_more_pixels_than_any_camera_has_are_refused() -> None:
    wide = JPEG.replace(b"\x00\x02\x00\x03\x03", b"\x00\x02\xff\xff\x03")
    assert wide != JPEG
    with pytest.raises(NotAPicture):
        recognised(wide)


def _png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">II", width, height) + PNG[24:29]
    return PNG[:12] + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]


def _jpeg(width: int, height: int) -> bytes:
    return JPEG.replace(b"\x00\x02\x00\x03\x03", struct.pack(">HHB", height, width, 3))


def _webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return WEBP_EXTENDED[:24] + size + WEBP_EXTENDED[30:]


@pytest.mark.parametrize(
    ("made", "largest"),
    [(_jpeg, (10_000, 10_000)), (_png, (8_000, 5_000)), (_webp, (8_000, 5_000))],
)
def test_a_small_file_cannot_fill_a_browser_s_memory(
    made: Callable[[int, int], bytes], largest: tuple[int, int]
) -> None:
    width, height = largest
    assert recognised(made(width, height)).width == width
    with pytest.raises(NotAPicture, match="too many pixels"):
        recognised(made(width, height + 1))


@given(st.sampled_from([b"", JPEG[:2], JPEG[:40], PNG[:8], WEBP[:12], WEBP[:16]]), st.binary())
def test_nothing_breaks_it(start: bytes, rest: bytes) -> None:
    try:
        found = recognised(start + rest)
    except NotAPicture:
        return
    assert found.width > 0
    assert found.height > 0


def test_what_is_kept_is_read_by_its_name_until_it_is_dropped(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "pictures")
    name = folder.keep(PNG)

    assert folder.read(name) == PNG
    (kept,) = (tmp_path / "pictures").iterdir()
    assert (kept.suffix, kept.stat().st_mode & 0o177) == ("", 0)
    folder.drop(name)
    assert folder.read(name) is None
