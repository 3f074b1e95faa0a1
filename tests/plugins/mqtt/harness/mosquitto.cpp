// SPDX-License-Identifier: MIT
#include "mosquitto.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

extern char** environ;

namespace culvert::test {

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool answers(uint16_t port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool up = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return up;
}

pid_t spawn(std::vector<std::string> words, const std::string& output) {
  std::vector<char*> arguments;
  for (auto& each : words) { arguments.push_back(each.data()); }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t process = -1;
  const int code = posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) { throw std::runtime_error{"cannot start " + words[0]}; }
  return process;
}

void run(std::vector<std::string> words, const std::string& output) {
  const pid_t process = spawn(std::move(words), output);
  int status = 0;
  waitpid(process, &status, 0);
  if (status != 0) { throw std::runtime_error{"a command failed, see " + output}; }
}

}  // namespace

uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "culvert-mqtt-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) { throw std::runtime_error{"cannot make a folder"}; }
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void make_certificates(const std::string& folder, const std::string& names) {
  const std::string log = folder + "/openssl.log";
  const auto at = [&](const char* name) { return folder + '/' + name; };
  std::ofstream{at("leaf.ext")} << "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
                                << "subjectAltName=" << names << '\n';
  run({"openssl",
       "req",
       "-x509",
       "-newkey",
       "ec",
       "-pkeyopt",
       "ec_paramgen_curve:P-256",
       "-nodes",
       "-days",
       "2",
       "-subj",
       "/CN=Test CA",
       "-addext",
       "basicConstraints=critical,CA:TRUE",
       "-addext",
       "keyUsage=critical,keyCertSign,cRLSign",
       "-keyout",
       at("ca.key"),
       "-out",
       at("ca.crt")},
      log);
  run({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=broker",
       "-keyout", at("server.key"), "-out", at("server.csr")},
      log);
  run({"openssl", "x509", "-req", "-in", at("server.csr"), "-CA", at("ca.crt"), "-CAkey", at("ca.key"),
       "-CAcreateserial", "-days", "1", "-extfile", at("leaf.ext"), "-out", at("server.crt")},
      log);
}

Mosquitto::Mosquitto(bool tls, std::string extra, std::string names) : tls_{tls}, port_{free_port()} {
  std::ofstream file{folder_.path() + "/mosquitto.conf"};
  // As root it would give up its rights, and then not read its key.
  if (geteuid() == 0) { file << "user root\n"; }
  file << "listener " << port_ << " 127.0.0.1\n";
  if (extra.find("allow_anonymous") == std::string::npos) { file << "allow_anonymous true\n"; }
  if (tls) {
    make_certificates(folder_.path(), names);
    file << "certfile " << folder_.path() << "/server.crt\nkeyfile " << folder_.path() << "/server.key\n";
  }
  file << extra << '\n';
  file.close();
  start();
}

Mosquitto::~Mosquitto() { kill(); }

std::string Mosquitto::url() const {
  return (tls_ ? "mqtts://localhost:" : "mqtt://127.0.0.1:") + std::to_string(port_);
}

void Mosquitto::start() {
  process_ = spawn({"/usr/sbin/mosquitto", "-c", folder_.path() + "/mosquitto.conf"}, folder_.path() + "/broker.log");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!answers(port_)) {
    if (std::chrono::steady_clock::now() > until) { throw std::runtime_error{"the broker does not start"}; }
    poll(nullptr, 0, 5);
  }
}

void Mosquitto::kill() {
  if (process_ < 0) { return; }
  ::kill(process_, SIGKILL);
  ::kill(process_, SIGCONT);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

void Mosquitto::freeze() const { ::kill(process_, SIGSTOP); }
void Mosquitto::thaw() const { ::kill(process_, SIGCONT); }

}  // namespace culvert::test
