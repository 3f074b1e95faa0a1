// SPDX-License-Identifier: MIT
#include "selftest_hello.hpp"
#include "wire.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace culvert::mqtt;
using namespace culvert::mqtt::selftest;
using namespace std::string_literals;

namespace {

std::string extension_of(std::uint16_t number, const std::string& body) {
  return WireWriter{}.u16(number).text(body).take();
}

/// With a session, two suites, a method of compression beside none, and three extensions.
std::string message() {
  const std::string name = WireWriter{}.text(WireWriter{}.u8(0).text("plant.test").take()).take();
  const std::string signatures = WireWriter{}.text(WireWriter{}.u16(0x0403).u16(0x0201).take()).take();
  const std::string extensions = extension_of(extension::server_name, name) +
                                 extension_of(extension::signature_algorithms, signatures) +
                                 extension_of(extension::supported_groups, WireWriter{}.text("\0\x17\0\x1d"s).take()) +
                                 extension_of(extension::pre_shared_key, "x");
  WireWriter body;
  body.u16(0x0303).raw(std::string(32, 'r')).u8(2).raw("id").text(WireWriter{}.u16(0x1303).u16(0x00ff).take());
  body.u8(2).u8(1).u8(0).text(extensions);
  return WireWriter{}.u8(1).u8(0).text(body.bytes()).take();
}

std::string record(const std::string& part) { return WireWriter{}.u8(22).u16(0x0301).text(part).take(); }

}  // namespace

TEST_CASE("selftest hello: everything that is looked at is read") {
  const auto hello = read_client_hello(record(message()));
  REQUIRE(hello.has_value());
  CHECK(hello->session_id == "id");
  CHECK(hello->suites == std::vector<std::uint16_t>{0x1303, 0x00ff});
  CHECK(hello->compression == std::string{"\1\0", 2});
  CHECK(hello->server_name() == "plant.test");
  CHECK(hello->signature_algorithms() == std::vector<std::uint16_t>{0x0403, 0x0201});
  CHECK(hello->groups() == std::vector<std::uint16_t>{0x17, 0x1d});
  CHECK(hello->has(extension::pre_shared_key));
  CHECK_FALSE(hello->has(extension::early_data));
  CHECK_FALSE(hello->has(extension::session_ticket));
}

TEST_CASE("selftest hello: one in several records is read, and what follows is not") {
  const std::string whole = message();
  const std::string records = record(whole.substr(0, 3)) + record(whole.substr(3)) + "\x17\x03\x03\x00\x01x";
  CHECK(read_client_hello(records).has_value());
}

TEST_CASE("selftest hello: no truncation of one is one, and none crashes") {
  const std::string whole = message();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(read_client_hello(record(whole.substr(0, size))).has_value());
    CHECK_FALSE(read_client_hello(record(whole).substr(0, size)).has_value());
  }
  CHECK_FALSE(read_client_hello("220 a mail server\r\n").has_value());
}

TEST_CASE("selftest hello: without the extension there is no server name") {
  CHECK(ClientHello{}.server_name().empty());
  CHECK(ClientHello{}.signature_algorithms().empty());
  CHECK(ClientHello{}.groups().empty());
}

TEST_CASE("selftest hello: a server's session is read from its answer only") {
  const std::string body = WireWriter{}.u16(0x0303).raw(std::string(32, 'r')).u8(7).raw("session").take();
  CHECK(server_session_id(record(WireWriter{}.u8(2).u8(0).text(body).take())) == "session");
  CHECK(server_session_id(record(message())).empty());
  CHECK(server_session_id("").empty());
}
