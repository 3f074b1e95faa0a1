// SPDX-License-Identifier: MIT
#include "core/config/keys.hpp"

#include <algorithm>
#include <array>

namespace culvert::config {
namespace {

using enum KeyType;
using Words = std::string_view;

// Words are in the order of the enumerators that they stand for.
constexpr std::array clock_words{Words{"mark"}, Words{"wait"}, Words{"correct"}};
constexpr std::array drain_words{Words{"oldest_first"}, Words{"newest_first"}};
constexpr std::array failure_words{Words{"retry"}, Words{"fail"}, Words{"ignore"}};
constexpr std::array full_words{Words{"block"}, Words{"drop_oldest"}, Words{"drop_newest"}, Words{"thin"}};
constexpr std::array level_words{Words{"error"}, Words{"warn"}, Words{"info"}, Words{"debug"}};
constexpr std::array sync_words{Words{"full"}, Words{"normal"}};

constexpr std::array runtime_table{
    Key{.name = "name",
        .type = name,
        .help = "the name of this runtime: {runtime} in templates, and what 'culvert status' asks for",
        .in_words = "the host's name"},
    Key{.name = "state_dir",
        .type = path,
        .help = "the folder for what outlives the process: journals, client ids, the lock",
        .in_words = "the system's or the user's folder"},
    Key{.name = "plugin_path",
        .type = path,
        .help = "the folders to look for plugins in, instead of the usual one",
        .in_words = "the usual folder",
        .list = true},
    Key{.name = "log_level", .type = choice, .help = "what is logged", .otherwise = "info", .words = level_words},
    Key{.name = "memory",
        .type = size,
        .help = "what all queues of all routes may hold together",
        .otherwise = "24MiB",
        .range = {"1MiB", "64GiB", "MiB"}},
    Key{.name = "clock",
        .type = choice,
        .help = "what becomes of readings while the clock of the box is not set",
        .otherwise = "mark",
        .words = clock_words},
    Key{.name = "health_window",
        .type = duration,
        .help = "how long a reload is watched: a node that fails within it has the configuration of before put back",
        .otherwise = "10s",
        .range = {"1s", "10m", "s"}},
};

// The lower ends are what `culvert-node` takes by itself, with room for a small plugin.
constexpr std::array isolate_table{
    Key{.name = "memory",
        .type = size,
        .help = "resident memory that the process may have",
        .in_words = "no limit",
        .range = {"16MiB", "1TiB", "MiB"}},
    Key{.name = "files",
        .type = integer,
        .help = "files, sockets and the like that it may have open at once",
        .in_words = "as the runtime",
        .range = {"32", "1048576"}},
    Key{.name = "cpu",
        .type = duration,
        .help = "processor time that it may use in each minute",
        .in_words = "no limit",
        .range = {"100ms", "1h", "s"}},
    Key{.name = "user", .type = text, .help = "the user whose rights it has", .in_words = "that of the runtime"},
};

constexpr std::array node_table{
    Key{.name = "plugin", .type = name, .help = "the plugin that the node runs", .required = true},
    Key{.name = "log_level",
        .type = choice,
        .help = "what this node logs",
        .in_words = "that of [runtime]",
        .words = level_words},
    Key{.name = "isolate",
        .type = boolean,
        .help = "whether the node runs in a process of its own; a table of limits of it means true",
        .otherwise = "false",
        .below = isolate_table},
    Key{.name = "on_failure",
        .type = choice,
        .help = "what becomes of the node when its plugin fails",
        .otherwise = "retry",
        .words = failure_words},
    Key{.name = "hang_timeout",
        .type = duration,
        .help = "how long a call into the plugin may take before it is said",
        .otherwise = "30s",
        .range = {"1s", "1h", "s"}},
};

constexpr std::array batch_table{
    Key{.name = "max",
        .type = integer,
        .help = "how many messages an array holds at most; no more than 'max_messages' of the route",
        .otherwise = "100",
        .range = {"1", "1000"}},
    Key{.name = "within",
        .type = duration,
        .help = "how long the first of them waits for others at most",
        .otherwise = "1s",
        .range = {"1ms", "1h", "ms"}},
    Key{.name = "max_bytes",
        .type = size,
        .help = "how large the array may become; no more than 'max_bytes' of the route",
        .otherwise = "128KiB",
        .range = {"1KiB", "1MiB", "KiB"}},
};

constexpr std::array route_table{
    Key{.name = "from", .type = name, .help = "the node whose messages the route carries", .required = true},
    Key{.name = "to",
        .type = name,
        .help = "the nodes that get them; each is a queue of its own",
        .required = true,
        .list = true},
    Key{.name = "filter",
        .type = filter,
        .help = "only messages whose topic matches; + stands for one level, # for the rest",
        .in_words = "everything"},
    Key{.name = "topic",
        .type = topic,
        .help = "a template: the topic under which the message arrives",
        .in_words = "unchanged"},
    Key{.name = "encode",
        .type = encoding,
        .help = "how a record becomes a payload: json, text or a template",
        .in_words = "json where the reader takes payloads only"},
    Key{.name = "qos",
        .type = integer,
        .help = "the QoS with which an MQTT connector publishes what comes on this route",
        .in_words = "that of the message, else of the reader",
        .range = {"0", "2"}},
    Key{.name = "retain",
        .type = boolean,
        .help = "whether the broker is to keep it",
        .in_words = "as the message says, else the reader"},
    Key{.name = "required",
        .type = boolean,
        .help = "false: the route delays nobody, counts for no acknowledgement and drops when it is full",
        .otherwise = "true"},
    Key{.name = "when_full",
        .type = choice,
        .help = "what happens when the queue is full",
        .otherwise = "block",
        .words = full_words},
    Key{.name = "max_messages",
        .type = integer,
        .help = "how many messages the queue holds; of a durable route, the part of it that is in memory",
        .otherwise = "1024",
        .range = {"1", "1000000"}},
    Key{.name = "max_bytes",
        .type = size,
        .help = "how many bytes they may have together",
        .otherwise = "1MiB",
        .range = {"1KiB", "1GiB", "KiB"}},
    Key{.name = "linger",
        .type = duration,
        .help = "how long a message may wait for others to travel with it",
        .otherwise = "0s",
        .range = {"0s", "1s", "ms"}},
    Key{.name = "ttl",
        .type = duration,
        .help = "what waits longer is dropped",
        .in_words = "none",
        .range = {"1s", "30d", "h"}},
    Key{.name = "durable", .type = boolean, .help = "keeps what is not delivered on disk", .otherwise = "false"},
    Key{.name = "sync",
        .type = choice,
        .help = "full: what is committed survives a power cut; normal: the end of the process",
        .otherwise = "full",
        .words = sync_words,
        .with = "durable"},
    Key{.name = "max_size",
        .type = size,
        .help = "how large the journal may grow",
        .otherwise = "256MiB",
        .range = {"1MiB", "64GiB", "MiB"},
        .with = "durable"},
    Key{.name = "drain",
        .type = choice,
        .help = "what goes first after an outage",
        .otherwise = "oldest_first",
        .words = drain_words,
        .with = "durable"},
    Key{.name = "batch",
        .type = table,
        .help = "gathers messages into JSON arrays",
        .in_words = "none",
        .below = batch_table},
};

}  // namespace

Keys runtime_keys() noexcept { return runtime_table; }
Keys node_keys() noexcept { return node_table; }
Keys route_keys() noexcept { return route_table; }

const Key* find_key(Keys keys, std::string_view name) noexcept {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string_view> names_of(Keys keys) {
  std::vector<std::string_view> names;
  for (const Key& key : keys) { names.push_back(key.name); }
  return names;
}

}  // namespace culvert::config
