"""Copies of the whole database, made while the studio runs, and put back where there is none.

The pictures that clients showed go into an archive beside the copy.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect, text
from sqlalchemy.engine import make_url

from studio.settings import Settings


class NotCopied(Exception):
    """Nothing was written; the message is a sentence."""


def backup(settings: Settings, file: Path) -> None:
    """Write the database to *file*, which must not exist yet, and the pictures beside it.

    The pictures come last, so that each one that the copy of the database knows is among them.

    Raises:
        NotCopied: saying why; no half of a copy is left behind.
    """
    for each in (file, pictures_beside(file)):
        if each.exists():
            raise NotCopied(f"{each} exists already; a backup overwrites nothing.")
    if not file.absolute().parent.is_dir():
        raise NotCopied(f"There is no folder {file.absolute().parent}.")
    url = make_url(settings.database_url)
    packed = [pictures_beside(file)] if settings.pictures.is_dir() else []
    with _filled(*packed, file) as halves:
        if url.get_backend_name() == "sqlite":
            _copy(_existing(url), halves[-1])
        else:
            _postgres(url, "pg_dump", "--format=custom", "--no-owner", f"--file={halves[-1]}")
        if packed:
            _pack(settings.pictures, halves[0])


def restore(settings: Settings, file: Path) -> None:
    """Put the database in *file* in place, where there is none or an empty one.

    The pictures beside it come back too, if there are any, to a folder that is empty.
    `missing_pictures` tells afterwards whether any were not there.

    Raises:
        NotCopied: saying why.
    """
    url = make_url(settings.database_url)
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _has_tables(url):
        raise NotCopied(
            "There is a database already, and a restore overwrites nothing:"
            " move it away first, with the studio stopped."
        )
    archive = pictures_beside(file)
    packed = archive.is_file()
    if packed:
        _look_over(archive, settings.pictures)
    if url.get_backend_name() == "sqlite":
        target = Path(url.database or "")
        for part in ("", "-wal", "-shm"):
            target.with_name(target.name + part).unlink(missing_ok=True)
        with _filled(target) as (half,):
            _copy(file, half)
    else:
        _postgres(url, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", file)
    if packed:
        _unpack(archive, settings.pictures)


def pictures_beside(file: Path) -> Path:
    """Where the pictures are that belong to a copy of the database."""
    return file.with_name(f"{file.name}.pictures.tar")


def missing_pictures(settings: Settings) -> int:
    """How many pictures the database knows whose files are not there."""
    engine = create_engine(make_url(settings.database_url))
    try:
        if not inspect(engine).has_table("prep_pictures"):
            return 0
        with engine.connect() as connection:
            names = connection.scalars(text("SELECT file FROM prep_pictures")).all()
    finally:
        engine.dispose()
    return sum(not (settings.pictures / name).is_file() for name in names)


def _pack(folder: Path, half: Path) -> None:
    with tarfile.open(half, "w") as archive:
        # One whose name begins with a dot is being written; one that goes meanwhile is gone.
        for each in sorted(folder.glob("[!.]*")):
            with suppress(FileNotFoundError):
                archive.add(each, each.name)


def _look_over(source: Path, folder: Path) -> None:
    """See that all of *source* can be unpacked to *folder*, and overwrites nothing there."""
    if folder.is_dir() and any(folder.iterdir()):
        raise NotCopied(
            f"There are pictures in {folder} already, and a restore overwrites nothing:"
            " move them away first."
        )
    try:
        with tarfile.open(source) as archive:
            for each in archive:
                tarfile.data_filter(each, str(folder))
    except (tarfile.TarError, OSError) as error:
        raise NotCopied(f"Nothing was restored: {source} cannot be read: {error}.") from error


def _unpack(source: Path, folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise NotCopied(
            f"The database is back, but not all pictures of {source}: {error}."
        ) from error


@contextmanager
def _filled(*targets: Path) -> Iterator[list[Path]]:
    """A private file for each of *targets*, which get their names once all of them are filled."""
    halves: list[Path] = []
    try:
        halves.extend(map(_half, targets))
        yield halves
        for half, target in zip(halves, targets, strict=True):
            half.replace(target)
    except OSError as error:
        raise NotCopied(f"{targets[-1]} cannot be written: {error}.") from error
    finally:
        for half in halves:
            half.unlink(missing_ok=True)


def _half(target: Path) -> Path:
    """An empty private file beside *target*, to be filled and then given its name."""
    half = target.with_name(f".{target.name}.part")
    half.unlink(missing_ok=True)
    os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return half


def _existing(url: URL) -> Path:
    source = Path(url.database or "")
    if not source.is_file():
        raise NotCopied(f"There is no database at {source}.")
    return source


def _copy(source: Path, half: Path) -> None:
    """A consistent copy of one SQLite file, checked."""
    try:
        with (
            closing(sqlite3.connect(source, timeout=10)) as read,
            closing(sqlite3.connect(half)) as written,
        ):
            read.backup(written)
            answer = written.execute("PRAGMA integrity_check").fetchone()[0]
            versions = written.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()[0]
        if answer != "ok" or not versions:
            raise NotCopied(f"{source} is not a whole database of this studio.")
    except sqlite3.DatabaseError as error:
        raise NotCopied(f"{source} is not a database: {error}.") from error


def _has_tables(url: URL) -> bool:
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return False
    engine = create_engine(url)
    try:
        return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _postgres(url: URL, program: str, *arguments: str | Path) -> None:
    found = shutil.which(program)
    if not found:
        raise NotCopied(f"{program} is not installed; it comes with PostgreSQL's client programs.")
    # The password goes by the environment: arguments can be read by everyone on the machine.
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [found, f"--dbname={address}", *arguments],
        env={**os.environ, **({"PGPASSWORD": url.password} if url.password else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise NotCopied(f"{program} failed: {words}")
