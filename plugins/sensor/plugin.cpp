// SPDX-License-Identifier: MIT
#include "sensor.hpp"

CULVERT_FACTS(facts, R"toml(id = "sensor"
version = "0.1.0"
summary = "Reads numbers from files, or makes them up, at fixed times"
roles = ["source"]
emits = ["record", "payload"]
needs = ["files"]
paces = "interval"

[option.kind]
type = "choice"
values = ["file", "counter", "sine", "random_walk"]
default = "file"
help = "Where the numbers come from: files, or one of three that need no hardware"
example = "counter"

[option.read]
type = "path"
access = "read"
renewed = true
required = true
when = "kind=file"
help = "The file to read, for kind file; with *, ? and [...] every file that matches gives its own message"
example = "/sys/class/thermal/thermal_zone0/temp"

[option.pattern]
type = "string"
content = "regex"
groups = 1
min = 1
max = 1024
when = "kind=file"
help = "A POSIX extended regular expression whose first group is the number; without it the first word is"
example = "^MemAvailable: +([0-9]+)"

[option.root]
type = "path"
access = "read"
when = "kind=file"
help = "A folder that stands for / before the path of read"
example = "/run/host"

[option.scale]
type = "number"
default = 1
help = "What the number is multiplied with"
example = 0.001

[option.offset]
type = "number"
default = 0
help = "What is added after that"
example = -273.15

[option.unit]
type = "string"
max = 64
help = "Unit of the value, a UCUM code"
example = "Cel"

[option.interval]
type = "duration"
min = "1ms"
max = "24h"
default = "1s"
help = "From one round to the next"
example = "500ms"

[option.count]
type = "integer"
min = 0
default = 0
help = "How many rounds there are; 0 is without end"
example = 10

[option.format]
type = "template"
help = "Makes the message this text instead of a record"
example = "{value} {unit}"

[option.seed]
type = "integer"
min = 0
help = "Makes a random walk the same in every run"
example = 42

[option.topic]
type = "template"
default = "{runtime}/{node}"
help = "Topic of the messages"
example = "plant/{node}"
)toml");

CULVERT_PLUGIN(culvert::sensor::Sensor, facts)
