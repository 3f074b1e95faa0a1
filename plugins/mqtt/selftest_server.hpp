// SPDX-License-Identifier: MIT
/// The servers that the selftest plays: TLS on wolfSSL's server side, with any certificate, suite and version, and one
/// that says what no library would. They own no thread and never wait. One thread, any.
#pragma once

#include "descriptor.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace culvert::mqtt::selftest {

/// What the application of the client writes, and what its server answers.
inline constexpr std::string_view secret = "the password would be here\n";
inline constexpr std::string_view greeting = "hello\n";

/// All that a server learned.
struct Seen {
  std::string raw;           ///< every byte that came
  std::string sent;          ///< every byte that went
  std::string application;   ///< decrypted, after the handshake
  bool shook_hands = false;  ///< the handshake was over and good, for the server
  bool client_certificate = false;
};

/// One end of a pair of sockets, with everything that passes it written down.
class Server {
 public:
  explicit Server(Descriptor end) : end_{std::move(end)} {}
  virtual ~Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes what has come, and answers what can be answered.
  void step();
  const Seen& seen() const noexcept { return seen_; }

 protected:
  /// Whether a whole record has come.
  bool has_record() const noexcept;
  /// Reads `seen_.raw`, which has grown or not, and appends to `seen_.sent`.
  virtual void serve() = 0;
  Seen seen_;

 private:
  void receive();
  void send();
  Descriptor end_;
  std::size_t gone_ = 0;  ///< of `seen_.sent`
};

enum class Version { v1_0, v1_1, v1_2, v1_3 };
/// "TLS 1.2".
std::string version_text(Version version);

/// How a server on wolfSSL behaves.
struct Manner {
  std::string_view chain{}, key{};  ///< PEM; both empty: it has no certificate
  Version version = Version::v1_3;
  std::string suites{};                ///< wolfSSL's names with ':' between; empty: its own choice
  std::string_view asks_clients_of{};  ///< PEM: authorities of the certificate that it wants of a client; empty: none
  std::string protocol{};              ///< what it chooses with ALPN, offered or not; empty: it knows no ALPN
};

/// How a server of TLS 1.2 signs its key exchange, whatever was offered; nothing follows that.
struct Exchange {
  std::string_view chain{}, key{};  ///< PEM, of an elliptic key
  std::uint16_t group = 0;          ///< as registered: 23 is secp256r1
  std::string_view point_of{};      ///< PEM: a certificate with a point of that group, to offer
  std::uint8_t hash = 0;            ///< as registered: 2 is SHA-1, 4 SHA-256
};

/// The installed library cannot be such a server; `what()` says why.
struct CannotPlay : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws CannotPlay.
std::unique_ptr<Server> play(Descriptor end, const Manner& manner);
std::unique_ptr<Server> play_signing(Descriptor end, const Exchange& exchange);
/// Says `answer` when the first record has come, whatever it is.
std::unique_ptr<Server> play_blunt(Descriptor end, std::string answer);

}  // namespace culvert::mqtt::selftest
