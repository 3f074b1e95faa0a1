// SPDX-License-Identifier: MIT
/// The facts of this plugin: everything that is known about it without running its code.
#pragma once

#include <culvert/plugin.h>

// clang-format off
CULVERT_FACTS(facts,
R"(id = "mqtt"
version = "0.1.0"
summary = "an MQTT broker: publishes what it is sent, emits what it subscribes to"
roles = ["connector"]
emits = ["payload"]
accepts = ["payload"]
needs = ["network", "state", "files"]

[option.url]
type = "url"
list = true
required = true
schemes = ["mqtt", "mqtts"]
ports = [1883, 8883]
help = "where the broker is; of several the next one is tried when one fails"
example = "mqtts://broker.example:8883"

[option.username]
type = "string"
max = 65535
help = "the user that the broker knows"
example = "edge-01"

[option.password]
type = "secret"
max = 65535
help = "the user's password"
example = "${MQTT_PASSWORD}"

[option.client_id]
type = "string"
min = 1
max = 256
help = "the client id; without it one is made and kept in the state folder"
example = "edge-01"

[option.version]
type = "choice"
values = ["auto", "5", "3.1.1"]
default = "auto"
help = "the MQTT version; auto is 5, and 3.1.1 with a broker that knows nothing newer"

[option.keep_alive]
type = "duration"
min = "1s"
max = "18h"
default = "60s"
help = "a broker that is silent for 1.25 times this long counts as gone"

[option.clean_start]
type = "bool"
help = "forget the session of before; by default false when something is subscribed with QoS 1 or 2"

[option.session_expiry]
type = "duration"
min = "0s"
max = "24000h"
help = "how long the broker keeps the session without a connection (MQTT 5); 2h by default unless clean_start"
example = "2h"

[option.failback]
type = "duration"
min = "0s"
max = "24h"
default = "1m"
help = "how often to look, while another is used, whether the first broker of url is back; 0s: stay"

[option.connect_timeout]
type = "duration"
min = "100ms"
max = "5m"
default = "10s"
help = "how long name, TCP, TLS and CONNECT may take together"

[option."backoff.min"]
type = "duration"
min = "10ms"
max = "1h"
default = "1s"
help = "the shortest wait before the next try"

[option."backoff.max"]
type = "duration"
min = "10ms"
max = "1h"
default = "30s"
help = "the longest wait before the next try; wrong credentials wait up to 5m"

[option.subscribe]
type = "filter"
list = true
short_for = "topic"
help = "what to subscribe to: a topic filter, '$share/GROUP/FILTER', or a table of topic and qos"
example = ["plant/commands/#", { topic = "plant/alarms/+", qos = 2 }]

[option."subscribe[].topic"]
type = "filter"
required = true
help = "the topic filter"
example = "plant/alarms/+"

[option."subscribe[].qos"]
type = "integer"
min = 0
max = 2
default = 1
help = "the highest QoS with which messages are wanted"

[option."subscribe[].no_local"]
type = "bool"
default = false
help = "leave out what this client published itself; needs MQTT 5"

[option."subscribe[].retain_as_published"]
type = "bool"
default = false
help = "mark live messages as retained that were published so; needs MQTT 5"

[option."subscribe[].retain_handling"]
type = "choice"
values = ["always", "new", "never"]
default = "always"
help = "when to get what the broker kept: at each subscribing, only at the first, or not; needs MQTT 5"

[option.qos]
type = "integer"
min = 0
max = 2
default = 1
help = "the QoS to publish with; a message's property mqtt.qos goes first"

[option.retain]
type = "bool"
default = false
help = "whether the broker keeps the last message of a topic; a message's property mqtt.retain goes first"

[option.max_unsettled]
type = "size"
min = "64KiB"
max = "1GiB"
default = "8MiB"
help = "how much of what came in with QoS 1 or 2 may wait for room in the routes; beyond it the rest is left to the broker"

[option.window]
type = "integer"
min = 1
max = 64
default = 64
help = "how many messages with QoS 1 and 2 may be on their way at a time; 1 keeps the order whatever the broker refuses"

[option.max_rate]
type = "number"
min = 0.001
max = 1000000
unit = "messages/s"
help = "how many messages are published per second at most; no limit by default"
example = 10

[option.burst]
type = "integer"
min = 1
max = 1000000
default = 1
needs_option = "max_rate"
help = "how many messages may go at once after a rest, where there is a max_rate"

[option.message_expiry]
type = "duration"
min = "1s"
max = "24000h"
help = "after what time the broker may drop a message that nobody took; needs MQTT 5; a message's property mqtt.expiry goes first"
example = "1h"

[option.status_topic]
type = "template"
help = "where to say, retained, that this node is online or offline; may hold {runtime} and {node}, not together with will"
example = "plant/{runtime}/{node}/status"

[option.loop_guard]
type = "bool"
default = true
help = "drop what comes in although it came from a broker through this node before"

[option."will.topic"]
type = "topic"
help = "where the broker publishes the will when the connection breaks"
example = "plant/edge-01/state"

[option."will.payload"]
type = "string"
max = 65535
default = ""
needs_option = "will.topic"
help = "what the will says"
example = "offline"

[option."will.qos"]
type = "integer"
min = 0
max = 2
default = 0
needs_option = "will.topic"
help = "the QoS of the will"

[option."will.retain"]
type = "bool"
default = false
needs_option = "will.topic"
help = "whether the broker keeps the will"

[option.proxy]
type = "url"
schemes = ["http", "socks5"]
ports = [3128, 1080]
help = "the way to the broker leads through this proxy: HTTP CONNECT or SOCKS5; it looks the broker's name up"
example = "http://proxy.example:3128"

[option.proxy_username]
type = "string"
min = 1
max = 255
needs_option = "proxy"
help = "the user that the proxy knows"
example = "edge-01"

[option.proxy_password]
type = "secret"
min = 1
max = 255
needs_option = "proxy_username"
help = "that user's password; it goes to the proxy in clear"
example = "${PROXY_PASSWORD}"

[option.bind]
type = "string"
pattern = "[!-.0-~]{1,64}"
wish = "an IP address of this box or the name of an interface"
help = "where connections leave this box: one of its IP addresses, or an interface"
example = "eth0"

[option."tls.ca"]
type = "file"
content = "certificates"
help = "who may vouch for the broker, in PEM; without it the system's trust store"
example = "ca.crt"

[option."tls.cert"]
type = "file"
content = "certificates"
needs_option = "tls.key"
help = "the certificate of this client, in PEM, with its chain"
example = "client.crt"

[option."tls.key"]
type = "file"
content = "private-key"
matches = "tls.cert"
password = "tls.key_password"
needs_option = "tls.cert"
help = "the private key of tls.cert, in PEM"
example = "client.key"

[option."tls.key_password"]
type = "secret"
needs_option = "tls.key"
help = "the pass phrase of tls.key"
example = "${KEY_PASSWORD}"

[option."tls.crl"]
type = "file"
content = "crl"
help = "revocation lists, in PEM: one of every authority above the broker, none of them stale, or nobody is accepted"
example = "ca.crl"

[option."tls.pin"]
type = "string"
list = true
pattern = "sha256/[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}"
wish = "'sha256/' and 44 characters of base64, or 64 hexadecimal digits"
help = "the SHA-256 of the broker's public key (SubjectPublicKeyInfo); of several one must fit, beside all other checks"
example = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

[option."tls.alpn"]
type = "string"
list = true
pattern = "[!-+.-~-]{1,255}"
wish = "1 to 255 visible characters without ','"
help = "protocols to ask for (ALPN), in order; the broker must choose one of them"
example = "mqtt"

[option."tls.server_name"]
type = "string"
min = 1
max = 255
help = "the name to ask for (SNI) and to find in the certificate, instead of the host in url"
example = "broker.example"

[option."tls.min_version"]
type = "choice"
values = ["1.2", "1.3"]
default = "1.2"
help = "the oldest TLS version that is taken"

[option."tls.max_version"]
type = "choice"
values = ["1.2", "1.3"]
default = "1.3"
help = "the newest TLS version that is offered"

[option."tls.ciphers"]
type = "string"
list = true
help = "the cipher suites to offer, in order, instead of the strict list"
example = ["TLS13-CHACHA20-POLY1305-SHA256"]

[option."tls.insecure_skip_verify"]
type = "bool"
default = false
help = "take anybody for the broker: for a bench only, and not together with a password"
)");
// clang-format on
