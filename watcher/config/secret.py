"""Secrets: where their values come from, and a wrapper that does not show them by accident."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watcher.config.faults import UnfitError, quoted

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}(?=://)")
_VARIABLE = re.compile(r"\$?\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.@-]+\Z")
_MOST_BYTES = 65_536


class Secret:
    """A value for one receiver or header. repr, str and format show its scheme and `***` only."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself: for the call that needs it, not for a log, a row or a message."""
        return self.__value

    def __str__(self) -> str:
        scheme = _SCHEME.match(self.__value)
        return f"{scheme[0]}://***" if scheme else "***"

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__value == other.__value

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __reduce__(self) -> Any:
        # A pickle would put the value into a job store or another process.
        raise TypeError("a Secret is not pickled")


def expand(text: str, env: Mapping[str, str]) -> str:
    """`${NAME}` replaced from `env`, once; `$${` stands for `${`. Raises UnfitError."""

    def value(found: re.Match[str]) -> str:
        if found[0].startswith("$$"):
            return found[0][1:]
        name = found[1]
        if not found[2]:
            raise UnfitError("a ${ without its }: write ${NAME}, or $${ for the two characters")
        if not _NAME.match(name):
            raise UnfitError(
                "${...} must hold the name of an environment variable: letters, digits, _"
            )
        if name not in env:
            raise UnfitError(
                f"the environment variable {name} is not set: set it, or remove this line"
            )
        if not env[name]:
            raise UnfitError(
                f"the environment variable {name} is empty: set it, or remove this line"
            )
        return env[name]

    return _VARIABLE.sub(value, text)


def resolve(text: str, folder: Path, env: Mapping[str, str]) -> tuple[str, str | None]:
    """A secret's value and a warning, from text, `${NAME}`, `file:PATH` or `credential:NAME`.

    A relative PATH starts at `folder`. NAME is a file in $CREDENTIALS_DIRECTORY (systemd's
    LoadCredential=). Surrounding blanks and line ends are dropped. Raises UnfitError, whose
    texts name files and variables, never values.
    """
    if text.startswith("credential:"):
        path = _credential(text, env)
        return _read(path, f"the credential {path.name}"), None
    if text.startswith("file:"):
        written = text.removeprefix("file:").removeprefix("//").strip()
        expanded = expand(written, env)
        path = folder / expanded
        shown = quoted(written) + ("" if os.path.isabs(expanded) else f" (in {folder})")
        return _read(path, shown), _exposed(path, shown)
    return expand(text, env), None


def _credential(text: str, env: Mapping[str, str]) -> Path:
    name = text.removeprefix("credential:").strip()
    if not _CREDENTIAL.match(name) or name in (".", ".."):
        raise UnfitError("expected credential:NAME with the name of a systemd credential")
    directory = env.get("CREDENTIALS_DIRECTORY")
    if not directory:
        raise UnfitError(
            f"the credential {name} is not available, CREDENTIALS_DIRECTORY is not set: start "
            f"under systemd with LoadCredential={name}:FILE, or write file:PATH"
        )
    path = Path(directory) / name
    if not os.path.exists(path):
        raise UnfitError(
            f"the credential {name} is missing: add LoadCredential={name}:FILE to the unit"
        )
    return path


def _read(path: Path, shown: str) -> str:
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to never returns.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UnfitError(f"{shown} is not a regular file")
            data = os.read(descriptor, _MOST_BYTES + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = (getattr(error, "strerror", None) or "not a file name").lower()
        raise UnfitError(f"{shown} cannot be read: {why}") from None
    if len(data) > _MOST_BYTES:
        raise UnfitError(f"{shown} is larger than 64 kB")
    try:
        value = data.decode().strip()
    except UnicodeDecodeError:
        raise UnfitError(f"{shown} is not UTF-8 text") from None
    if not value:
        raise UnfitError(f"{shown} is empty")
    return value


def _exposed(path: Path, shown: str) -> str | None:
    try:
        mode = path.stat().st_mode
    except OSError:  # gone since it was read: nothing left to expose
        return None
    if mode & stat.S_IROTH:
        return f"every user of this machine can read {shown}: chmod o-rwx it"
    return None
