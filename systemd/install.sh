#!/bin/sh
# Installs Syndication Watch as a service on Debian or Ubuntu. Run it as root.
#
#   install.sh                     from this checkout: builds the wheel first
#   install.sh FILE.whl            from a wheel
#   install.sh --wheelhouse DIR FILE.whl   without network: what it needs is in DIR
#   install.sh --postgresql ...    with the PostgreSQL driver; later runs keep it
#   install.sh --credential NAME   stores a receiver's URL, read from standard input
#   install.sh --remove            takes the service away; configuration and data stay
#   install.sh --remove --purge    takes those away as well
#
# A second run upgrades: backup, new environment beside the old one, `watcher db upgrade`, restart.
# Until that has worked the old version stays in force, and what fails is undone.
#
#   /usr/local/lib/watcher     one environment a version in releases/; `current` is the one in force
#   /etc/watcher/feeds.yaml    what to watch: yours, never overwritten
#   /etc/watcher/credentials/  receivers' URLs, for root alone: systemd hands them to the service
#   /var/lib/watcher           the database and its backups, for the user `watcher` alone
#   /usr/local/bin/watcher     the command; run by root it acts as the user `watcher`
set -eu
umask 022

HOME_DIR=/usr/local/lib/watcher
RELEASES=$HOME_DIR/releases
CURRENT=$HOME_DIR/current
ETC=/etc/watcher
STATE=/var/lib/watcher
COMMAND=/usr/local/bin/watcher
UNITS=/etc/systemd/system
DROP_IN=$UNITS/watcher.service.d/credentials.conf
MARK='Syndication Watch' # in every file that we put outside of our own folders

say() { printf '%s\n' "$*"; }
fail() {
    printf 'install.sh: %s\n' "$1" >&2
    shift
    for line; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# ---------------------------------------------------------------- before anything is changed

# need PROGRAM PACKAGE
need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is missing." "apt install $2"; }

preconditions() {
    [ "$(id -u)" = 0 ] || fail "this needs root." "sudo sh install.sh $*"
    need systemctl systemd
    need systemd-sysusers systemd
    need systemd-tmpfiles systemd
    need flock util-linux
    need setpriv util-linux
    [ -d /run/systemd/system ] || fail "systemd is not this machine's init." \
        "In a container run the daemon itself, in the foreground: watcher run"
    # Two at a time would each undo half of the other.
    exec 9>/run/watcher-install.lock
    flock -n 9 || fail "another install.sh is running." "Wait for it."
    for file in "$COMMAND" "$UNITS/watcher.service"; do
        if [ -e "$file" ] && ! grep -q "$MARK" "$file"; then
            fail "$file is of another program." "Remove it, or install this on another machine."
        fi
    done
    home=$(getent passwd watcher | cut -d: -f6)
    case $home in
    '' | "$STATE") ;;
    *) fail "the user \`watcher\` exists and is somebody else (home $home)." \
        "This service needs that name." ;;
    esac
}

python_ready() {
    need python3 "python3 python3-venv"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, this is $(python3 -V)."
    python3 -c 'import ensurepip' 2>/dev/null ||
        fail "Python cannot make environments." "apt install python3-venv"
}

# ---------------------------------------------------------------- the new environment

