# shellcheck shell=sh disable=SC2154 # x, w, home: tests/evasion/run.sh
# Who holds a credential and goes somewhere: where it really went, once for each place.

lo=127.0.0.1

case_ C01 "a connect that is not waited for: to somebody and to nobody"
told a act who=open listen=L@$lo read="$w" later=L@$lo
told b act who=closed closed=N@$lo read="$w" later=N@$lo

case_ C02 "messages without a connect: one place, whichever call"
told a act who=sender bound=U@$lo read="$w" sendto=U@$lo sendmsg=U@$lo sendmmsg=U@$lo

case_ C04 "an IPv6 socket to an IPv4 address"
told a act who=mapped listen=L@$lo read="$w" connect=L@::ffff:$lo

case_ C05 "names of this machine: nowhere in particular, another one of its own, IPv6's"
told a act who=any listen=L@0.0.0.0 read="$w" connect=L@0.0.0.0 connect=L@127.1.2.3 listen=S@::1 connect=S@::1

case_ C07 "one socket, dissolved and connected to another place"
told a act who=twice listen=ONE@$lo listen=TWO@127.0.0.2 read="$w" connect=ONE@$lo anew=TWO@127.0.0.2

case_ C08 "an address that another thread writes to while the kernel reads it"
told a act who=swapper listen=L@0.0.0.0 read="$w" swapped=L@127.0.0.2/127.0.0.3

case_ C10 "a socket in the file system: a relative name, one without room for its end, and after a rename"
long=$(printf '%0107d' 0)
told a act who=relative unix=docker.sock read="$w" dial=docker.sock
mkdir d
told b act who=long chdir=d unix="L$long" read="$w" dial="L$long"
told c act who=renamed unix=old.sock read="$w" rename=old.sock:new.sock dial=new.sock

case_ C11 "a name that is no path, with a NUL and an escape in it"
told a act who=abstract abstract=6167656e7400621b read="$w" dialabstract=6167656e7400621b

case_ C13 "the key agent's socket, without a file that is read"
agent=/tmp/ssh-evasion-$$
mkdir -p "$agent"
told a act who=user unix="$agent/agent.4711" dial="$agent/agent.4711"
rm -r "$agent"

case_ C16 "a connection that is older than what was read"
told a act who=keeper listen=L@$lo connect=L@$lo read="$w" send

case_ C17 "who reads, and lets others come"
told a act who=server listen=L@$lo read="$w" fork who=client connect=L@$lo exec true
told b act who=accepting listen=A@$lo connect=A@$lo read="$w" accept=A

case_ C20 "sockets below those that connect"
told a act who=raw read="$w" raw packet

case_ C22 "the helper connects, its creator holds"
told a act who=git listen=L@$lo read="$w" fork who=ssh connect=L@$lo

case_ C23 "two names of one address"
told a act who=one listen=L@$lo read="$w" connect=L@$lo connect=L@$lo
