# Stand-ins for aws, kubectl and gh, each with its own configuration toward its own service.
needs python3
person clara
secret=$(password)$(password)
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$(aws_key_id)" "$secret" | own clara .aws/credentials 600
k=$(password)$(password)
printf 'apiVersion: v1\nclusters: [{name: c, cluster: {server: "https://k8s.example.com"}}]\nusers:\n- name: clara\n  user:\n    token: %s\n' "$k" | own clara .kube/config 600
g=$(token oauth)
printf 'github.com:\n    oauth_token: %s\n    user: clara\n' "$g" | own clara .config/gh/hosts.yml 600
cli() { # NAME FILE PATTERN URL
	cat >"/usr/local/bin/$1" <<PY
#!/usr/bin/python3
import os, re, sys, urllib.request
secret = re.search(r"$3\\s*[=:]\\s*(\\S+)", open(os.path.expanduser("$2")).read())[1]
print(urllib.request.urlopen(urllib.request.Request("$4", headers={"Authorization": "Bearer " + secret})).read().decode())
PY
	chmod 755 "/usr/local/bin/$1"
}
cli aws '~/.aws/credentials' aws_secret_access_key https://s3.amazonaws.com/bucket
cli kubectl '~/.kube/config' token https://k8s.example.com/api
cli gh '~/.config/gh/hosts.yml' oauth_token https://api.github.com/user
for _ in 1 2; do
	answered "$(as clara /usr/local/bin/aws s3 ls)" "$secret"
	answered "$(as clara /usr/local/bin/kubectl get pods)" "$k"
	answered "$(as clara /usr/local/bin/gh repo list)" "$g"
done
