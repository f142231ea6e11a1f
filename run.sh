#!/bin/sh
# What there is to do here, one word each. Everything needed is set up by itself, once.
#
#   ./run.sh up        check feeds.yaml, prepare ./var, run the daemon in the foreground
#   ./run.sh demo      a small newsroom on loopback: a story spreads, rests and resurfaces
#   ./run.sh test      lint, types, import contracts and every test
#   ./run.sh lock      the versions and hashes of requirements*.txt anew, from pyproject.toml
#   ./run.sh audit     known advisories about the locked versions
#   ./run.sh sbom      a bill of materials (CycloneDX) of what the program runs on, on stdout
#   ./run.sh bench     the benchmarks that need nothing but this checkout (see benchmarks/)
#   ./run.sh fmt       format and mend what can be mended
#   ./run.sh watcher … any command of the program, in this environment
#
# What follows the word is passed on: ./run.sh up --config FILE, ./run.sh test tests/core.
# PYTHON names the interpreter (3.11 or newer), VENV the environment (default ./.venv).
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
VENV=${VENV:-.venv}

say() { printf '%s\n' "$*" >&2; }

# The first interpreter that is new enough; on stdout.
interpreter() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.13 python3.12 python3.11 python
    fi
    for candidate; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer was not found (looked for: $*)."
    say "Install it, or name it: PYTHON=/path/to/python3 ./run.sh …"
    exit 1
}

# create: an environment in $VENV, in place of one whose interpreter is gone or that was made
# elsewhere and moved here: its programs still point there.
create() {
    found=$(interpreter)
    say "Creating the environment in $VENV …"
    existed=$(test -e "$VENV" && echo yes || echo no)
    clear=
    if [ -f "$VENV/pyvenv.cfg" ]; then clear=--clear; fi
    if ! "$found" -m venv $clear "$VENV"; then
        # Half an environment would be taken for a whole one next time.
        if [ "$existed" = no ]; then rm -rf "$VENV"; fi
        say "That failed. On Debian and Ubuntu: apt install python3-venv; then again."
        exit 1
    fi
    pwd -P >"$VENV/.made-in"
}

# What an installation depends on. It is kept beside it as a stamp, which makes the next time quick.
wanted() { cat pyproject.toml requirements-test.txt; }

# setup EXTRAS: the environment with this project in it.
setup() {
    if ! "$VENV/bin/python" -c '' 2>/dev/null ||
        { [ -f "$VENV/.made-in" ] && [ "$(cat "$VENV/.made-in")" != "$(pwd -P)" ]; }; then
        create
    fi
    for stamp in "$VENV/.installed-$1" "$VENV/.installed-dev"; do # dev is all and more
        if wanted | cmp -s - "$stamp"; then
            return
        fi
    done
    say "Installing the project and what it needs; a minute or two, the first time …"
    # What developers and continuous integration run is locked, by hash; users get what fits.
    case $1 in
    run) set -- "$1" --editable . ;;
    *) set -- "$1" --no-deps --no-build-isolation --editable . ;;
    esac
    extras=$1
    shift
    if { [ "$extras" = run ] || "$VENV/bin/python" -m pip install --quiet \
        --disable-pip-version-check --require-hashes --no-deps --requirement requirements-test.txt; } &&
        "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; then
        wanted >"$VENV/.installed-$extras"
    else
        say "That failed, for the reason above. Nothing is taken as done: run the same again."
        exit 1
    fi
}

# browser: a Chromium for tests/browser. Debian's, where there is none and we may install it.
browser() {
    for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null 2>&1; then return; fi
    done
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "Installing Chromium, in which the pages are tested …"
        if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends chromium fonts-dejavu-core >/dev/null; then
            return
        fi
    fi
    say "NO BROWSER: the tests in tests/browser will be skipped. On Debian: apt install chromium."
}

# machine: what boots a small Debian with systemd for tests/systemd, where we may install it.
machine() {
    if command -v debootstrap >/dev/null 2>&1 && command -v systemd-nspawn >/dev/null 2>&1; then
        return
    fi
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "Installing debootstrap and systemd-container, for the test of the service …"
        if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends debootstrap systemd-container >/dev/null; then
            return
        fi
    fi
    say "NO SYSTEMD TO TRY: the test in tests/systemd will be skipped. On Debian, as root:"
    say "apt install debootstrap systemd-container."
}

