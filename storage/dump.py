"""Backups of a PostgreSQL database, by the server's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from storage.faults import StorageFault

SUFFIX = ".dump"


def dump(url: URL, target: Path) -> None:
    """`pg_dump` of the database to the new file `target`, which `pg_restore` reads.

    Raises StorageFault: the program is missing or refused, with its words.
    """
    if target.exists():
        raise StorageFault(f"{target} exists already. Name another file.")
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _run(url, "pg_dump", "--format=custom", "--no-owner", f"--file={part}")
        contents(part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def contents(file: Path) -> int:
    """How many objects a dump lists. Raises StorageFault where `pg_restore` cannot read it."""
    said = _run(None, "pg_restore", "--list", str(file))
    return sum(not line.startswith(";") for line in said.splitlines())


def _run(url: URL | None, program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise StorageFault(
            f"this database is PostgreSQL's, and {program}, which makes its backups, is not"
            " installed. On Debian: apt install postgresql-client."
        )
    env, where = dict(os.environ), []
    if url is not None:
        if url.password:
            env["PGPASSWORD"] = str(url.password)  # no other user sees an environment
        where = [f"--dbname={_named(url)}"]
    done = subprocess.run(  # noqa: S603 - a program of the server's, arguments of our own
        [found, *arguments, *where], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = " ".join(done.stderr.split())
        raise StorageFault(f"{program} failed: {words or done.returncode}")
    return done.stdout


def _named(url: URL) -> str:
    """The database as libpq is told of it, without the password (manual, 34.1.1.1)."""
    plain = url.set(drivername="postgresql").difference_update_query(["password"])
    plain = plain._replace(password=None)
    hosts = plain.query.get("host")
    if isinstance(hosts, tuple):  # several servers, the current one among them
        pairs = [host.partition(":")[::2] for host in hosts]
        plain = plain.update_query_dict(
            {
                "host": ",".join(host for host, _ in pairs),
                "port": ",".join(port or "5432" for _, port in pairs),
            }
        )
    return plain.render_as_string(hide_password=False)
