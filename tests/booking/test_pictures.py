"""What is a picture is told by its content alone."""

from __future__ import annotations

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
