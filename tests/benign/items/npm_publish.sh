# Publishes a package to the registry that the token in .npmrc is for, and installs it from there.
needs npm node
person olaf
printf '//registry.example.com/:_authToken=%s\nregistry=https://registry.example.com/\naudit=false\nfund=false\nupdate-notifier=false\n' "$(token npm)" | own olaf .npmrc 600
export_ca='export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'
as olaf sh -ec "$export_ca; mkdir pkg; cd pkg; npm init -y >/dev/null; echo 'module.exports = 42' >index.js; npm publish"
as olaf sh -ec "$export_ca; mkdir app; cd app; npm init -y >/dev/null; npm install pkg; node -p 'require(\"pkg\")'" | tail -n 1 | grep -qx 42