# rules: promtool for the test of the alerting rules, out of Debian's package and not installed:
# that would start a Prometheus here.
rules() {
    cache=${WATCHER_TEST_CACHE:-${TMPDIR:-/tmp}/watcher-test}
    PATH=$PATH:$cache/bin
    export PATH
    if command -v promtool >/dev/null 2>&1; then return; fi
    if command -v apt-get >/dev/null 2>&1; then
        say "Fetching promtool, for the test of the alerting rules …"
        if [ "$(id -u)" = 0 ]; then apt-get update -qq || :; fi
        mkdir -p "$cache/bin"
        if (cd "$cache" && apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb unpacked &&
            mv unpacked/usr/bin/promtool bin/ && rm -rf unpacked prometheus_*.deb); then
            return
        fi
    fi
    say "NO PROMTOOL: the test of systemd/prometheus-rules.yml will be skipped."
    say "On Debian: apt install prometheus."
}

# lock: requirements.txt, what the program runs on, and requirements-test.txt, that and all that
# tests and developers use. No address of an index gets into them.
lock() {
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check uv
    for name in requirements-test.txt requirements.txt; do
        case $name in
        requirements.txt) set -- --extra postgresql --extra plots --extra parquet \
            --extra translation --extra cluster \
            --constraint requirements-test.txt ;;
        *) set -- --extra dev ;;
        esac
        "$VENV/bin/uv" pip compile pyproject.toml "$@" --quiet --upgrade --universal \
            --python-version 3.11 --generate-hashes --no-annotate --no-header --output-file "$name"
    done
    say "Locked: $(grep -c == requirements-test.txt) packages, $(grep -c == requirements.txt) of them to run."
}

# audit: 0 none known, 1 some are, 3 it could not be found out.
audit() {
    "$VENV/bin/pip-audit" --requirement requirements-test.txt --require-hashes --disable-pip \
        --progress-spinner off --format json 2>"$VENV/audit.log" >"$VENV/audit.json" || :
    "$VENV/bin/python" - "$VENV/audit.json" <<'EOF'
import json, sys
try:
    found = json.load(open(sys.argv[1]))["dependencies"]
except ValueError:
    found = []
bad = [one for one in found if one.get("vulns")]
left = [one for one in found if "skip_reason" in one]
for one in bad:
    for known in one["vulns"]:
        fixed = ", ".join(known["fix_versions"]) or "no version yet"
        print(f"{one['name']} {one['version']}: {known['id']}, mended in {fixed}", file=sys.stderr)
if left or not found:
    print(f"NO ADVISORIES: the data about {len(left) or 'all'} packages cannot be had here; they"
          " were not checked.", file=sys.stderr)
else:
    print(f"Advisories: {len(bad)} of {len(found)} packages.", file=sys.stderr)
sys.exit(1 if bad else 3 if left or not found else 0)
EOF
}

# sbom: from an environment that holds what the program runs on, and nothing else.
sbom() {
    clean=$(mktemp -d)
    trap 'rm -rf "$clean"' EXIT
    "$VENV/bin/python" -m venv "$clean"
    "$clean/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --no-deps --requirement requirements.txt
    "$VENV/bin/python" -m build --wheel --no-isolation --outdir "$clean" . >/dev/null
    "$clean/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$clean"/*.whl
    "$clean/bin/python" -m pip uninstall --quiet --yes pip setuptools
    "$VENV/bin/cyclonedx-py" environment --pyproject pyproject.toml --mc-type application \
        --output-reproducible --gather-license-texts "$clean/bin/python"
}

word=${1:-help}
if [ $# -gt 0 ]; then shift; fi
case $word in
up)
    setup run
    "$VENV/bin/watcher" check "$@"
    "$VENV/bin/watcher" db upgrade "$@"
    exec "$VENV/bin/watcher" run "$@"
    ;;
demo)
    setup run
    exec "$VENV/bin/watcher" demo "$@"
    ;;
watcher)
    setup run
    exec "$VENV/bin/watcher" "$@"
    ;;
test)
    setup dev
    browser
    machine
    rules
    audit & # it waits for an answer most of the time
    audited=$!
    say "Lint …"
    "$VENV/bin/ruff" check .
    "$VENV/bin/ruff" format --check .
    say "Types …"
    "$VENV/bin/mypy"
    say "Import contracts …"
    "$VENV/bin/lint-imports"
    wait $audited || :
    say "Tests …"
    exec "$VENV/bin/python" -m pytest -n 2 --dist worksteal "$@"
    ;;
lock)
    setup dev
    lock
    ;;
audit)
    setup dev
    audit
    ;;
sbom)
    setup dev
    sbom
    ;;
bench)
    setup dev
    exec "$VENV/bin/python" -m benchmarks "$@"
    ;;
fmt)
    setup dev
    "$VENV/bin/ruff" check --fix .
    exec "$VENV/bin/ruff" format .
    ;;
*)
    sed -n '2,16s/^# \{0,1\}//p' run.sh # not $0: that was relative to where we came from
    case $word in help | -h | --help) ;; *) exit 2 ;; esac
    ;;
esac
