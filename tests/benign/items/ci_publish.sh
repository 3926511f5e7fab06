# A CI job that publishes to its registry with the registry's token, twice.
needs npm node
person packer
for run in 201 202; do
	setpriv --reuid=packer --regid=packer --init-groups env -i -C /home/packer PATH="$PATH" HOME=/home/packer CI=true \
		GITHUB_ACTIONS=true GITHUB_REPOSITORY=acme/pkg GITHUB_WORKFLOW=release GITHUB_JOB=publish GITHUB_RUN_ID=$run GITHUB_RUN_ATTEMPT=1 \
		NODE_AUTH_TOKEN="$(token npm)" NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt bash -ec '
			mkdir -p "pkg-$GITHUB_RUN_ID"; cd "pkg-$GITHUB_RUN_ID"
			printf "//registry.example.com/:_authToken=\${NODE_AUTH_TOKEN}\nregistry=https://registry.example.com/\nupdate-notifier=false\n" >.npmrc
			printf "{\"name\":\"acme-pkg\",\"version\":\"1.0.$GITHUB_RUN_ID\"}" >package.json
			npm publish; npm view acme-pkg version || true'
done
