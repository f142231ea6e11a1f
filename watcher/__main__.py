"""`python -m watcher`, and the console script."""

from __future__ import annotations


def main() -> None:
    """Run the command line; exits with its code."""
    from watcher.cli import main as cli

    cli()


if __name__ == "__main__":
    main()
