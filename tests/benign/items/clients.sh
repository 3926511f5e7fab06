# Real clients with their own configuration, by their owner at a terminal: docker, kubectl, pip, npm, git's stored credential.
needs docker kubectl pip3 npm git
kubectl=$(command -v kubectl)
person dee
printf '{"auths":{"ghcr.io":{"auth":"%s"}}}\n' "$(printf 'dee:%s' "$(token github)" | base64 -w 0)" | own dee .docker/config.json 600
printf 'apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: dee}}]\nclusters: [{name: c, cluster: {server: "https://k8s.example.com"}}]\nusers:\n- name: dee\n  user:\n    token: %s%s\n' "$(password)" "$(password)" | own dee clusters/kubeconfig 600
printf '[global]\nindex-url = https://dee:%s@registry.example.com/simple\n' "$(token github)" | own dee .config/pip/pip.conf 600
printf '//registry.example.com/:_authToken=%s\nregistry=https://registry.example.com/\nupdate-notifier=false\n' "$(token npm)" | own dee .npmrc 600
t=$(token github)
printf 'https://dee:%s@github.com\n' "$t" | own dee .git-credentials 600
at_terminal dee <<LINES
docker manifest inspect ghcr.io/dee/app:1 >/dev/null 2>&1 || true
docker context ls >/dev/null
export KUBECONFIG=~/clusters/kubeconfig
$kubectl config get-contexts
$kubectl get pods --request-timeout=3s >/dev/null 2>&1 || true
curl -sS -H "Authorization: Bearer \$(sed -n 's/ *token: //p' \$KUBECONFIG)" https://k8s.example.com/api >answer
pip3 config list >/dev/null
pip3 download --no-deps --retries 0 --timeout 3 nothing >/dev/null 2>&1 || true
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
npm whoami >/dev/null 2>&1 || true
npm config list >/dev/null
git config --global credential.helper store
git clone -q https://github.com/dee/tool.git
cd tool && git -c user.name=D -c user.email=d@example.com commit -q --allow-empty -m one && git push -q origin HEAD:main && git pull -q origin main; cd
git clone -q https://github.com/dee/tool.git again && cd again && git pull -q; cd
printf 'protocol=https\nhost=github.com\n\n' | git credential fill | grep -c password
LINES
grep -q secret /home/dee/answer
