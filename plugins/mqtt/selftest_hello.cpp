// SPDX-License-Identifier: MIT
#include "selftest_hello.hpp"

#include "wire.hpp"

namespace culvert::mqtt::selftest {
namespace {

constexpr unsigned handshake_record = 22;
constexpr unsigned client_hello = 1, server_hello = 2;
constexpr std::size_t random_size = 32;

/// The body of the first handshake message, when it is of this type and whole. A message may span records.
std::string first_message(std::string_view records, unsigned type) {
  std::string text;
  for (WireReader reader{records}; reader.left() > 0;) {
    if (reader.u8() != handshake_record) { break; }
    (void)reader.u16();  // a version that says nothing
    text += reader.text();
    if (!reader.ok()) { break; }
  }
  WireReader message{text};
  const unsigned found = message.u8();
  const std::size_t size = message.u8() << 16U | message.u16();
  const std::string_view body = message.bytes(size);
  return message.ok() && found == type ? std::string{body} : std::string{};
}

std::vector<std::uint16_t> numbers(std::string_view list) {
  std::vector<std::uint16_t> out;
  for (WireReader reader{list}; reader.left() >= 2;) { out.push_back(reader.u16()); }
  return out;
}

/// The whole of an extension that is one list.
std::vector<std::uint16_t> list_of(std::string_view body) { return numbers(WireReader{body}.text()); }

}  // namespace

std::string ClientHello::server_name() const {
  const auto found = extensions.find(extension::server_name);
  if (found == extensions.end()) { return {}; }
  WireReader list{found->second};
  (void)list.u16();  // the size of a list of one
  const bool is_host_name = list.u8() == 0;
  const std::string name{list.text()};
  return is_host_name && list.ok() ? name : std::string{};
}

std::vector<std::uint16_t> ClientHello::signature_algorithms() const {
  return has(extension::signature_algorithms) ? list_of(extensions.at(extension::signature_algorithms)) : list_of({});
}

std::vector<std::uint16_t> ClientHello::groups() const {
  return has(extension::supported_groups) ? list_of(extensions.at(extension::supported_groups)) : list_of({});
}

std::optional<ClientHello> read_client_hello(std::string_view records) {
  const std::string message = first_message(records, client_hello);
  WireReader reader{message};
  (void)reader.u16();
  (void)reader.bytes(random_size);
  ClientHello hello;
  hello.session_id = reader.bytes(reader.u8());
  hello.suites = numbers(reader.text());
  hello.compression = reader.bytes(reader.u8());
  WireReader list{reader.text()};
  while (list.left() > 0 && list.ok()) {
    const std::uint16_t number = list.u16();
    hello.extensions[number] = list.text();
  }
  if (message.empty() || !reader.ok() || !list.ok()) { return std::nullopt; }
  return hello;
}

std::string server_session_id(std::string_view records) {
  const std::string message = first_message(records, server_hello);
  WireReader reader{message};
  (void)reader.u16();
  (void)reader.bytes(random_size);
  return std::string{reader.bytes(reader.u8())};
}

}  // namespace culvert::mqtt::selftest
