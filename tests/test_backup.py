"""A copy is whole or is none, and what comes back is looked at before anything is put in place."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from studio import cli
from studio.backup import NotCopied, backup, missing_pictures, pictures_beside, restore
from studio.settings import Settings
from tests.test_run import environment


def settings(instance: Path) -> Settings:
    return Settings.from_env(environment(instance))


@pytest.fixture
def kept(tmp_path: Path) -> Settings:
    """A studio with a database of one picture, and two files in its folder."""
    instance = tmp_path / "instance"
    (instance / "pictures").mkdir(parents=True)
    for name in ("abc", "def"):
        (instance / "pictures" / name).write_bytes(b"pixels")
    with closing(sqlite3.connect(instance / "studio.db")) as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("CREATE TABLE prep_pictures (file TEXT)")
        database.execute("INSERT INTO prep_pictures VALUES ('abc')")
        database.commit()
    return settings(instance)


@pytest.fixture
def copy(kept: Settings, tmp_path: Path) -> Path:
    (tmp_path / "copies").mkdir()
    file = tmp_path / "copies" / "copy.db"
    backup(kept, file)
    return file


@pytest.fixture
def fresh(tmp_path: Path) -> Settings:
    return settings(tmp_path / "fresh")


def test_pictures_that_cannot_be_packed_leave_no_copy(
    kept: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "add", full)
    before = set(tmp_path.iterdir())

    with pytest.raises(NotCopied, match="No space left on device"):
        backup(kept, tmp_path / "copy.db")
    assert set(tmp_path.iterdir()) == before


def test_a_broken_archive_is_found_before_the_database_is_in_place(
    copy: Path, fresh: Settings
) -> None:
    archive = pictures_beside(copy)
    archive.write_bytes(archive.read_bytes()[:700])

    with pytest.raises(NotCopied, match="cannot be read"):
        restore(fresh, copy)
    assert not (fresh.instance / "studio.db").exists()


def test_pictures_that_are_there_are_not_overwritten(copy: Path, fresh: Settings) -> None:
    fresh.pictures.mkdir(parents=True)
    (fresh.pictures / "abc").write_bytes(b"theirs")

    with pytest.raises(NotCopied, match="overwrites nothing"):
        restore(fresh, copy)
    assert not (fresh.instance / "studio.db").exists()
    assert (fresh.pictures / "abc").read_bytes() == b"theirs"


def test_what_came_back_without_its_pictures_is_told(copy: Path, fresh: Settings) -> None:
    pictures_beside(copy).unlink()
    done = CliRunner().invoke(cli.restore, [str(copy)], env=environment(fresh.instance))
    assert done.exit_code == 0
    assert "1 of the pictures that clients showed are missing" in done.stderr
    assert missing_pictures(fresh) == 1


def test_what_came_back_whole_misses_nothing(copy: Path, fresh: Settings) -> None:
    restore(fresh, copy)
    assert missing_pictures(fresh) == 0
    assert {each.name for each in fresh.pictures.iterdir()} == {"abc", "def"}