# The wheel to install, in $wheel: the one named, or one built from this checkout.
find_wheel() {
    if [ -n "$1" ]; then
        [ -f "$1" ] || fail "$1: no such file."
        wheel=$(readlink -f "$1")
        return
    fi
    checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
    [ -f "$checkout/pyproject.toml" ] || fail "no wheel was named and this is no checkout." \
        "sh install.sh syndication_watch-VERSION-py3-none-any.whl"
    say "Building the wheel from $checkout …"
    python3 -m venv "$scratch/build"
    pip "$scratch/build" wheel --no-deps --wheel-dir "$scratch/dist" "$checkout"
    for wheel in "$scratch"/dist/*.whl; do :; done
}

# pip ENVIRONMENT COMMAND ...: quiet where all is well.
pip() {
    environment=$1
    shift
    "$environment/bin/python" -m pip --disable-pip-version-check --no-input --quiet \
        --require-virtualenv "$@"
}

# A new release in $release: made aside, so that a run that is cut off changes nothing.
make_release() {
    digest=$(sha256sum "$wheel" | cut -c1-12)
    version=$(basename "$wheel" | cut -d- -f2)
    if [ -x "$CURRENT/bin/python" ] && "$CURRENT/bin/python" -c 'import psycopg' 2>/dev/null; then
        extras='[postgresql]'
    fi
    release=$RELEASES/$version-$digest${extras:+-postgresql}
    if [ -f "$release/complete" ]; then
        say "$version is here already."
        return
    fi
    say "Installing $version into $release …"
    rm -rf "$release"
    mkdir -p "$RELEASES"
    python3 -m venv "$release"
    if [ -n "$wheelhouse" ]; then
        set -- --no-index --find-links "$wheelhouse"
    else
        set --
    fi
    if ! pip "$release" install "$@" "$wheel$extras"; then
        rm -rf "$release"
        fail "its packages could not be installed, for the reason above. Nothing was changed." \
            "Without network: --wheelhouse DIR, filled by \`pip download --dest DIR $wheel\`."
    fi
    share=$("$release/bin/python" -c 'import watcher, os; print(os.path.dirname(watcher.__file__))')
    cp -R "$share/share" "$release/share"
    touch "$release/complete"
}

# ---------------------------------------------------------------- what stands around it

lay_out() {
    install -D -m 644 "$release/share/systemd/watcher.conf" /etc/sysusers.d/watcher.conf
    systemd-sysusers /etc/sysusers.d/watcher.conf
    install -D -m 644 "$release/share/systemd/watcher.tmpfiles.conf" /etc/tmpfiles.d/watcher.conf
    systemd-tmpfiles --create /etc/tmpfiles.d/watcher.conf
    if [ ! -e "$ETC/feeds.yaml" ]; then
        # An absolute path: the service and your shell must mean the same database.
        sed "s#sqlite:///var/#sqlite:///$STATE/var/#" "$release/share/feeds.yaml" \
            >"$scratch/feeds.yaml"
        install -o root -g watcher -m 640 "$scratch/feeds.yaml" "$ETC/feeds.yaml"
        say "Wrote $ETC/feeds.yaml: an example that works. Put your own outlets there."
    fi
    credentials
}

# What /etc/watcher/credentials holds, as LoadCredential lines: the file's name is the credential's.
credentials() {
    {
        say "# $MARK: written by install.sh --credential, from the files in $ETC/credentials."
        say "[Service]"
        for file in "$ETC"/credentials/*; do
            if [ -f "$file" ]; then say "LoadCredential=$(basename "$file"):$file"; fi
        done
    } >"$scratch/credentials.conf"
    if ! cmp -s "$scratch/credentials.conf" "$DROP_IN"; then
        install -D -m 644 "$scratch/credentials.conf" "$DROP_IN"
    fi
}

# units FOLDER: the unit files there are the ones in force.
units() {
    for unit in "$1"/watcher*.service "$1"/watcher*.timer; do
        if [ -f "$unit" ]; then install -m 644 "$unit" "$UNITS/"; fi
    done
    systemctl daemon-reload
}

command_on_path() {
    cat >"$scratch/watcher" <<EOF
#!/bin/sh
# $MARK, as installed by install.sh. What root made in the service's folder the service could
# not write, so root acts as its user. The receivers' URLs are those that systemd gave the service.
export WATCHER_CONFIG="\${WATCHER_CONFIG:-$ETC/feeds.yaml}"
if [ -z "\${CREDENTIALS_DIRECTORY:-}" ] && [ -d /run/credentials/watcher.service ]; then
    export CREDENTIALS_DIRECTORY=/run/credentials/watcher.service
fi
if [ "\$(id -u)" = 0 ]; then
    umask 077
    exec setpriv --reuid=watcher --regid=watcher --init-groups $CURRENT/bin/watcher "\$@"
fi
exec $CURRENT/bin/watcher "\$@"
EOF
    install -D -m 755 "$scratch/watcher" "$COMMAND"
}

# as_service RELEASE ARGUMENTS ...: a command of that release, as the service would run it.
as_service() {
    chosen=$1
    shift
    (cd "$STATE" && umask 077 && WATCHER_CONFIG=$ETC/feeds.yaml \
        setpriv --reuid=watcher --regid=watcher --init-groups "$chosen/bin/watcher" "$@")
}

# Root reads the credentials where they are kept, for the service may not be running.
check_config() {
    CREDENTIALS_DIRECTORY=$ETC/credentials "$release/bin/watcher" check "$ETC/feeds.yaml"
}

switch_to() {
    ln -sfn "$1" "$CURRENT.new"
    mv -T "$CURRENT.new" "$CURRENT"
}

start() {
    systemctl enable --quiet watcher.service
    for unit in "$1"/watcher*.timer; do
        if [ -f "$unit" ]; then systemctl enable --quiet --now "$(basename "$unit")"; fi
    done
    systemctl reset-failed watcher.service 2>/dev/null || :
    systemctl restart watcher.service # returns when the daemon has said that it is ready
}

# ---------------------------------------------------------------- upgrade

# The SQLite file of a database, "" for a server.
database_file() {
    (cd "$STATE" && WATCHER_CONFIG=$ETC/feeds.yaml "$release/bin/python" -c '
from watcher.cli.base import Setup
url = Setup().database_url()
print(url.removeprefix("sqlite:///") if url.startswith("sqlite:") else "")')
}

# copy_database FROM TO: by SQLite's own backup, which takes along what is still in its log.
copy_database() {
    (cd "$STATE" && umask 077 && setpriv --reuid=watcher --regid=watcher --init-groups \
        "$release/bin/python" -c '
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as source, sqlite3.connect(sys.argv[2]) as target:
    source.backup(target)' "$1" "$2")
}

# back_up: how the database was before the upgrade, in $backup; the service is stopped.
back_up() {
    file=$(database_file)
    if [ -z "$file" ]; then
        say "The database is on a server: its backup is the server's (pg_dump)."
        return
    fi
    if [ ! -f "$file" ] && [ ! -f "$STATE/$file" ]; then return; fi
    backup=$STATE/backups/before-$(basename "$release")-$(date -u +%Y%m%dT%H%M%SZ).db
    copy_database "$file" "$backup.new" || return
    mv "$backup.new" "$backup"
    # The three latest of ours.
    find "$STATE/backups" -name 'before-*.db' -printf '%T@ %p\n' | sort -rn | tail -n +4 |
        cut -d' ' -f2- | while read -r old; do rm -f "$old"; done
}

# undo WHY: the version before, as it was, with the database as it was.
undo() {
    say "Going back to $(basename "$previous") …" >&2
    systemctl stop watcher.service || :
    if [ -n "$migrated" ] && [ -n "$backup" ]; then
        copy_database "$backup" "$file" || fail "the database could not be put back." \
            "Its copy is $backup; the service is stopped."
    fi
    switch_to "$previous"
    units "$previous/share/systemd"
    start "$previous/share/systemd" || say "It did not start: journalctl -u watcher" >&2
    rm -rf "$release"
    fail "$1" "The version before is in force again: $(basename "$previous")."
}

# The tables brought up to date while nothing writes, with a backup of how they were.
migrate() {
    if [ -n "$previous" ] && [ "$previous" != "$release" ]; then
        say "Stopping the service and backing the database up …"
        systemctl stop watcher.service
        if ! back_up; then
            rm -f "${backup:-none}.new"
            systemctl start watcher.service || :
            fail "the backup failed, for the reason above. Nothing was changed." \
                "Make room in $STATE, or look at the database: watcher doctor"
        fi
    fi
    if ! done=$(as_service "$release" db upgrade 2>&1); then
        say "$done" >&2
        [ -n "$previous" ] || fail "the tables could not be made, for the reason above."
        undo "the tables could not be brought up to date, for the reason above."
    fi
    say "$done"
    # Whatever else it says, it has changed something.
    case $done in "The tables are up to date.") ;; *) migrated=yes ;; esac
}

forget_old_releases() {
    for old in "$RELEASES"/*; do
        # The one before is kept, to go back to.
        [ "$old" = "$release" ] || [ "$old" = "$previous" ] || rm -rf "$old"
    done
}

setup() {
    python_ready
    find_wheel "${1:-}"
    make_release
    previous=
    if [ -L "$CURRENT" ]; then previous=$(readlink -f "$CURRENT"); fi
    if [ ! -f "$previous/complete" ]; then previous=; fi
    backup=
    migrated=
    lay_out
    check_config || fail "$ETC/feeds.yaml has the faults above." \
        "Mend it, then run the same again. The service was left as it is."
    migrate
    switch_to "$release"
    units "$release/share/systemd"
    command_on_path
    install -m 755 "$release/share/systemd/install.sh" "$HOME_DIR/install.sh"
    if ! start "$release/share/systemd"; then
        journalctl --unit watcher.service --lines 15 --no-pager --output cat >&2 || :
        if [ -n "$previous" ] && [ "$previous" != "$release" ]; then
            undo "the new version did not start, see above."
        fi
        systemctl stop watcher.service
        fail "the service did not start, see above." "Then: systemctl restart watcher"
    fi
    forget_old_releases
    say "Running: $("$COMMAND" --version). Next: watcher doctor; edit $ETC/feeds.yaml, then" \
        "\`systemctl reload watcher\`."
}

# ---------------------------------------------------------------- credentials, removal

add_credential() {
    case ${1:-} in
    '' | *[!A-Za-z0-9_.-]* | .*) fail "a credential's name has letters, digits, _ . and - only." ;;
    esac
    [ -d "$ETC/credentials" ] || fail "install first: sh install.sh"
    if [ -t 0 ]; then
        printf 'The Apprise URL of %s (not shown): ' "$1" >&2
        stty -echo
        trap 'stty echo; rm -rf "$scratch"' EXIT
        read -r url
        stty echo
        say '' >&2
    else
        read -r url || [ -n "$url" ]
    fi
    [ -n "$url" ] || fail "no URL was given: nothing was changed."
    (umask 077 && printf '%s\n' "$url" >"$ETC/credentials/.$1.new")
    mv "$ETC/credentials/.$1.new" "$ETC/credentials/$1"
    credentials
    systemctl daemon-reload
    systemctl try-restart watcher.service # systemd reads credentials when a service starts
    say "Stored. In $ETC/feeds.yaml: url: credential:$1; then \`systemctl reload watcher\`."
}

remove() {
    for unit in "$UNITS"/watcher*.timer "$UNITS"/watcher*.service; do
        if [ -f "$unit" ] && grep -q "$MARK" "$unit"; then
            systemctl disable --quiet --now "$(basename "$unit")" || :
            rm -f "$unit"
        fi
    done
    rm -f "$COMMAND" "$DROP_IN" /etc/tmpfiles.d/watcher.conf
    rmdir "$UNITS/watcher.service.d" 2>/dev/null || :
    systemctl daemon-reload
    systemctl reset-failed watcher.service 2>/dev/null || :
    rm -rf "$HOME_DIR" /var/cache/watcher
    if [ "$1" = purge ]; then
        rm -rf "$ETC" "$STATE" /etc/sysusers.d/watcher.conf
        if getent passwd watcher >/dev/null; then userdel watcher; fi
        say "Removed, with its configuration and its data."
    else
        # The user stays: it owns what stays.
        say "Removed. Kept: $ETC and $STATE (install.sh --remove --purge takes them too)."
    fi
}

# ---------------------------------------------------------------- the words

word=install
purge=
wheelhouse=
extras=
while [ $# -gt 0 ]; do
    case $1 in
    --remove) word=remove ;;
    --purge) purge=purge ;;
    --credential) word=credential ;;
    --postgresql) extras='[postgresql]' ;;
    --wheelhouse)
        [ -d "${2:-}" ] || fail "--wheelhouse needs a folder."
        wheelhouse=$(readlink -f "$2")
        shift
        ;;
    -h | --help)
        sed -n '2,12s/^# \{0,1\}//p' "$0"
        exit
        ;;
    -*) fail "unknown option $1." "sh install.sh --help" ;;
    *) break ;;
    esac
    shift
done
if [ -n "$purge" ] && [ "$word" != remove ]; then fail "--purge goes with --remove."; fi
preconditions "$@"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case $word in
install) setup "$@" ;;
credential) add_credential "$@" ;;
remove) remove "$purge" ;;
esac
