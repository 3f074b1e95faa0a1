// SPDX-License-Identifier: MIT
/// A real broker for one test: Mosquitto on loopback ports, in a folder of its own. For the test's thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace culvert::test {

/// A folder that is removed with all in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// A CA and a certificate of it for `names`, such as "DNS:localhost,IP:127.0.0.1", made with openssl's command:
/// ca.crt, server.crt and server.key in the folder.
void make_certificates(const std::string& folder, const std::string& names);

class Mosquitto {
 public:
  /// `extra`: further lines of its configuration. With `tls` there are certificates for localhost and 127.0.0.1.
  explicit Mosquitto(bool tls = false, std::string extra = "", std::string names = "DNS:localhost,IP:127.0.0.1");
  ~Mosquitto();
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  uint16_t port() const noexcept { return port_; }
  std::string url() const;
  std::string ca() const { return folder_.path() + "/ca.crt"; }
  const std::string& folder() const noexcept { return folder_.path(); }
  /// Ends it as a crash would; `start` brings it up again on the same port.
  void kill();
  void start();
  /// SIGSTOP: the sockets stay, nobody answers.
  void freeze() const;
  void thaw() const;

 private:
  TemporaryFolder folder_;
  bool tls_;
  uint16_t port_ = 0;
  pid_t process_ = -1;
};

/// A port that was free a moment ago.
uint16_t free_port();

}  // namespace culvert::test
