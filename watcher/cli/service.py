"""The service: run it, do one round by hand, check its configuration."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.base import (
    EXIT_RETRY,
    EXIT_USAGE,
    Nothing,
    Setup,
    command,
    pass_setup,
)
from watcher.cli.progress import progress
from watcher.cli.render import Column, Output, listing, visible
from watcher.core.errors import UsageError

if TYPE_CHECKING:
    from watcher.daemon import Plan, PollOutcome


@command()
@pass_setup
def run(setup: Setup) -> None:
    """The daemon: polls, matches and alerts until told to stop."""
    path, url = setup.config_path(), setup.database_url()
    from watcher import logs
    from watcher.daemon import run_daemon

    logs.setup(setup.verbose, setup.env, sys.stderr)
    raise click.exceptions.Exit(run_daemon(path, setup.env, url))


_OUTCOMES: tuple[Column[PollOutcome], ...] = (
    Column("OUTCOME", lambda p: p.outcome),
    Column("ENTRIES", lambda p: p.entries, right=True),
    Column("NEW", lambda p: p.fresh, right=True),
    Column("FEED", lambda p: p.feed, wide=True),
    Column("WHY", lambda p: p.error or p.reason, wide=True),
)

_PLAN: tuple[Column[Plan], ...] = (
    Column("DUE", lambda p: p.due),
    Column("NEXT", lambda p: p.next_at),
    Column("FEED", lambda p: p.feed, wide=True),
    Column("WHY", lambda p: p.reason, wide=True),
)


@command()
@click.argument("names", nargs=-1, metavar="[FEED]...")
@click.option("--dry-run", is_flag=True, help="Say when each is due and why; poll nothing.")
@listing
@pass_setup
def poll(setup: Setup, names: tuple[str, ...], dry_run: bool, out: Output) -> None:
    """One round now: all feeds, or those named, due or not.

    FEED is an address, or an outlet's name or domain.
    """
    config = setup.load_config()
    url = setup.database_url()
    from watcher.daemon import plan, poll_once

    if dry_run:
        if not out.rows(plan(config, url, names, setup.clock()), _PLAN):
            raise Nothing("No feed is configured.")
        return
    with progress("Polling") as tell:
        done = 0

        def on_progress(outcome: PollOutcome | None, total: int) -> None:
            nonlocal done
            done += outcome is not None
            tell(done, total)

        outcomes = poll_once(config, url, names, setup.clock, on_progress)
    if not out.rows(outcomes, _OUTCOMES):
        raise Nothing("No feed is configured.")
    if any(outcome.outcome in ("failed", "refused", "held") for outcome in outcomes):
        raise click.exceptions.Exit(EXIT_RETRY)


@command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--schema", is_flag=True, help="Print its JSON Schema, for editors; check nothing.")
@pass_setup
def check(setup: Setup, file: Path | None, schema: bool) -> None:
    """Check feeds.yaml: every fault at once, with its line.

    What to write instead stands beside each.
    """
    from watcher import config

    if schema:
        import json

        click.echo(json.dumps(config.schema(), indent=2, ensure_ascii=False))
        return
    if file is not None:
        setup.config = file
    found, faults = config.check(setup.config_path(), setup.env)
    for fault in faults:
        click.echo(visible(str(fault)), err=True)
    if found is None:
        wrong = sum(fault.severity == "error" for fault in faults)
        click.echo(f"watcher: {wrong} {'fault' if wrong == 1 else 'faults'}", err=True)
        raise click.exceptions.Exit(EXIT_USAGE)
    feeds = sum(len(outlet.feeds) for outlet in found.outlets)
    click.echo(
        f"{visible(str(found.path))} is fine."
        f" Outlets: {len(found.outlets)}, feeds: {feeds},"
        f" receivers: {len(found.receivers)}, watches: {len(found.watches)}."
    )


@command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: watcher completion bash > ~/.local/share/bash-completion/completions/watcher
    zsh:  watcher completion zsh > "${fpath[1]}/_watcher"
    fish: watcher completion fish > ~/.config/fish/completions/watcher.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise UsageError(f"This version of click has no completion for {shell}.")
    root = ctx.find_root().command
    click.echo(kind(root, {}, "watcher", "_WATCHER_COMPLETE").source())
