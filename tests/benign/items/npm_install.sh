# Installs from the public registry and from one of one's own, with an .npmrc in home and in the project.
needs npm node
person nora
printf '//registry.example.com/:_authToken=%s\nfund=false\naudit=false\nupdate-notifier=false\n' "$(token npm)" | own nora .npmrc 600
as nora mkdir -p app/lib
as nora sh -ec 'cd app; npm init -y >/dev/null; cd lib; npm init -y >/dev/null; echo "module.exports = 7" >index.js'
as nora sh -ec 'cd app; npm install --offline ./lib >/dev/null; node -p "require(\"lib\")"' | grep -qx 7
online true
as nora sh -ec 'cd app; npm run env >/dev/null; npm pack --dry-run >/dev/null 2>&1'
if online setpriv --reuid=nora --regid=nora --init-groups env -C /home/nora/app HOME=/home/nora \
	NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm install --registry=https://registry.npmjs.org/ --fetch-retries=0 is-number; then
	as nora node -e 'process.exit(require("/home/nora/app/node_modules/is-number")(5) ? 0 : 1)'
fi
