// SPDX-License-Identifier: MIT
#include "console.hpp"

CULVERT_FACTS(facts, R"toml(id = "console"
version = "0.1.0"
summary = "Writes one line for each message to standard output"
roles = ["sink"]
accepts = ["record", "payload"]
needs = ["stdout"]

[option.format]
type = "choice"
values = ["text", "json", "pretty"]
default = "text"
help = "What a line holds: the payload or value, a JSON object with topic and time, or time, topic and value in colour"
example = "json"

[option.prefix]
type = "string"
max = 1024
when = "format=text|pretty"
help = "Text before each line of the formats text and pretty"
example = "Received: "
)toml");

CULVERT_PLUGIN(culvert::console::Console, facts)
