# shellcheck shell=sh
# The verifier's word on every program, before anything depends on it.
/usr/bin/load_programs /usr/lib/credlineage.o
