// SPDX-License-Identifier: MIT
/// TLS towards a broker, on wolfSSL, which nobody else knows. What it refuses is in tests/tls/POLICY.md.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace culvert::mqtt {

struct Certificate;

struct TlsOptions {
  std::string ca;         ///< PEM file; empty: the system's trust store
  std::string crl;        ///< PEM file with the lists of every authority above the broker; empty: none is asked for
  std::string cert, key;  ///< PEM files of the client; both or none
  std::string key_password;
  std::string server_name;  ///< overrides the host in SNI and in the name check; empty: the host
  std::string min_version = "1.2", max_version = "1.3";
  std::vector<std::string> ciphers;  ///< names as wolfSSL or IANA spell them; empty: the strict list
  std::vector<std::string> pins;     ///< of the broker's public key, as `pin_digest` reads them; empty: any key
  std::vector<std::string> alpn;     ///< protocols to ask for (RFC 7301), of which the broker must choose one; or none
  bool insecure_skip_verify = false;
};

/// Why a peer was refused or a context could not be made; `what()` is for a person: who was expected, what is wrong.
class TlsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Options turned into a verified configuration; made anew for each dial, so that renewed files are used.
class TlsContext {
 public:
  /// Throws TlsError.
  explicit TlsContext(const TlsOptions& options);
  ~TlsContext();
  TlsContext(TlsContext&&) noexcept;
  TlsContext& operator=(TlsContext&&) noexcept;

 private:
  friend class TlsSession;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// One connection. Belongs to one thread. Does not own the descriptor, which must be connected and non-blocking.
class TlsSession {
 public:
  enum class Status { done, want_read, want_write, closed };

  /// `host`: what the URL named: a name or an IP address. Throws TlsError.
  TlsSession(const TlsContext& context, int descriptor, const std::string& host);
  ~TlsSession();
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;

  /// Call until it answers `done`: then the peer is who it should be. Throws TlsError when it is not; nothing of the
  /// application has been sent then. `closed`: the peer ended the connection in the handshake.
  Status handshake();
  /// Reads at most `into.size()` bytes; `ret_read` is 0 unless `done`. Any of the four; throws TlsError.
  Status read(std::span<char> into, std::size_t& ret_read);
  /// Writes a prefix of `from`, at most 16 KiB (one record). After want_read or want_write call it with the same bytes.
  Status write(std::span<const char> from, std::size_t& ret_written);
  /// Bytes that are decrypted and not yet read: poll() on the descriptor would not tell.
  bool has_pending() const noexcept;
  /// Sends close_notify once, if it can be sent without waiting.
  void close() noexcept;
  /// "TLS 1.3, TLS_CHACHA20_POLY1305_SHA256", after the handshake.
  std::string description() const;
  /// The name that the peer is asked for (SNI); empty when none is.
  std::string asked_name() const;
  /// What the peer has shown so far, its own certificate first, whether it was accepted or not; nothing without
  /// verification.
  const std::vector<Certificate>& shown() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Frees what the library keeps for the calling thread after a handshake: 6 MiB of points that only another handshake
/// would use, and that nobody frees when the thread ends.
void forget_handshakes() noexcept;

}  // namespace culvert::mqtt
