# shellcheck shell=bash disable=SC2154 # $item is what runs
# What an item of work can call. It runs as root with an empty home on a machine of its own; a command that fails fails
# the item. What it starts with `server` is stopped at its end.

skip() { # REASON: it cannot be done here
	echo "$*"
	exit 77
}
needs() { # PROGRAM...
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}
long() { # it is slow: LONG=1 asks for it
	[ -n "${LONG:-}" ] || skip "slow (LONG=1 runs it)"
}
used() { # ... of a token on standard input
	local value
	read -r value
	printf '%s %s\n' "$value" "$item" >>/opt/benign/tokens
	printf '%s\n' "$value"
}
token() { # KIND...: a new one, as build/trigger/make_token makes it; the monitor has to have seen it in the end
	/opt/benign/bin/make_token "$@" | used
}
password() { # one that nobody would guess
	head -c 15 /dev/urandom | base64 | tr '+/' 'Ax'
}
aws_key_id() {
	echo "AKIA$(head -c 10 /dev/urandom | base32)"
}
within() { # SECONDS COMMAND...: true as soon as the command is
	local until=$(($(date +%s%N) + $1 * 1000000000))
	shift
	until "$@"; do
		[ "$(date +%s%N)" -lt $until ] || return 1
		sleep 0.05
	done
}
same() { # A B
	[ "$1" = "$2" ] || { echo "expected: $2"; echo "got:      $1"; return 1; }
}
online() { # COMMAND...: where the package registries are
	nsenter --net=/proc/self/fd/8 "$@"
}

# ---- people ----
home_of() { # NAME
	getent passwd "$1" | cut -d: -f6
}
person() { # NAME...: with a home
	local name
	for name; do
		id "$name" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$name"
	done
}
as() { # NAME COMMAND...: as that person, in the person's home, with a login's environment
	local name=$1
	shift
	setpriv --reuid="$name" --regid="$name" --init-groups env -i -C "$(home_of "$name")" HOME="$(home_of "$name")" USER="$name" \
		LOGNAME="$name" SHELL=/bin/bash PATH="$PATH" LANG=C.UTF-8 TERM=xterm "$@"
}
# NAME COMMAND...: as that person does it at a terminal, having logged in there; without a command, types what is on
# standard input (servers/terminal.py)
at_terminal() {
	python3 /opt/benign/servers/terminal.py "$@" 2>>"/tmp/terminal-$1.log" || { local status=$?; tail -n 20 "/tmp/terminal-$1.log"; return $status; }
}
own() { # NAME FILE MODE: standard input becomes the person's file
	local home
	home=$(home_of "$1")
	install -D -o "$1" -g "$1" -m "$3" /dev/stdin "$home/$2"
	chown -R "$1:$1" "$home/${2%%/*}"
}

# Now what cron would start at its minute: the shell stands in for the daemon, under its name.
cron_now() { # NAME COMMAND
	[ -x /usr/local/sbin/cron ] || cp /bin/dash /usr/local/sbin/cron
	# shellcheck disable=SC2016 # for that shell to expand
	as "$1" /usr/local/sbin/cron -c '/bin/sh -c "$0"; exit $?' "$2"
}

# As a service manager would start it, in the unit's control group.
unit_now() { # UNIT PERSON COMMAND...
	local top group status=0
	for top in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ ! -w $top/cgroup.procs ] || break
	done
	[ -w $top/cgroup.procs ] || skip "no control group can be made here"
	group=$top/benign.slice/$1
	mkdir -p "$group"
	(
		echo $BASHPID >"$group/cgroup.procs"
		as "$2" "${@:3}"
	) || status=$?
	rmdir "$group" $top/benign.slice 2>/dev/null || true
	return $status
}

# ---- servers ----
servers=()
server() { # COMMAND...: in the background, until the item ends
	"$@" >>"/tmp/server-$(basename "$1").log" 2>&1 &
	servers+=($!)
}
stop_servers() {
	local status=$?
	if [ ${#servers[@]} -gt 0 ]; then
		kill "${servers[@]}" 2>/dev/null || true
		wait "${servers[@]}" 2>/dev/null || true
	fi
	return $status
}
trap stop_servers EXIT
listens() { # PORT
	ss -Hltn "sport = :$1" | grep -q .
}
answered() { # JSON SECRET: servers/world.py got this secret
	same "$(sed -E 's/.*"secret": "([0-9a-f]+)".*/\1/' <<<"$1")" "$(printf %s "$2" | sha256sum | cut -c1-16)"
}
# ssh without questions about hosts.
ssh_known() { # NAME HOST...
	local name=$1 host home
	shift
	home=$(home_of "$name")
	for host; do
		sed "s/^/$host /" /etc/ssh/ssh_host_ed25519_key.pub | own "$name" .ssh/known_hosts 644
	done
	[ -d "$home/.ssh" ] && chmod 700 "$home/.ssh"
}
# NAME [AT]: a key of one's own, let in at that account of this machine
ssh_key() {
	local name=$1 at=${2:-$1} home
	home=$(home_of "$name")
	as "$name" sh -c 'mkdir -m 700 -p ~/.ssh; [ -e ~/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id_ed25519'
	own "$at" .ssh/authorized_keys 600 <"$home/.ssh/id_ed25519.pub"
	ssh_known "$name" localhost
}
