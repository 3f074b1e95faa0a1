// SPDX-License-Identifier: MIT
/// The facts of this plugin: everything that is known about it without running its code.
#pragma once

#include "facts_tls.hpp"
#include "profiles.hpp"

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
credentials = ["username", "password"]
help = "where the broker is; of several the next one is tried when one fails"
example = "mqtts://broker.example:8883"

[option.profile]
type = "choice"
values = ["generic", "emqx-serverless", "aws-iot"]
default = "generic"
help = "what broker it is: sets what it demands, and lets check warn of its quotas"
example = "emqx-serverless"

[option.username]
type = "string"
content = "text"
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
content = "text"
min = 1
max = 65535
unique_with = ["url", "tls.server_name"]
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
not_above = "backoff.max"
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
distinct = true
live = true
help = "what to subscribe to: a topic filter, '$share/GROUP/FILTER', or a table of topic and qos"
example = ["plant/commands/#", { topic = "plant/alarms/+", qos = 2 }]

[option."subscribe[].topic"]
type = "filter"
required = true
live = true
help = "the topic filter"
example = "plant/alarms/+"

[option."subscribe[].qos"]
type = "integer"
min = 0
max = 2
default = 1
live = true
help = "the highest QoS with which messages are wanted"

[option."subscribe[].no_local"]
type = "bool"
default = false
live = true
help = "leave out what this client published itself; needs MQTT 5"

[option."subscribe[].retain_as_published"]
type = "bool"
default = false
live = true
help = "mark live messages as retained that were published so; needs MQTT 5"

[option."subscribe[].retain_handling"]
type = "choice"
values = ["always", "new", "never"]
default = "always"
live = true
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
only = ["runtime", "node"]
content = "topic"
when = "!will.topic"
help = "where to say, retained, that this node is online or offline; may hold {runtime} and {node}, not together with will"
example = "plant/{runtime}/{node}/status"

[option.loop_guard]
type = "bool"
default = true
help = "drop what comes in although it came from a broker through this node before"

[option.topic_alias]
type = "bool"
default = true
help = "with MQTT 5, publish to a topic by its number once the broker knows it, where it allows that"

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
credentials = ["proxy_username", "proxy_password"]
help = "the way to the broker leads through this proxy: HTTP CONNECT or SOCKS5; it looks the broker's name up"
example = "http://proxy.example:3128"

[option.proxy_username]
type = "string"
content = "text"
min = 1
max = 255
needs_option = "proxy"
help = "the user that the proxy knows"
example = "edge-01"

[option.proxy_password]
type = "secret"
content = "text"
min = 1
max = 255
needs_option = "proxy_username"
help = "that user's password; it goes to the proxy in clear"
example = "${PROXY_PASSWORD}"

[option.bind]
type = "string"
content = "interface"
help = "where connections leave this box: one of its IP addresses, or an interface"
example = "eth0"

)" CULVERT_MQTT_TLS CULVERT_MQTT_EMQX_SERVERLESS CULVERT_MQTT_AWS_IOT CULVERT_MQTT_RULES);
// clang-format on
