# SPDX-License-Identifier: MIT
"""What is done in the box of the packages' test: its own steps, and between them deploy/README.md, command by command."""

PREVIOUS = "0.0.9"
MESSAGES = 1_000_000  # more than there is room for
MORE = 100

# Before all that is done in the box.
HELPERS = """
exec </dev/null
set -eE
trap 'echo "FAILED at line $LINENO: $BASH_COMMAND"; journalctl --no-pager --lines 60' ERR
step() { echo "== $*"; }
until_true() { # command...: within a minute
  local deadline=$((SECONDS + 60))
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || { echo "not within a minute: $*"; return 1; }
    sleep 0.1
  done
}
fails() { # command...: it does, and what it says is shown
  if "$@"; then echo "did not fail: $*"; return 1; fi
}
has_ended() { ! systemctl is-active --quiet culvert; }
is_up() { culvert status --format json | grep -q '"state": "up"'; }
placed() { culvert status --format json | sed -n 's/.*"placed": \\([0-9]*\\).*/\\1/p'; }
is_full() { # nothing is placed any more
  local before
  before=$(placed)
  [ "$before" -gt 1000 ] && sleep 2 && [ "$before" = "$(placed)" ]
}
subscribe() { mosquitto_sub -h broker.example -p 8883 --cafile ca.crt -u edge -P 'correct horse' -q 1 -W 120 "$@"; }
publish() { mosquitto_pub -h broker.example -p 8883 --cafile ca.crt -u edge -P 'correct horse' -q 1 "$@"; }
children() { # whose the processes of isolated nodes are
  local comm
  for comm in $(grep -lx culvert-node /proc/[0-9]*/comm); do
    id -nu "$(sed -n 's/^Uid:\\s*\\([0-9]*\\).*/\\1/p' "${comm%comm}status")"
  done
}
logged() { journalctl --unit culvert --no-pager --boot | grep -q "$@"; }
"""

BROKER = """max_queued_messages 0
allow_anonymous false
password_file /etc/mosquitto/passwords
listener 8883 127.0.0.1
certfile /etc/mosquitto/broker/server.crt
keyfile /etc/mosquitto/broker/server.key
"""

# A journal that is full to its limit, made by the version before, with the broker away.
FULL = f"""
[runtime]
name = "edge-01"

[node.load]
plugin   = "sensor"
kind     = "counter"
interval = "1ms"
count    = {MESSAGES}

[node.cloud]
plugin    = "mqtt"
url       = "mqtts://broker.example"
username  = "edge"
password  = {{ credential = "culvert_mqtt" }}
tls.ca    = "ca.crt"
client_id = "edge-01"
backoff   = {{ min = "10ms", max = "200ms" }}

[[route]]
from     = "load"
to       = "cloud"
topic    = "plant/count"
encode   = "{{value}}"
durable  = true
max_size = "1MiB"
max_messages = 64
"""


# With the version of before, until its journal is full; and then with the new one.
BEFORE = f"""
step idle
until_true has_ended
systemctl start culvert
until_true has_ended
systemctl show culvert --property=Result | grep -x Result=success
logged 'nothing to do: no file in /etc/culvert names a node'

step a first pipeline of init, once, as root
printf 'correct horse\\n' >password.txt
culvert init first.toml --yes --broker mqtts://broker.example --ca ca.crt --user edge --password-file password.txt --name once
systemctl start mosquitto
until_true subscribe -c -i first -t once/load -E
culvert run first.toml --once --timeout 30s
subscribe -c -i first -t once/load -C 1 | tee /dev/stderr | grep '"value"'

step fill a journal, with the version before
cp password.txt /etc/culvert/credentials/mqtt
cp full.toml /etc/culvert/culvert.toml
subscribe -c -i counted -t plant/count -E
systemctl stop mosquitto
systemctl start culvert
until_true is_full
culvert journal list
step full: $(placed)

step upgrade
apt-get install --yes -o Dpkg::Options::=--force-confold ./culvert_*.deb ./culvert-mqtt_*.deb
test "$(dpkg-query --show --showformat '${{Version}}' culvert)" != {PREVIOUS}
cmp full.toml /etc/culvert/culvert.toml
systemctl is-active culvert
systemctl start mosquitto
subscribe -c -i counted -t plant/count -C $(($(grep -o '== full: .*' said | cut -d: -f2) + {MORE})) >received
systemctl stop culvert
culvert journal drop "load -> cloud" --all

step as root beside the service
grep -x 'state_dir = "/root/first.state"' first.toml
sed '/^state_dir/d' first.toml >usual.toml
fails culvert run usual.toml --once 2>refused
grep "state folder '/var/lib/culvert' belongs to user 'culvert'" refused
cp /usr/share/doc/culvert/examples/culvert.toml /etc/culvert/culvert.toml
rm /etc/culvert/credentials/mqtt
"""

