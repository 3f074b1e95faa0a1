// SPDX-License-Identifier: MIT
#include "core/message/check.hpp"

#include "core/message/frame.hpp"
#include "tests/core/message/samples.hpp"

#include <doctest/doctest.h>

using namespace culvert;
using namespace std::literals;

namespace {

std::string problem(Draft& draft) { return message_problem(draft.raw()); }

/// Whether a message without a problem gets through the codec.
bool passes(const culvert_message& message) {
  std::string entry;
  write_entry(message, 1, entry);
  return message_problem(message).empty() && DecodedMessage{}.decode(entry);
}

}  // namespace

TEST_CASE("check: what is at its limit passes, here and through the codec") {
  const std::string topic(65535, 't'), payload(1 << 20, 'p'), longest(65535, 'n');
  CHECK(passes(Draft{}.topic(topic).payload(payload, longest).property("k", longest).raw()));
  Draft full;
  full.topic("t").field(longest, 1.0, longest).field("s", payload);
  for (int i = 0; i < 32; ++i) { full.property("k", "v"); }
  CHECK(passes(full.raw()));
  Draft many;
  many.topic("t");
  for (int i = 0; i < 4096; ++i) { many.null_field("n"); }
  CHECK(passes(many.raw()));
  CHECK(passes(Draft{}.topic("t").raw()));
}

TEST_CASE("check: each limit that is passed is named") {
  const std::string large((1 << 20) + 1, 'p'), longer(65536, 'n');
  Draft draft;
  CHECK(problem(draft) == "has a topic that is empty");
  draft.topic("a/#");
  CHECK(problem(draft) == "has a topic that holds the wildcard '#'");
  draft.topic("t").flags(1 << 4);
  CHECK(problem(draft) == "has an unknown flag");
  draft.flags(0).payload(large);
  CHECK(problem(draft) == "has a payload longer than 1 MiB");
  draft.payload("p", longer);
  CHECK(problem(draft) == "has a content type that is longer than 65535 bytes or absent");
  for (const auto& [name, value] : {std::pair{longer, "v"s}, {"k"s, longer}}) {
    Draft pair;
    pair.topic("t").property(name, value);
    CHECK(problem(pair).starts_with("has a property whose "));
  }
  Draft long_name, long_unit, long_value, bad_quality;
  CHECK(problem(long_name.topic("t").field(longer, 1.0)).starts_with("has a field whose name"));
  CHECK(problem(long_unit.topic("t").field("f", 1.0, longer)).starts_with("has a field whose unit"));
  CHECK(problem(long_value.topic("t").field("f", std::string_view{large})) ==
        "has a field whose value is longer than 1 MiB");
  CHECK(problem(bad_quality.topic("t").field("f", 1.0, "", 3)) == "has a field of an unknown quality");
}

TEST_CASE("check: counts past their limits, and a sum past 1.25 MiB, are named") {
  Draft properties, fields, sum;
  properties.topic("t");
  for (int i = 0; i < 33; ++i) { properties.property("k", "v"); }
  CHECK(problem(properties) == "has more than 32 properties");
  fields.topic("t");
  for (int i = 0; i < 4097; ++i) { fields.field("f", 1.0); }
  CHECK(problem(fields) == "has more than 4096 fields");
  const std::string large(1 << 20, 'p');
  sum.topic("t").field("a", std::string_view{large}).field("b", std::string_view{large});
  CHECK(problem(sum) == "is larger than 1.25 MiB as a whole");
}

TEST_CASE("check: values that are no values are named") {
  culvert_field field{};
  field.size = sizeof field;
  culvert_message message{};
  message.size = sizeof message;
  message.topic = text("t");
  message.fields = &field;
  message.field_count = 1;
  CHECK(message_problem(message) == "");
  field.type = CULVERT_BYTES + 1;
  CHECK(message_problem(message) == "has a field of an unknown type");
  field.type = CULVERT_BOOL;
  field.value.boolean = 2;
  CHECK(message_problem(message) == "has a bool that is neither 0 nor 1");
  field.type = CULVERT_STRING;
  field.value.text = {nullptr, 1};
  CHECK(message_problem(message) == "has a field whose value is absent");
  field.value.text = {"x", UINT64_MAX};
  CHECK(message_problem(message) == "has a field whose value is longer than 1 MiB");
  message.kind = 2;
  CHECK(message_problem(message) == "is neither a record nor a payload");
  message.kind = CULVERT_RECORD;
  field.size = 0;
  CHECK(message_problem(message) == "has fields of no size");
  message.fields = nullptr;
  CHECK(message_problem(message) == "has fields of no size");
  message.topic = {nullptr, 1};
  CHECK(message_problem(message) == "has a topic that is absent");
}
