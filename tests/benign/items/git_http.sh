# Clones and pushes over https with a token in git's credential store, as the helper asks for it each time.
needs git
person hal
t=$(token github)
printf 'https://hal:%s@github.com\n' "$t" | own hal .git-credentials 600
as hal git config --global credential.helper store
as hal git config --global user.email hal@example.com
as hal git config --global user.name Hal
as hal git clone -q https://github.com/hal/tool.git
as hal sh -ec 'cd tool; git checkout -q -B main; echo one >file; git add file; git commit -qm one; git push -q -u origin main'
as hal sh -ec 'cd tool; echo two >>file; git commit -qam two; git pull -q --rebase; git push -q; git fetch -q --all; git gc -q'
as hal git clone -q https://github.com/hal/tool.git again
same "$(as hal git -C again log --format=%s)" "$(printf 'two\none')"
