// SPDX-License-Identifier: MIT
// What the runtime says to its child before anything else: a magic, a length (4 bytes, little-endian), and CBOR.
#include "core/isolation/confinement.hpp"
#include "core/message/bytes.hpp"

#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace culvert::isolation {
namespace {

using Json = nlohmann::json;

constexpr std::string_view magic = "CVC1";
using Head = std::array<char, magic.size() + sizeof(uint32_t)>;

Json to_json(const Confinement& confinement) {
  Json json{{"is_known", confinement.is_known},
            {"network", confinement.network},
            {"standard_output", confinement.standard_output},
            {"devices", confinement.devices},
            {"processes", confinement.processes},
            {"paths", Json::array()}};
  for (const NamedPath& one : confinement.paths) {
    // A path is bytes, which need not be text.
    json["paths"].push_back({Json::binary({one.path.begin(), one.path.end()}), one.is_written, one.is_renewed});
  }
  if (confinement.memory) { json["memory"] = *confinement.memory; }
  if (confinement.files) { json["files"] = *confinement.files; }
  if (const auto& user = confinement.user) { json["user"] = {user->user, user->group, user->groups, user->name}; }
  return json;
}

Confinement confinement_of(const Json& json) {
  Confinement made;
  made.is_known = json.at("is_known");
  made.network = json.at("network");
  made.standard_output = json.at("standard_output");
  made.devices = json.at("devices");
  made.processes = json.at("processes");
  for (const Json& one : json.at("paths")) {
    const auto& path = one.at(0).get_binary();
    made.paths.push_back({{path.begin(), path.end()}, one.at(1), one.at(2)});
  }
  if (const auto memory = json.find("memory"); memory != json.end()) { made.memory = memory->get<uint64_t>(); }
  if (const auto files = json.find("files"); files != json.end()) { made.files = files->get<uint64_t>(); }
  if (const auto user = json.find("user"); user != json.end()) {
    made.user = Identity{user->at(0), user->at(1), user->at(2), user->at(3)};
  }
  return made;
}

void read_all(int descriptor, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = read(descriptor, bytes, size);
    if (count < 0 && errno == EINTR) { continue; }
    if (count < 0) { throw std::system_error{errno, std::generic_category(), "read from the runtime"}; }
    if (count == 0) { throw std::runtime_error{"descriptor 3 brings nothing that a runtime has written"}; }
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
}

}  // namespace

void send_confinement(int descriptor, const Confinement& confinement) {
  const std::vector<uint8_t> words = Json::to_cbor(to_json(confinement));
  if (words.size() > max_confinement_bytes) {
    throw std::length_error{"its options name more paths than a process of its own can be told of"};
  }
  std::string bytes{magic};
  bytes.resize(Head{}.size());
  store_le(bytes.data() + magic.size(), static_cast<uint32_t>(words.size()));
  bytes.append(words.begin(), words.end());
  // It fits the buffer of any socket, so that nobody waits here for a child that does not read. One that has ended is
  // told of by its end.
  const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(bytes.size()) && errno != EPIPE && errno != ECONNRESET) {
    throw std::system_error{errno, std::generic_category(), "write to a child"};
  }
}

Confinement receive_confinement(int descriptor) {
  Head head;
  read_all(descriptor, head.data(), head.size());
  const auto size = load_le<uint32_t>(head.data() + magic.size());
  if (std::string_view{head.data(), magic.size()} != magic || size > max_confinement_bytes) {
    throw std::runtime_error{"descriptor 3 brings nothing that a runtime has written"};
  }
  std::vector<uint8_t> words(size);
  read_all(descriptor, reinterpret_cast<char*>(words.data()), words.size());
  try {
    return confinement_of(Json::from_cbor(words));
  } catch (const Json::exception&) {
    throw std::runtime_error{"descriptor 3 brings nothing that a runtime has written"};
  }
}

}  // namespace culvert::isolation
