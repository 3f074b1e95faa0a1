// SPDX-License-Identifier: MIT
/// Makes one line of one message. Used only on its node's thread.
#pragma once

#include <culvert/plugin.hpp>

#include <string>
#include <string_view>

namespace culvert::console {

enum class Format { text, json, pretty };

/// Throws std::invalid_argument for anything but "text", "json" and "pretty".
Format format_of(std::string_view name);

class LineMaker {
 public:
  /// `prefix` stands before each line of the formats text and pretty.
  LineMaker(Host host, Format format, std::string_view prefix, bool colour);
  /// Appends the line and its line feed.
  void append(MessageView message, std::string& out) const;

 private:
  void append_body(MessageView message, std::string& out) const;
  void append_pretty(MessageView message, std::string& out) const;
  void append_json(MessageView message, std::string& out) const;

  Host host_;
  Format format_;
  std::string prefix_;
  bool colour_;
};

}  // namespace culvert::console
