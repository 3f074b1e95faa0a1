// SPDX-License-Identifier: MIT
// A program as people write it with Paho's asynchronous library over OpenSSL, MQTT 5: a loop that publishes with a
// window, or a subscriber that counts. Both until SIGTERM.
//
//   bare_paho --port N --ca FILE [--qos N] [--topic T] [--size N] [--window N] [--rate N]
//   bare_paho --port N --ca FILE [--qos N] [--topic T] --gauge FILE                         the subscriber
#include "pace.hpp"

#include <MQTTAsync.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <stdexcept>

namespace {

using namespace bench;

class Client {
 public:
  explicit Client(const Options& options) : options_{options}, qos_{static_cast<int>(options.integer("qos", 1))} {
    if (const std::string path = options.text("gauge"); !path.empty()) { gauge_ = std::make_unique<Gauge>(path); }
    const std::string url = "ssl://localhost:" + options.text("port");
    MQTTAsync_createOptions creation = MQTTAsync_createOptions_initializer5;
    check(MQTTAsync_createWithOptions(&client_, url.c_str(), "bare-paho", MQTTCLIENT_PERSISTENCE_NONE, nullptr,
                                      &creation));
    check(MQTTAsync_setCallbacks(client_, this, nullptr, on_message, nullptr));
    connect();
  }

  void publish() {
    Pace pace{options_};
    std::string payload(static_cast<std::size_t>(options_.integer("size", 128)), '.');
    const std::string topic = options_.text("topic", "bench");
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.context = this;
    response.onSuccess5 = on_sent;
    response.onFailure5 = on_failure;
    MQTTAsync_message message = MQTTAsync_message_initializer;
    message.qos = qos_;
    for (;;) {
      pace.wait();
      wait([this] { return on_their_way_ < window_; });
      write_stamp(payload.data(), now_ns());
      message.payload = payload.data();
      message.payloadlen = static_cast<int>(payload.size());
      {
        const std::lock_guard lock{mutex_};
        ++on_their_way_;
      }
      check(MQTTAsync_sendMessage(client_, topic.c_str(), &message, &response));
    }
  }

  void subscribe() {
    MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
    response.context = this;
    response.onSuccess5 = on_success;
    response.onFailure5 = on_failure;
    ready_ = false;
    check(MQTTAsync_subscribe(client_, options_.text("topic", "bench").c_str(), qos_, &response));
    wait([this] { return ready_; });
    std::puts("ready");
    std::fflush(stdout);
    wait([] { return false; });
  }
  bool is_subscriber() const { return gauge_ != nullptr; }

 private:
  static void check(int code) {
    if (code != MQTTASYNC_SUCCESS) { throw std::runtime_error{"Paho answers " + std::to_string(code)}; }
  }
  void connect() {
    const std::string ca = options_.text("ca");
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    tls.trustStore = ca.c_str();
    tls.verify = 1;
    MQTTAsync_connectOptions connection = MQTTAsync_connectOptions_initializer5;
    connection.cleanstart = 1;
    connection.maxInflight = static_cast<int>(window_);
    connection.ssl = &tls;
    connection.context = this;
    connection.onSuccess5 = on_success;
    connection.onFailure5 = on_failure;
    check(MQTTAsync_connect(client_, &connection));
    wait([this] { return ready_; });
  }
  template <class Holds>
  void wait(Holds holds) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return failure_ != 0 || holds(); });
    if (failure_ != 0) { throw std::runtime_error{"refused, or no connection: " + std::to_string(failure_)}; }
  }
  template <class Change>
  static void change(void* self, Change change) {
    Client& client = *static_cast<Client*>(self);
    {
      const std::lock_guard lock{client.mutex_};
      change(client);
    }
    client.changed_.notify_one();
  }
  static void on_success(void* self, MQTTAsync_successData5*) {
    change(self, [](Client& client) { client.ready_ = true; });
  }
  static void on_sent(void* self, MQTTAsync_successData5*) {
    change(self, [](Client& client) { --client.on_their_way_; });
  }
  static void on_failure(void* self, MQTTAsync_failureData5* data) {
    change(self, [&](Client& client) { client.failure_ = data != nullptr && data->code != 0 ? data->code : -1; });
  }
  static int on_message(void* self, char* topic, int, MQTTAsync_message* message) {
    const Client& client = *static_cast<Client*>(self);
    client.gauge_->take({static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)});
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
  }

  const Options& options_;
  int qos_;
  std::size_t window_ = static_cast<std::size_t>(options_.integer("window", 64));
  std::unique_ptr<Gauge> gauge_;
  MQTTAsync client_ = nullptr;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t on_their_way_ = 0;  ///< guarded by mutex_
  bool ready_ = false;            ///< guarded by mutex_
  int failure_ = 0;               ///< guarded by mutex_
};

}  // namespace

int main(int argc, char** argv) try {
  const Options options{argc, argv};
  Client client{options};
  client.is_subscriber() ? client.subscribe() : client.publish();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bare_paho: %s\n", error.what());
  return 1;
}
