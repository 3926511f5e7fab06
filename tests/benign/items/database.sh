# A database with passwords: psql with .pgpass and with PGPASSWORD, a dump each night.
pg=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$pg" ] || skip "postgresql is not installed"
[ -x "$pg/initdb" ] && [ -x "$pg/postgres" ] || skip "no database server is installed"
id postgres >/dev/null 2>&1 || useradd -m postgres
person dan
p=$(password)
install -d -o postgres /srv/db /run/postgresql
printf '%s\n' "$p" | install -o postgres -m 600 /dev/stdin /srv/pw
pg_as() {
	setpriv --reuid=postgres --regid="$(id -g postgres)" --init-groups env -i -C /srv PATH="$pg:$PATH" HOME=/srv LANG=C.UTF-8 "$@"
}
pg_as initdb -D /srv/db -A scram-sha-256 --pwfile=/srv/pw -U dan -N >/dev/null
server pg_as postgres -D /srv/db -c fsync=off -c listen_addresses=127.0.0.1
within 20 listens 5432
printf 'localhost:5432:*:dan:%s\n' "$p" | own dan .pgpass 600
within 20 as dan psql -h localhost -d postgres -wc 'create table t (n int)' >/dev/null
as dan psql -h localhost -d postgres -wqc 'insert into t values (7)'
same "$(as dan env PGPASSWORD="$p" psql -h localhost -d postgres -Atwc 'select n from t')" 7
cron_now dan 'pg_dump -h localhost -w postgres >dump.sql'
grep -x 7 /home/dan/dump.sql >/dev/null
