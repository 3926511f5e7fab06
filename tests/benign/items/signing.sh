# Signs, encrypts and keeps passwords with gpg at a terminal: a commit, a release, a file; a copy of the key to keep.
needs gpg gpgconf git
person gil
at_terminal gil <<'LINES'
gpg --batch -q --pinentry-mode loopback --passphrase '' --quick-generate-key gil@example.com default default 1d 2>/dev/null
echo text >text && gpg --batch -q --detach-sign --armor text && gpg --batch -q --verify text.asc text 2>/dev/null
gpg --batch -q -e -r gil@example.com text && gpg --batch -q -d text.gpg 2>/dev/null | cmp - text
git init -q repo && cd repo && git config user.email gil@example.com && git config user.name Gil && git commit -q -S --allow-empty -m signed && git verify-commit HEAD 2>/dev/null; cd
mkdir -m 700 -p .password-store/mail && echo EXAMPLE | gpg --batch -q -e -r gil@example.com -o .password-store/mail/me.gpg
gpg --batch -q -d .password-store/mail/me.gpg 2>/dev/null
gpg --batch -q --export-secret-keys --armor gil@example.com >key.asc && chmod 600 key.asc && wc -l key.asc
gpgconf --kill all
LINES
