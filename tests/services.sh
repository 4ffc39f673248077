#!/usr/bin/env bash
# Makes sure of what the tests need beside Python: Chromium, Redis, PostgreSQL,
# bubblewrap, Caddy, nginx and SQLite's own command.
# As root with apt-get, what is missing is installed and started (there may be no systemd);
# otherwise it is named. `make test` gives the addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${CHROMIUM:?}" "${TEST_REDIS_URL:?}" "${TEST_DATABASE_URL:?}"

has_chromium() { "$CHROMIUM" --version; }
has_redis() {
    .venv/bin/python -c "import redis; redis.from_url('$TEST_REDIS_URL', socket_timeout=3).ping()"
}
has_postgresql() {
    .venv/bin/python -c "import psycopg; psycopg.connect('$TEST_DATABASE_URL', connect_timeout=3)"
}
has_bubblewrap() { bwrap --version; }
has_caddy() { caddy version; }
has_nginx() { nginx -v; }
has_sqlite3() { sqlite3 --version; }
answers() { "has_$1" &>/dev/null; }
installed() { command -v "$1" >/dev/null; }
is_root() { [ "$(id -u)" = 0 ]; }
fail() { echo "$1" >&2; exit 1; }

install() {
    is_root && installed apt-get || fail "The tests need these packages installed: $*"
    # PostgreSQL takes the encoding of its databases from the locale it is installed under.
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    apt-get update -qq </dev/null
    apt-get install -qq -y --no-install-recommends "$@" </dev/null
}

start_redis() { redis-server --daemonize yes --bind 127.0.0.1 --save "" >/dev/null; }

# A fresh cluster lets in only system users of the same name, so the tests get a role of their own.
start_postgresql() {
    is_root || fail "No PostgreSQL answers as TEST_DATABASE_URL says: $TEST_DATABASE_URL"
    pg_lsclusters --no-header | while read -r version name _ status _; do
        [ "$status" = online ] ||
            pg_ctlcluster --skip-systemctl-redirect "$version" "$name" start </dev/null
    done
    (cd / && su postgres -c "psql --quiet --set ON_ERROR_STOP=1") <<'SQL'
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cascade') THEN
        CREATE ROLE "cascade" LOGIN CREATEDB PASSWORD 'cascade';
    END IF;
END $$;
SQL
}

await() {
    for _ in {1..50}; do
        if answers "$1"; then return; fi
        sleep 0.2
    done
    fail "$2"
}

packages=()
answers chromium || packages+=("${CHROMIUM##*/}") # called as its command
answers redis || installed redis-server || packages+=(redis-server)
answers postgresql || installed pg_ctlcluster || packages+=(postgresql)
answers bubblewrap || packages+=(bubblewrap)
answers caddy || packages+=(caddy)
answers nginx || packages+=(nginx)
answers sqlite3 || packages+=(sqlite3)
[ ${#packages[@]} = 0 ] || install "${packages[@]}"

answers redis || start_redis
answers postgresql || start_postgresql

await chromium "Chromium does not start as CHROMIUM says: $CHROMIUM"
await redis "No Redis answers as TEST_REDIS_URL says: $TEST_REDIS_URL"
await postgresql "No PostgreSQL answers as TEST_DATABASE_URL says: $TEST_DATABASE_URL"
