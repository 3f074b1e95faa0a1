// SPDX-License-Identifier: MIT
#include "line.hpp"

#include "tests/plugins/fake_host.hpp"

#include <doctest/doctest.h>

using namespace culvert;
using namespace culvert::console;

namespace {

std::string line(Format format, Draft& draft, std::string_view prefix = {}, bool colour = false) {
  const test::FakeHost host;
  const LineMaker lines{Host{host.table()}, format, prefix, colour};
  std::string out;
  lines.append(MessageView{draft.topic("plant/a").time_ns(1763892000123000000).raw()}, out);
  return out;
}

}  // namespace

TEST_CASE("line: text is the prefix and the payload, on one line whatever it holds") {
  Draft draft;
  CHECK(line(Format::text, draft.payload("Hello, MQTT! Message number 3"), "Received: ") ==
        "Received: Hello, MQTT! Message number 3\n");
  CHECK(line(Format::text, draft.payload("ok\nReceived: forged\x1b[2J")) == "ok\\nReceived: forged\\x1b[2J\n");
  CHECK(line(Format::text, draft.payload("")) == "\n");
  CHECK(line(Format::text, draft.payload("x"), "a\nb ") == "a\\nb x\n");
}

TEST_CASE("line: text shows a record as the host encodes it, and escapes that too") {
  Draft draft;
  CHECK(line(Format::text, draft.field("value", int64_t{41}), "> ") == "> 41\n");
  Draft hostile;
  CHECK(line(Format::text, hostile.field("value", std::string_view{"a\nb\x1b"})) == "a\\nb\\x1b\n");
}

TEST_CASE("line: JSON is one object with topic, time, retained and the body") {
  Draft draft;
  CHECK(line(Format::json, draft.payload("a\"\n")) ==
        R"({"topic":"plant/a","time":"2025-11-23T10:00:00.123Z","retained":false,"payload":"a\"\u000a"})"
        "\n");
  CHECK(line(Format::json, draft.payload("\xff\xfe\xfd").flags(CULVERT_RETAINED)) ==
        R"({"topic":"plant/a","time":"2025-11-23T10:00:00.123Z","retained":true,"payload_base64":"//79"})"
        "\n");
  Draft record;
  CHECK(
      line(Format::json, record.field("value", int64_t{7}).property("k", "v").property("k", "w\x1b")) ==
      R"({"topic":"plant/a","time":"2025-11-23T10:00:00.123Z","retained":false,"record":{"time":"2025-11-23T10:00:00.123Z","value":7,"quality":"good"},)"
      R"("properties":[["k","v"],["k","w\u001b"]]})"
      "\n");
}

TEST_CASE("line: pretty is time, topic and value, in colour only when asked") {
  Draft draft;
  CHECK(line(Format::pretty, draft.payload("x\x1b"), "p ") == "p 2025-11-23T10:00:00.123Z plant/a x\\x1b\n");
  CHECK(line(Format::pretty, draft.payload("x"), {}, true) ==
        "\x1b[2m2025-11-23T10:00:00.123Z\x1b[0m \x1b[36mplant/a\x1b[0m x\n");
  Draft bad;
  CHECK(line(Format::pretty, bad.null_field("value"), {}, true).ends_with(" \x1b[31m- (bad)\x1b[0m\n"));
}

TEST_CASE("line: a format that is none is refused") { CHECK_THROWS_AS(format_of("xml"), std::invalid_argument); }
