# Installs, upgrades and removes a package from a repository that asks for a password.
needs apt-get dpkg-deb dpkg-scanpackages
mkdir -p /etc/apt/auth.conf.d
release() { # VERSION
	mkdir -p /srv/build/DEBIAN /srv/build/usr/share/greeter
	echo "$1" >/srv/build/usr/share/greeter/version
	printf 'Package: greeter\nVersion: %s\nArchitecture: all\nMaintainer: Me <me@example.com>\nDescription: says hello\n' "$1" >/srv/build/DEBIAN/control
	dpkg-deb --root-owner-group --build /srv/build /srv/world/greeter.deb >/dev/null
	(cd /srv/world && dpkg-scanpackages . 2>/dev/null >Packages)
}
printf 'machine api.example.com login apt password %s\n' "$(token github)" | install -m 600 /dev/stdin /etc/apt/auth.conf.d/own.conf
rm -rf /etc/apt/sources.list.d/* && echo 'deb [trusted=yes] https://api.example.com/files ./' >/etc/apt/sources.list
for version in 1.0 2.0; do
	release $version
	apt-get update -qq
	apt-get install -qy greeter
	same "$(cat /usr/share/greeter/version)" $version
done
apt-get purge -qy greeter
dpkg -l >/dev/null
apt-cache policy bash >/dev/null
