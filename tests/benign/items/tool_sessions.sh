# A person and the person's coding agent push to the same place with the same git credential; so does the person's tmux.
needs git python3 tmux
person pam
t=$(token github)
printf 'https://pam:%s@github.com\n' "$t" | own pam .git-credentials 600
as pam git config --global credential.helper store
as pam git config --global user.email pam@example.com
as pam git config --global user.name Pam
as pam git clone -q https://github.com/pam/tool.git
as pam sh -ec 'cd tool; git checkout -q -B main; echo one >f; git add f; git commit -qm one; git push -q -u origin main'
as pam tmux new-session -d 'cd tool && git fetch -q && git status >/dev/null; touch ~/done'
within 10 test -e /home/pam/done
