// SPDX-License-Identifier: MIT
/// The commands of `culvert`, one file each. They answer the exit code; data goes to stdout, all else to stderr.
#pragma once

#include "core/runtime/runtime.hpp"
#include "core/util/log.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace culvert {

struct RunCommand {
  std::vector<std::string> files;  ///< one; without any the default ones
  RunOptions options;
  LogFormat log_format = LogFormat::text;
};

int run_command(const RunCommand& command);

struct CheckCommand {
  std::vector<std::string> files;  ///< each alone; without any the default ones together
  bool explain = false;            ///< writes what holds in each, and where it comes from
  bool json = false;               ///< that as one JSON document
};

int check_command(const CheckCommand& command);
/// `plugin`: an id, or the path of a shared object; empty for all. `folders`: where to look, empty for the usual place.
int inspect_command(const std::string& plugin, const std::vector<std::string>& folders);
/// Each plugin in `folders` (empty: the usual place) that has rules for TLS tries them against the library that is
/// installed here. One line for each case, or one JSON document.
int tls_selftest_command(const std::vector<std::string>& folders, bool as_json);

struct SchemaCommand {
  std::vector<std::string> plugins;  ///< ids, or paths of shared objects; empty: all
  std::vector<std::string> folders;  ///< where to look for plugins; empty: the usual place
};

/// Writes the JSON Schema of a pipeline file.
int schema_command(const SchemaCommand& command);

struct GraphCommand {
  std::vector<std::string> files;  ///< each alone; without any the default ones together
  std::string format = "text";     ///< "text", "mermaid" or "dot"
};

/// Writes what is connected to what.
int graph_command(const GraphCommand& command);

struct DoctorCommand {
  std::vector<std::string> files;  ///< one, or the default ones
  std::string node;                ///< empty: every node that can be looked at
  std::string topic;               ///< where a test message may be published; empty: the plugin's choice
  bool json = false;
};

/// Walks the way from each node to the outside, beside a runtime that may be running: takes no lock and writes no file.
int doctor_command(const DoctorCommand& command);

/// The name of the runtime that is meant, by name or by a configuration; empty when that has none, and why is said.
std::string runtime_name(const std::string& name, const std::vector<std::string>& files);

struct StatusCommand {
  std::vector<std::string> files;  ///< whose name is asked for; empty: the default ones
  std::string name;                ///< goes before a file
  bool json = false;
};

/// Asks a runtime of this box how it is.
int status_command(const StatusCommand& command);

struct ReloadCommand {
  std::vector<std::string> files;  ///< whose name is asked for; empty: the default ones
  std::string name;                ///< goes before a file
  bool drops_removed = false;      ///< what removed routes can't bring to their readers
  bool json = false;
};

/// Has a runtime of this box read its configuration anew, and waits for what comes of it.
int reload_command(const ReloadCommand& command);

/// Writes what the log's events mean: all, or the one with that id, as "text", "json" or "markdown". Throws UsageError.
int events_command(const std::string& id, const std::string& format);
/// The ids of all events.
std::vector<std::string_view> log_event_ids();

struct JournalCommand {
  enum class What { list, show, export_lines, drop };
  What what = What::list;
  std::vector<std::string> files;  ///< whose state folder it is; empty: the default ones
  std::string state_dir;           ///< goes before a file
  std::string route;               ///< "boiler -> cloud" or "boiler.cloud"; of all but `list`
  bool dead = false;               ///< the dead letters instead of the messages
  bool all = false;                ///< of `drop`: all that there is of it
  uint64_t limit = UINT64_MAX;     ///< of `show`
  bool json = false;               ///< of `list`
};

/// Looks into the journals of durable routes, or drops what is in one of them.
int journal_command(const JournalCommand& command);

struct InitCommand {
  std::string file;  ///< to be written, a password beside it; empty: the usual one, in a folder that is made
  std::string broker, profile, ca, cert, key, user, password_file, name;
  std::vector<std::string> sensors;  ///< of those that are found; empty: all
  std::string sys;                   ///< where the kernel shows its devices
  bool asks_nothing = false;
  bool force = false;  ///< over files that are there
};

/// Writes a first pipeline, once it has passed the check. Throws UsageError.
int init_command(const InitCommand& command);

/// Writes a manual page: "culvert.1" or "culvert.toml.5".
int man_command(const std::string& page);
/// Writes what makes a shell complete the command line: "bash", "zsh" or "fish".
int completion_command(const std::string& shell);
/// Writes the names that fit as the last of these words of a command line behind `culvert`: of nodes, routes, runtimes
/// or plugins. Reads pipeline files and plugins' facts, runs nothing, and never says what is wrong.
int complete_command(std::vector<std::string> words);

}  // namespace culvert
