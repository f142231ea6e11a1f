"""The rooms of the daemon's tests."""

from tests.daemon.conftest import room, sqlite_url

__all__ = ["room", "sqlite_url"]
