"""What every command shares: global options anywhere on the line, late loading, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.core.errors import ConfigError, UsageError, WatcherError

if TYPE_CHECKING:
    from watcher.config import Config, Storage

DEFAULT_DB = "sqlite:///var/watcher.db"

EXIT_NO = 1  # the answer is "no" or "none"
EXIT_USAGE = 2
EXIT_RETRY = 3
EXIT_INTERRUPTED = 130  # as shells count it: 128 + SIGINT
EXIT_PIPE = 141  # 128 + SIGPIPE: whoever read our output has gone


@dataclass
class Setup:
    """What the global options said, and the clock and environment that commands go by."""

    config: Path | None = None
    db: str | None = None
    verbose: int = 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def config_path(self) -> Path:
        """The feeds.yaml to use. Raises ConfigError where there is none."""
        from watcher.config import locate

        return locate(None if self.config is None else str(self.config), self.env)

    def load_config(self) -> Config:
        """The configuration. Raises ConfigError with every fault in it, or if there is none."""
        from watcher.config import load

        return load(self.config_path(), self.env)

    def usable_config(self) -> Config | None:
        """The configuration for commands that can do without; None where it has faults."""
        from watcher.config import check

        try:
            return check(self.config_path(), self.env)[0]
        except ConfigError:
            if self.named_config():
                raise
            return None

    def named_config(self) -> bool:
        """Whether somebody asked for one certain feeds.yaml."""
        return self.config is not None or bool(self.env.get("WATCHER_CONFIG"))

    def database_url(self) -> str:
        """--db, WATCHER_DB, the configuration's, else the default; a bare path is a SQLite file."""
        given = self.db or self.env.get("WATCHER_DB")
        if given:
            return database_named(given, "--db")
        try:
            path = self.config_path()
        except ConfigError:
            if self.named_config():
                raise
            return DEFAULT_DB
        from watcher.config import storage_url

        return storage_url(path, self.env)

    def storage(self) -> Storage:
        """What the configuration says of storage; the defaults where there is none."""
        from watcher import config

        try:
            path = self.config_path()
        except ConfigError:
            if self.named_config():
                raise
            return config.Storage()
        return config.storage(path, self.env)


def database_named(given: str, where: str) -> str:
    """The URL of a database as people name it: a bare path is a SQLite file. Raises UsageError,
    which says `where` it was named."""
    if "://" not in given:
        return f"sqlite:///{given}"
    if not given.startswith(("sqlite", "postgres")):
        kind = given.partition(":")[0]
        raise UsageError(
            f"{where}: no such kind of database: {kind}; write sqlite:///FILE or"
            " postgresql://USER@HOST/NAME."
        )
    return given


pass_setup = click.make_pass_decorator(Setup, ensure=True)


class Nothing(click.ClickException):
    """The answer is "no" or "none": said on stderr, exit code 1."""

    exit_code = EXIT_NO

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=True)


class Failed(click.ClickException):
    """What went wrong, a line each on stderr."""

    exit_code = EXIT_RETRY

    def show(self, file: Any = None) -> None:
        from watcher.cli.render import visible

        for line in self.message.splitlines() or ["failed without saying why"]:
            click.echo(f"watcher: {visible(line)}", file=file, err=True)


class _Misused(Failed):
    exit_code = EXIT_USAGE


class _GlobalOption(click.Option):
    """An option that every command takes and none receives: its value goes to the Setup."""


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    # What stands later on the line wins; what is not there must not undo what stood earlier.
    if value:
        setup = ctx.ensure_object(Setup)
        setattr(setup, str(param.name), value)
        if param.name == "verbose":
            from watcher import logs

            logs.setup(value - 1, setup.env, sys.stderr)


def _global_options() -> list[click.Option]:
    def option(*names: str, **settings: Any) -> click.Option:
        return _GlobalOption(names, expose_value=False, callback=_keep, **settings)

    return [
        option(
            "--config",
            metavar="FILE",
            type=click.Path(path_type=Path, dir_okay=False),
            help="feeds.yaml; else WATCHER_CONFIG, ./feeds.yaml, /etc/watcher/feeds.yaml.",
        ),
        option(
            "--db",
            metavar="URL",
            help=f"Database; else WATCHER_DB, the configuration's, {DEFAULT_DB}.",
        ),
        option("--verbose", "-v", count=True, help="Say more on stderr; -vv says most."),
    ]


class _Shared(click.Command):
    """Accepts the global options and lists them apart from a command's own."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        return [*own[:-1], *_global_options(), *own[-1:]]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            if not isinstance(param, click.Option):
                continue
            record = param.get_help_record(ctx)
            if record is not None:
                (shared if isinstance(param, _GlobalOption) else own).append(record)
        for title, records in (("Options", own), ("Everywhere", shared)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class Command(_Shared):
    """A command of ours."""


def command(name: str | None = None) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command of ours."""
    return click.command(name, cls=Command)


class Group(_Shared, click.Group):
    """A group whose commands come from other modules, loaded when they are asked for."""

    command_class = Command

    def __init__(
        self, *args: Any, sections: Mapping[str, Mapping[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._sections = sections or {}
        self._places = {
            name: place for part in self._sections.values() for name, place in part.items()
        }

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), 1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]}?", ctx) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._places, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = place.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101  # a typo in our own table
        return command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _Shared.format_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if not self._sections:
            super().format_commands(ctx, formatter)
        width = max((len(name) for name in self._places), default=0)
        for title, part in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), self._help(ctx, name)) for name in part])

    def _help(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return "" if command is None else command.get_short_help_str(limit=78)


Group.group_class = Group


class App(Group):
    """The whole program: turns what went wrong into one line on stderr and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        setup = ctx.ensure_object(Setup)
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except WatcherError as error:
            if setup.verbose:
                import traceback

                traceback.print_exception(error)
            kind = _Misused if isinstance(error, ConfigError | UsageError) else Failed
            raise kind(str(error)) from error
        except BrokenPipeError:
            # Python would complain once more when it flushes at its own end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(EXIT_PIPE)
        except KeyboardInterrupt:
            click.echo("watcher: interrupted", err=True)
            ctx.exit(EXIT_INTERRUPTED)
        return result
