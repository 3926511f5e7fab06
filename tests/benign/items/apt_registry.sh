# Installs and removes a small package from the registry.
needs apt-get
long
online apt-get install -qy --no-install-recommends hello || { online apt-get update -qq && online apt-get install -qy --no-install-recommends hello; } ||
	skip "no package registry is reachable"
same "$(hello)" "Hello, world!"
apt-get purge -qy hello
! command -v hello
dpkg -l >/dev/null
apt-cache policy bash >/dev/null
