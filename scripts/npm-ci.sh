#!/usr/bin/env bash
# Installs what a package.json names, exactly as its lock file has it (each package's digest is checked), outside of the
# sources. Nothing that a package brings is run.
#   scripts/npm-ci.sh SOURCES DIRECTORY        makes DIRECTORY/node_modules
set -euo pipefail
command -v npm >/dev/null || {
	echo "npm is missing: run scripts/install-deps.sh build (root)" >&2
	exit 1
}
mkdir -p "$2"
cp "$1/package.json" "$1/package-lock.json" "$2/"
npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null || {
	echo "npm could not install what $1/package-lock.json names: is the registry ($(npm config get registry)) reachable?" >&2
	exit 1
}
touch "$2/node_modules/.package-lock.json"
