# Plans and applies with a real infrastructure tool: variables with a token, a state that has it, one environment and the
# other, each with its own; the state is looked at and kept under backup.
needs terraform jq
person tess
for stage in staging production; do
	printf 'token = "%s"\n' "$(token github)" | own tess infra/$stage/terraform.tfvars 600
	printf 'variable "token" { sensitive = true }\noutput "stage" { value = "%s" }\noutput "token" {\n  value     = var.token\n  sensitive = true\n}\n' $stage | own tess infra/$stage/main.tf 644
	at_terminal tess <<LINES
cd infra/$stage && terraform init -no-color >/dev/null
terraform plan -no-color >/dev/null
terraform apply -no-color -auto-approve >/dev/null
terraform output -raw stage; terraform show -no-color >/dev/null
jq -r .version terraform.tfstate
cp terraform.tfstate terraform.tfstate.\$(date +%s)
LINES
	at_terminal tess grep -q "$stage" infra/$stage/terraform.tfstate
done
