"""feeds.yaml, strict: every fault at once with its line, or frozen values with all defaults.

`load` for a program that needs the configuration, `check` for one that shows what is wrong,
`locate` for which file it is, `storage_url` for its database alone, `schema` for editors.
Nothing here touches the network.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watcher.config.faults import Fault
from watcher.config.kinds import duration_text, parse_duration
from watcher.config.quiet import QuietHours
from watcher.config.secret import Secret
from watcher.config.values import (
    CONDITIONS,
    Agency,
    Alerts,
    Condition,
    Config,
    Feed,
    Metrics,
    Outlet,
    Polling,
    Receiver,
    Storage,
    Watch,
)
from watcher.core.errors import ConfigError

__all__ = [
    "CONDITIONS",
    "Agency",
    "Alerts",
    "Condition",
    "Config",
    "Fault",
    "Feed",
    "Metrics",
    "Outlet",
    "Polling",
    "QuietHours",
    "Receiver",
    "Secret",
    "Storage",
    "Watch",
    "check",
    "duration_text",
    "load",
    "locate",
    "parse_duration",
    "schema",
    "storage",
    "storage_url",
]

_PLACES = (Path("feeds.yaml"), Path("/etc/watcher/feeds.yaml"))


def load(path: Path, env: Mapping[str, str]) -> Config:
    """The configuration in a file; `env` gives `${NAME}` and CREDENTIALS_DIRECTORY.

    Raises ConfigError with every fault, in the order of the file. Warnings are left to `check`.
    """
    config, faults = check(path, env)
    if config is None:
        raise ConfigError([str(fault) for fault in faults if fault.severity == "error"])
    return config


def check(path: Path, env: Mapping[str, str]) -> tuple[Config | None, list[Fault]]:
    """The configuration, None if there are errors, and all faults in the order of the file."""
    # Late: reading a file needs these, importing the values (as every command does) does not.
    from watcher.config import relations, tree, walk
    from watcher.config.resolved import resolved
    from watcher.config.written import document

    file = str(path)
    try:
        root = tree.compose(_bytes(path, tree.MOST_BYTES))
    except tree.UnreadableError as error:
        return None, [Fault(file, error.line, error.column, "", str(error))]
    reading = walk.Walk(file, path.parent, env)
    plain = reading.read(root, document(), ())
    relations.check(reading, plain)
    faults = sorted(reading.faults, key=lambda fault: (fault.line, fault.column))
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    return resolved(plain, path), faults


def locate(explicit: str | None, env: Mapping[str, str]) -> Path:
    """Which file to read: `explicit` (--config), else WATCHER_CONFIG, else the default places.

    These are ./feeds.yaml and /etc/watcher/feeds.yaml. Raises ConfigError where there is no file.
    """
    for source, named in (("--config", explicit), ("WATCHER_CONFIG", env.get("WATCHER_CONFIG"))):
        if named:
            path = Path(named)
            if os.path.isdir(path):
                raise ConfigError([f"{source} names a folder, {path}: name the file in it"])
            if not os.path.exists(path):
                raise ConfigError([f"{source} names a file that does not exist: {path}"])
            return path
    for path in _PLACES:
        if os.path.isfile(path):  # unlike Path.is_file, false for a folder we may not enter
            return path
    looked = " nor ".join(str(path) for path in _PLACES)
    raise ConfigError(
        [f"no configuration found, neither {looked}: write one, or name it with --config FILE"]
    )


def storage_url(path: Path, env: Mapping[str, str]) -> str:
    """The database that a file names, or the default; see `storage`."""
    return storage(path, env).url


def storage(path: Path, env: Mapping[str, str]) -> Storage:
    """What a file says of storage, the defaults for what it leaves out; the rest may have faults.

    For questions: who asks one from a shell rarely has the receivers' secrets there that the
    daemon gets from systemd. Raises ConfigError where the file is unreadable, `storage` wrong, or
    a section unknown, which may be a misspelt `storage`.
    """
    from watcher.config import tree, walk
    from watcher.config.written import document

    file = str(path)
    try:
        root = tree.compose(_bytes(path, tree.MOST_BYTES))
    except tree.UnreadableError as error:
        raise ConfigError([str(Fault(file, error.line, error.column, "", str(error)))]) from None
    reading = walk.Walk(file, path.parent, env)
    plain = reading.read(root, document(), ())
    faults = [
        str(fault)
        for fault in reading.faults
        if fault.severity == "error" and fault.where.partition(".")[0] in ("", "storage")
    ]
    if faults:
        raise ConfigError(faults)
    return Storage(**(plain.get("storage") or {}))


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of feeds.yaml, for editors."""
    from watcher.config.json_schema import schema as made

    return made()


def _bytes(path: Path, most: int) -> bytes:
    from watcher.config.tree import UnreadableError

    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = (getattr(error, "strerror", None) or "not a file name").lower()
        raise UnreadableError(1, 1, f"cannot be read: {why}") from None
