// SPDX-License-Identifier: MIT
/// The host's table for a plugin under test: keeps what the plugin said and did, and renders and encodes as the runtime
/// does. One thread.
#pragma once

#include "core/message/encode.hpp"
#include "core/message/template.hpp"

#include <culvert/plugin.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace culvert::test {

struct Emitted {
  uint32_t kind = CULVERT_RECORD;
  std::string topic, payload, content_type;
  int64_t time_ns = 0;
  uint8_t type = CULVERT_NULL, quality = CULVERT_GOOD;
  int64_t i64 = 0;
  double f64 = 0;
  std::string field, unit;
  std::map<std::string, std::string> properties;
};

class FakeHost {
 public:
  using Lines = std::vector<std::pair<int32_t, std::string>>;

  explicit FakeHost(uint32_t run_mode = CULVERT_RUN_ON) {
    table_.size = sizeof table_;
    table_.abi_minor = CULVERT_ABI_MINOR;
    table_.context = this;
    table_.node_name = text("node");
    table_.runtime_name = text("edge");
    table_.run_mode = run_mode;
    table_.emit = [](const culvert_host* host, const culvert_message* message, uint64_t) {
      return self(host).take(*message);
    };
    table_.log = [](const culvert_host* host, uint32_t level, culvert_text line) {
      self(host).logged.emplace_back(level, view(line));
    };
    table_.report = [](const culvert_host* host, culvert_status status, culvert_text why) {
      self(host).reported.emplace_back(status, view(why));
    };
    table_.set_link = [](const culvert_host*, uint32_t, culvert_text) {};
    table_.complete = [](const culvert_host* host, uint64_t token, culvert_status status) {
      if (status == CULVERT_OK) { self(host).completed.push_back(token); }
    };
    table_.ready = [](const culvert_host* host) { ++self(host).ready; };
    table_.get_extension = extension;
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  const culvert_host* table() const noexcept { return &table_; }

  std::deque<culvert_status> answers;  ///< of the next emits; then CULVERT_OK
  std::vector<Emitted> emitted;        ///< what was answered with CULVERT_OK
  Lines logged, reported;              ///< level or status, and text
  std::vector<uint64_t> completed;
  int ready = 0;

 private:
  static FakeHost& self(const culvert_host* host) { return *static_cast<FakeHost*>(host->context); }

  culvert_status take(const culvert_message& raw) {
    culvert_status answer = CULVERT_OK;
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    }
    if (answer != CULVERT_OK) { return answer; }
    const MessageView message{raw};
    Emitted& made = emitted.emplace_back();
    made.kind = raw.kind;
    made.topic = message.topic();
    made.payload = message.payload();
    made.content_type = message.content_type();
    made.time_ns = message.time_ns();
    if (raw.field_count > 0) {
      const culvert_field& field = message.fields()[0];
      made.type = field.type;
      made.quality = field.quality;
      made.field = view(field.name);
      made.unit = view(field.unit);
      if (field.type == CULVERT_I64) { made.i64 = field.value.i64; }
      if (field.type == CULVERT_F64) { made.f64 = field.value.f64; }
    }
    for (uint32_t i = 0; i < raw.property_count; ++i) {
      made.properties[std::string{view(message.properties()[i].name)}] = view(message.properties()[i].value);
    }
    return answer;
  }

  static int64_t give(const std::string& made, char* out, uint64_t capacity) {
    made.copy(out, capacity);
    return static_cast<int64_t>(made.size());
  }
  static int64_t render(const culvert_host* host, culvert_text pattern, const culvert_message* message, char* out,
                        uint64_t capacity) {
    std::string made;
    Template{view(pattern)}.render(*message, {view(host->node_name), view(host->runtime_name)}, made);
    return give(made, out, capacity);
  }
  static int64_t encode(const culvert_host*, uint32_t format, const culvert_message* message, char* out,
                        uint64_t capacity) {
    if (message->kind != CULVERT_RECORD) { return -1; }
    std::string made;
    format == CULVERT_ENCODE_JSON ? encode_json(*message, made) : encode_text(*message, made);
    return give(made, out, capacity);
  }
  static const void* extension(const culvert_host*, const char* name) {
    static constexpr culvert_template_v1 templates{sizeof(culvert_template_v1), 0, render};
    static constexpr culvert_encode_v1 encoders{sizeof(culvert_encode_v1), 0, encode};
    if (std::string_view{name} == CULVERT_EXT_TEMPLATE) { return &templates; }
    if (std::string_view{name} == CULVERT_EXT_ENCODE) { return &encoders; }
    return nullptr;
  }

  culvert_host table_{};
};

/// Settings as `create` gets them.
class FakeSettings {
 public:
  explicit FakeSettings(const std::map<std::string, std::string>& values) : values_{values} {
    for (const auto& [key, value] : values_) {
      entries_.push_back({sizeof(culvert_setting), 1, text(key), text(value)});
    }
    raw_ = {sizeof raw_, static_cast<uint32_t>(entries_.size()), entries_.data()};
  }
  FakeSettings(const FakeSettings&) = delete;
  FakeSettings& operator=(const FakeSettings&) = delete;
  const culvert_settings& raw() const noexcept { return raw_; }

 private:
  std::map<std::string, std::string> values_;
  std::vector<culvert_setting> entries_;
  culvert_settings raw_{};
};

}  // namespace culvert::test
