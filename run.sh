#!/bin/sh
# What there is to do here, one word each. Everything needed is set up by itself, once.
#
#   ./run.sh up        check feeds.yaml, prepare ./var, run the daemon in the foreground
#   ./run.sh demo      a small newsroom on loopback: a story spreads, rests and resurfaces
#   ./run.sh test      lint, types, import contracts and every test
#   ./run.sh bench     the benchmarks that need nothing but this checkout (see benchmarks/)
#   ./run.sh fmt       format and mend what can be mended
#   ./run.sh watcher … any command of the program, in this environment
#
# PYTHON names the interpreter (3.11 or newer), VENV the environment (default ./.venv).
set -eu
cd "$(dirname "$0")"
VENV=${VENV:-.venv}

say() { printf '%s\n' "$*" >&2; }

python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer was not found. Install it, or name it: PYTHON=/path/to/python3 $0 …"
    exit 1
}

# setup EXTRAS: the environment with this project in it. A stamp of pyproject.toml makes the second
# time quick.
setup() {
    stamp="$VENV/.installed-$1"
    if [ -f "$stamp" ] && cmp -s pyproject.toml "$stamp"; then
        return
    fi
    if [ ! -x "$VENV/bin/python" ]; then
        interpreter=$(python)
        say "Creating the environment in $VENV …"
        "$interpreter" -m venv "$VENV" || {
            say "That failed. On Debian and Ubuntu: apt install python3-venv; then again."
            exit 1
        }
    fi
    say "Installing the project and what it needs …"
    case $1 in
    run) what=. ;;
    *) what=".[$1]" ;;
    esac
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$what"
    cp pyproject.toml "$stamp"
}

case ${1:-help} in
up)
    setup run
    "$VENV/bin/watcher" check feeds.yaml
    "$VENV/bin/watcher" db upgrade
    exec "$VENV/bin/watcher" run
    ;;
demo)
    setup run
    shift
    exec "$VENV/bin/watcher" demo "$@"
    ;;
watcher)
    setup run
    shift
    exec "$VENV/bin/watcher" "$@"
    ;;
test)
    setup dev
    shift
    say "Lint …"
    "$VENV/bin/ruff" check .
    "$VENV/bin/ruff" format --check .
    say "Types …"
    "$VENV/bin/mypy"
    say "Import contracts …"
    "$VENV/bin/lint-imports"
    say "Tests …"
    exec "$VENV/bin/python" -m pytest -n 2 --dist worksteal "$@"
    ;;
bench)
    setup dev
    shift
    exec "$VENV/bin/python" -m benchmarks "$@"
    ;;
fmt)
    setup dev
    "$VENV/bin/ruff" check --fix .
    exec "$VENV/bin/ruff" format .
    ;;
*)
    sed -n '2,12s/^# \{0,1\}//p' "$0"
    [ "${1:-help}" = help ] || exit 2
    ;;
esac
