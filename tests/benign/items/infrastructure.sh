# Plans and applies as infrastructure tools do: cloud keys from their file, variables with a password, a state with both.
needs python3
person tess
secret=$(password)$(password) db=$(password)
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$(aws_key_id)" "$secret" | own tess .aws/credentials 600
printf 'db_password = "%s"\nregion = "eu-west-1"\n' "$db" | own tess infra/terraform.tfvars 600
cat >/usr/local/bin/terraform <<'PY'
#!/usr/bin/python3
import json, os, re, sys, urllib.request
keys = open(os.path.expanduser("~/.aws/credentials")).read()
secret = re.search(r"aws_secret_access_key = (\S+)", keys)[1]
password = re.search(r'db_password = "(\S+)"', open("terraform.tfvars").read())[1]
state = json.load(open("terraform.tfstate")) if os.path.exists("terraform.tfstate") else {"serial": 0}
for host in ("s3.amazonaws.com", "sts.amazonaws.com"):
    urllib.request.urlopen(urllib.request.Request(f"https://{host}/", headers={"Authorization": "Bearer " + secret})).read()
if sys.argv[1] == "apply":
    state.update(serial=state["serial"] + 1, resources=[{"type": "aws_db_instance", "attributes": {"password": password}}])
    if os.path.exists("terraform.tfstate"):
        os.replace("terraform.tfstate", "terraform.tfstate.backup")
    json.dump(state, open("terraform.tfstate", "w"))
print(state["serial"])
PY
chmod 755 /usr/local/bin/terraform
as tess sh -ec 'cd infra; terraform plan >/dev/null; terraform apply >/dev/null; terraform plan >/dev/null; terraform apply >/dev/null'
same "$(as tess sh -ec 'cd infra; terraform plan')" 2
