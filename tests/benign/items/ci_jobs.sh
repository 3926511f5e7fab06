# Two jobs of a CI system, each with the short-lived token that it was issued, one after the other and side by side.
needs git
person runner
job() { # REPOSITORY JOB RUN
	local t
	t=$(/opt/benign/bin/make_token github | sed 's/^ghp_/ghs_/' | used)
	setpriv --reuid=runner --regid=runner --init-groups env -i -C /home/runner PATH="$PATH" HOME=/home/runner CI=true \
		GITHUB_ACTIONS=true GITHUB_REPOSITORY="$1" GITHUB_WORKFLOW=build GITHUB_JOB="$2" GITHUB_RUN_ID="$3" GITHUB_RUN_ATTEMPT=1 \
		bash -ec 'mkdir -p "$GITHUB_RUN_ID-$GITHUB_JOB"; cd "$GITHUB_RUN_ID-$GITHUB_JOB"; git init -q .
			git config http.https://github.com/.extraheader "AUTHORIZATION: bearer $0"
			git remote add origin "https://github.com/$GITHUB_REPOSITORY.git"; git fetch -q origin || true
			echo x >x.c; make -n x >/dev/null; GITHUB_TOKEN="$0" curl -sS -H "Authorization: Bearer $0" https://api.github.com/repos' "$t" >/tmp/out-"$2-$3"
	answered "$(cat /tmp/out-"$2-$3")" "$t"
}
job acme/web test 101
job acme/web test 102
job acme/web lint 102 &
job acme/db test 103
wait $!
