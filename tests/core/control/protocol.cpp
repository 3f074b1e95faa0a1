// SPDX-License-Identifier: MIT
#include "core/control/protocol.hpp"

#include <doctest/doctest.h>

namespace culvert::control {
namespace {

Commands some() {
  Commands commands;
  commands["echo"] = [](const Json& arguments) { return arguments; };
  commands["no"] = [](const Json&) -> Json { throw Refusal{"not today"}; };
  commands["bytes"] = [](const Json&) -> Json { return "\xff"; };
  return commands;
}

std::string refusal(const std::string& request) {
  const std::string answer = answer_request(request, some());
  try {
    take_result(answer);
  } catch (const Refusal& error) { return error.what(); }
  return {};
}

std::string complaint(std::string_view answer) {
  try {
    take_result(answer);
  } catch (const Refusal& error) { return error.what(); }
  return {};
}

}  // namespace

TEST_CASE("control: a command gets its arguments, and its result comes back") {
  const Json given{{"route", "a -> b"}, {"count", UINT64_MAX}};
  CHECK(take_result(answer_request(make_request("echo", given), some())) == given);
  CHECK(take_result(answer_request(R"({"version":1,"command":"echo"})", some())) == Json::object());
  CHECK(take_result(answer_request(R"({"version":1,"command":"echo","later":true})", some())) == Json::object());
}

TEST_CASE("control: what is no request is answered with an error in words") {
  for (const char* bad : {"", "{", "[]", "1", "null", "\xff\x00\x7f", "{\"version\":1}x"}) {
    CHECK(refusal(bad) == "the request is no JSON object");
  }
  for (const char* bad : {R"({})", R"({"version":2})", R"({"version":"1"})", R"({"version":1.5})"}) {
    CHECK(refusal(bad).starts_with("the request must have \"version\": 1"));
  }
  CHECK(refusal(R"({"version":1})") == "the request names no \"command\"");
  CHECK(refusal(R"({"version":1,"command":["echo"]})") == "the request names no \"command\"");
  CHECK(refusal(R"({"version":1,"command":"echo","arguments":[]})") == "the \"arguments\" must be an object");
  CHECK(refusal(R"({"version":1,"command":"no"})") == "not today");
}

TEST_CASE("control: an unknown command is shown short and escaped, and the known ones are named") {
  CHECK(refusal(make_request("a\nb", Json::object())) ==
        "there is no command 'a\\x0ab', there are 'bytes', 'echo', 'no'");
  CHECK(refusal(make_request(std::string(1000, 'x'), Json::object()))
            .starts_with("there is no command '" + std::string(64, 'x') + "...'"));
}

TEST_CASE("control: brackets without end are answered like anything else that is no request") {
  CHECK(refusal(std::string(60'000, '[')) == "the request is no JSON object");
  CHECK(refusal(std::string(30'000, '[') + std::string(30'000, ']')) == "the request is no JSON object");
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  CHECK(refusal(R"({"version":1,"command":)" + deep + "}") == "the request is no JSON object");
  CHECK(refusal(R"({"version":1,"command":"echo","arguments":{"a":)" + deep + "}}") == "the request is no JSON object");
}

TEST_CASE("control: bytes that are no UTF-8 do not keep an answer from being JSON") {
  CHECK(take_result(answer_request(make_request("bytes", Json::object()), some())) == "\xef\xbf\xbd");
}

TEST_CASE("control: an answer of another version is said to be one") {
  for (const char* bad : {"", "[]", "{}", R"({"version":2,"ok":true,"result":{}})", R"({"version":1,"ok":1})"}) {
    CHECK(complaint(bad) == "the answer cannot be read, another version of Culvert runs there");
  }
  CHECK(complaint(R"({"version":1,"ok":false,"error":"a\u001bb"})") == "a\\x1bb");
  CHECK(complaint(R"({"version":1,"ok":false})") == "it gave no reason");
}

}  // namespace culvert::control
