# A nightly job of a person's table and one of the system's, each with a credential of its own, as cron runs them.
needs cron crontab
long
person carl
t=$(token github)
printf 'machine api.github.com login carl password %s\n' "$t" | own carl .netrc 600
(as carl crontab - <<'TAB'
* * * * * curl -sS -n https://api.github.com/user >$HOME/answer.new && mv $HOME/answer.new $HOME/answer
TAB
) || crontab -u carl - <<'TAB'
* * * * * curl -sS -n https://api.github.com/user >$HOME/answer.new && mv $HOME/answer.new $HOME/answer
TAB
printf '* * * * * root tar -cf /var/tmp/etc.tar /etc/passwd 2>/dev/null && touch /var/tmp/etc.done\n' >/etc/cron.d/nightly
server cron -f
within 100 test -e /home/carl/answer
within 100 test -e /var/tmp/etc.done
answered "$(cat /home/carl/answer)" "$t"