# Behind a command of the page, by its number: what it must have led to.
CHECKS = {
    1: """
until_true is_up
stat --format '%A %U' /etc/culvert/credentials/mqtt | grep -x -- '-rw------- root'
fails grep -r 'correct horse' /etc/culvert/culvert.toml
subscribe -t '+/load' -C 2
""",
    3: """
until_true is_up
subscribe -t 'plant/+/load' -C 2
publish -t plant/commands/box -m 'hello box'
until_true logged 'hello box'
""",
    6: """
systemctl show culvert --property=PrivateDevices | grep -x PrivateDevices=no
until_true is_up
""",
    7: "until_true is_up\n",
    8: "until_true is_up\n",
    10: "until_true is_up\n",
}

AFTER = """
step a mistake
cp /etc/culvert/culvert.toml right.toml
sed -i 's/plugin *= "console"/plugin = "consol"/' /etc/culvert/culvert.toml
fails systemctl reload culvert
systemctl is-active culvert
is_up
fails systemctl restart culvert
systemctl show culvert --property=NRestarts --property=ExecMainStatus --property=ActiveState | sort | tr '\\n' ' ' |
  grep 'ActiveState=failed ExecMainStatus=78 NRestarts=0'
cp right.toml /etc/culvert/culvert.toml

step isolated nodes
sed -i '/plugin *= /a isolate = { memory = "64MiB" }' /etc/culvert/culvert.toml
systemctl start culvert
until_true is_up
publish -t plant/commands/box -m 'hello again'
until_true logged 'hello again'
test "$(children | wc -l)" = 3
fails logged 'lacks.*Landlock (they\|lacks.*filters of system calls'

step isolated nodes with users, and root
useradd --system culvert-cloud
sed -i '/plugin *= "mqtt"/,/isolate/s/64MiB"/64MiB", user = "culvert-cloud"/' /etc/culvert/culvert.toml
cp /usr/share/doc/culvert/examples/users.conf /etc/systemd/system/culvert.service.d/
systemctl daemon-reload
systemctl restart culvert
until_true is_up
children | grep -x culvert-cloud
rm /etc/systemd/system/culvert.service.d/users.conf
systemctl daemon-reload
cp right.toml /etc/culvert/culvert.toml
systemctl restart culvert
until_true is_up

step a crash
kill -SEGV "$(systemctl show culvert --property=MainPID --value)"
restarted() { systemctl show culvert --property=NRestarts | grep -x NRestarts=1 && is_up; }
until_true restarted

step a state folder of a newer version
echo 2 >/var/lib/culvert/version
fails systemctl restart culvert
logged "state folder '/var/lib/culvert' is of version 2"
systemctl show culvert --property=ExecMainStatus | grep -x ExecMainStatus=78
echo 1 >/var/lib/culvert/version

step a stop
systemctl start culvert
systemctl stop culvert
systemctl show culvert --property=Result | grep -x Result=success
"""


def script(commands: list[tuple[str, str]]) -> str:
    """What is done in the box: the test's own steps, and between them the page, from its first readings on."""
    parts = [HELPERS, BEFORE]
    for number, (kind, text) in enumerate(commands[1:], 1):
        parts.append(f"\nstep page {number}\n")
        if kind == "toml":
            name = text.splitlines()[0].removeprefix("# ")
            parts.append(f"cat >{name} <<'END'\n{text}END\n")
        elif "purge" in text:
            parts += [AFTER, "\nstep page, the end\n", text]
        else:
            parts += [text, CHECKS.get(number, "")]
    return "".join([*parts, "\nstep done\n"])
