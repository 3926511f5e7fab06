# Clones and pushes over ssh with a key of one's own.
needs git sshd
person git ann
ssh_key ann git
as git git init -q --bare -b main project.git
as ann git config --global user.email ann@example.com
as ann git config --global user.name Ann
as ann git clone -q git@localhost:project.git
as ann sh -ec 'cd project; git checkout -q -B main; echo one >file; git add file; git commit -qm one; git push -q -u origin main'
as ann git clone -q ssh://git@localhost/home/git/project.git again
as ann sh -ec 'cd again; echo two >>file; git commit -qam two; git push -q; cd ../project; git pull -q'
same "$(as ann cat project/file)" "$(printf 'one\ntwo')"
