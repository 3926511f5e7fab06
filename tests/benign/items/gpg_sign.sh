# Makes a key, signs and encrypts with it, in a home of its own.
needs gpg gpgconf
person gus
as gus sh -ec 'gpg --batch -q --pinentry-mode loopback --passphrase "" --quick-generate-key gus@example.com ed25519 sign 1d 2>/dev/null
	echo text >text; gpg --batch -q --detach-sign text; gpg --batch -q --verify text.sig text 2>/dev/null; gpg --batch -q -K >/dev/null; gpgconf --kill all'
