# PostgreSQL and Redis: those that answer on 127.0.0.1, else ones of the gate's own that end with it.
# Sourced by .ci/run.

postgres_port=5432
redis_port=6379
redis_database=9 # the first of two for each worker: cache, Celery (tests/settings.py)
database=declic_ci_$$
own_redis=""
own_postgres=""

database_url() { echo "postgres://postgres@127.0.0.1:$postgres_port/$database"; }
redis_url() { echo "redis://127.0.0.1:$redis_port/$redis_database"; }
sql() { psql -q -X -A -t -h 127.0.0.1 -p "$postgres_port" -U postgres -w postgres -c "$1"; }

start_services() {
  if ! sql 'select 1' >/dev/null 2>&1; then start_postgres; fi
  if [[ $(redis-cli -h 127.0.0.1 ping 2>/dev/null) != PONG ]]; then start_redis; fi
  sql "create database $database"
  echo "PostgreSQL $(sql 'show server_version') on port $postgres_port, database $database"
  echo "Redis on port $redis_port"
}

start_postgres() {
  postgres_port=54320
  own_postgres=$(mktemp -d /tmp/declic-ci-postgres.XXXXXX)
  ((EUID == 0)) && chown postgres "$own_postgres"
  as_postgres initdb -D "$own_postgres/data" -U postgres -A trust -E UTF8 --no-sync >/dev/null
  as_postgres pg_ctl -D "$own_postgres/data" -w -l "$own_postgres/log" \
    -o "-p $postgres_port -h 127.0.0.1 -k $own_postgres" start >/dev/null
}

as_postgres() {
  local command
  command=$(compgen -G "/usr/lib/postgresql/*/bin/$1" | sort -V | tail -n 1)
  shift
  if ((EUID == 0)); then
    (cd / && setpriv --reuid postgres --regid postgres --init-groups "$command" "$@")
  else
    "$command" "$@"
  fi
}

start_redis() {
  redis_port=63790
  redis-server --bind 127.0.0.1 --port "$redis_port" --save '' --appendonly no >/dev/null &
  own_redis=$!
  for _ in {1..50}; do
    [[ $(redis-cli -p "$redis_port" ping 2>/dev/null) == PONG ]] && return
    sleep 0.1
  done
  echo "Redis did not start" >&2
  return 1
}

# Drop what the gate made and end only what it started.
stop_services() {
  local name
  for name in $(sql "select datname from pg_database where datname ~ '^(test_)?$database'" 2>/dev/null); do
    sql "drop database if exists \"$name\" with (force)" >/dev/null 2>&1 || true
  done
  [[ -n $own_redis ]] && kill "$own_redis" 2>/dev/null
  if [[ -n $own_postgres ]]; then
    as_postgres pg_ctl -D "$own_postgres/data" -m fast stop >/dev/null 2>&1 || true
    rm -rf "$own_postgres"
  fi
  return 0
}
