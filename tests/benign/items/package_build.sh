# Builds a trivial Debian package and installs it.
needs dpkg-buildpackage
person dev
as dev sh -ec 'mkdir -p tiny/debian/source; cd tiny
printf "tiny (1.0) unstable; urgency=low\n\n  * First.\n\n -- Dev <dev@example.com>  Mon, 01 Jan 2024 00:00:00 +0000\n" >debian/changelog
printf "Source: tiny\nMaintainer: Dev <dev@example.com>\nSection: misc\nPriority: optional\nStandards-Version: 4.6.2\n\nPackage: tiny\nArchitecture: all\nDescription: tiny\n Tiny.\n" >debian/control
printf "3.0 (native)\n" >debian/source/format
cat >debian/rules <<"R"
#!/usr/bin/make -f
build build-arch build-indep clean:
binary binary-arch: binary-indep
binary-indep:
	mkdir -p debian/tiny/DEBIAN debian/tiny/usr/share/tiny
	date >debian/tiny/usr/share/tiny/made
	dpkg-gencontrol -Pdebian/tiny
	dpkg-deb --root-owner-group --build debian/tiny ..
R
chmod 755 debian/rules; dpkg-buildpackage -us -uc -b -d >../log 2>&1 || { cat ../log; exit 1; }'
dpkg -i /home/dev/tiny_1.0_all.deb >/dev/null
test -s /usr/share/tiny/made
dpkg -r tiny >/dev/null
