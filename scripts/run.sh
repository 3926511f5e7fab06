#!/usr/bin/env bash
# `make run`: the monitor on this host with its default state directory. Findings appear below as they are made.
set -eu
if [ "$(id -u)" -ne 0 ]; then
	echo "cannot watch this host: not root (run: sudo make run)" >&2
	exit 3
fi
echo "Try in another terminal (any token will do):"
echo "  sudo build/credlineage run --workflow deploy -- cat ~/.config/gh/hosts.yml"
echo "  sudo build/credlineage findings"
echo
exec build/credlineage monitor "$@"
