// SPDX-License-Identifier: MIT
#include "paho.hpp"

#include <MQTTAsync.h>

#include <cstdlib>
#include <stdexcept>

namespace culvert::mqtt {

namespace {

// What a response callback gets as its context: a number, and whose it is.
struct Context {
  PahoListener* listener = nullptr;
  uint32_t index = 0;
};

void check(int code, const char* what) {
  if (code != MQTTASYNC_SUCCESS) {
    const char* words = MQTTAsync_strerror(code);
    throw std::runtime_error{std::string{"MQTT client: "} + what + ": " +
                             (words == nullptr ? std::to_string(code) : words)};
  }
}

// A client that is never connected or destroyed. With the last client of the process Paho ends its threads and frees
// its globals, and that races with the next create.
void keep_library() {
  static const bool kept = [] {
    static MQTTAsync anchor = nullptr;
    MQTTAsync_init_options options = MQTTAsync_init_options_initializer;
    MQTTAsync_global_init(&options);
    check(MQTTAsync_create(&anchor, "tcp://127.0.0.1:1", "anchor", MQTTCLIENT_PERSISTENCE_NONE, nullptr), "create");
    return true;
  }();
  static_cast<void>(kept);
}

// Refers to the text it is given. Paho copies it in the call.
MQTTLenString borrowed(std::string_view text) {
  return {static_cast<int>(text.size()), const_cast<char*>(text.data())};
}

// Properties of MQTT 5 while a call is made.
class Properties {
 public:
  Properties() = default;
  ~Properties() { MQTTProperties_free(&all_); }
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;
  void add_pair(std::string_view name, std::string_view value) {
    MQTTProperty added{};
    added.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
    added.value.data = borrowed(name);
    added.value.value = borrowed(value);
    MQTTProperties_add(&all_, &added);
  }
  /// Nothing for an empty text.
  void add_text(MQTTPropertyCodes code, std::string_view value) {
    if (value.empty()) { return; }
    MQTTProperty added{};
    added.identifier = code;
    added.value.data = borrowed(value);
    MQTTProperties_add(&all_, &added);
  }
  void add_number(MQTTPropertyCodes code, uint32_t value) {
    MQTTProperty added{};
    added.identifier = code;
    added.value.integer4 = value;
    MQTTProperties_add(&all_, &added);
  }
  void add_flag(MQTTPropertyCodes code) {
    MQTTProperty added{};
    added.identifier = code;
    added.value.byte = 1;
    MQTTProperties_add(&all_, &added);
  }
  void add(const PublishProperties& given) {
    if (given.is_text) { add_flag(MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR); }
    if (given.expiry_s) { add_number(MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, *given.expiry_s); }
    add_text(MQTTPROPERTY_CODE_CONTENT_TYPE, given.content_type);
    add_text(MQTTPROPERTY_CODE_RESPONSE_TOPIC, given.response_topic);
    add_text(MQTTPROPERTY_CODE_CORRELATION_DATA, given.correlation_data);
    for (const auto& [name, value] : given.user) { add_pair(name, value); }
  }
  MQTTProperties& get() noexcept { return all_; }

 private:
  MQTTProperties all_ = MQTTProperties_initializer;
};

}  // namespace

struct Paho::Handle {
  MQTTAsync client = nullptr;
  PahoListener* listener = nullptr;
  Version version = Version::v5;
  std::string address;
  std::vector<Context> contexts;
  void* context(uint32_t index) { return &contexts.at(index); }
};

struct Paho::Callbacks {
  static PahoListener& to(void* context) noexcept { return *static_cast<PahoListener*>(context); }
  static const Context& of(void* context) noexcept { return *static_cast<const Context*>(context); }

  static void connected(void* context, MQTTAsync_successData*) noexcept { to(context).on_connected(); }
  static void connected5(void* context, MQTTAsync_successData5*) noexcept { to(context).on_connected(); }
  static void not_connected(void* context, MQTTAsync_failureData*) noexcept { to(context).on_disconnected(); }
  static void not_connected5(void* context, MQTTAsync_failureData5*) noexcept { to(context).on_disconnected(); }
  static void lost(void* context, char*) noexcept { to(context).on_disconnected(); }

  static void published(void* context, MQTTAsync_successData*) noexcept { end_publish(context, true); }
  static void published5(void* context, MQTTAsync_successData5*) noexcept { end_publish(context, true); }
  static void not_published(void* context, MQTTAsync_failureData*) noexcept { end_publish(context, false); }
  static void not_published5(void* context, MQTTAsync_failureData5*) noexcept { end_publish(context, false); }
  static void end_publish(void* context, bool acknowledged) noexcept {
    of(context).listener->on_published(of(context).index, acknowledged);
  }

  static void subscribed(void* context, MQTTAsync_successData* data) noexcept { end_subscribe(context, data->alt.qos); }
  static void subscribed5(void* context, MQTTAsync_successData5* data) noexcept {
    end_subscribe(context, data->reasonCode);
  }
  static void not_subscribed(void* context, MQTTAsync_failureData* data) noexcept {
    // Any other code says that the connection ended, of which everybody hears elsewhere.
    if (data->code == 0x80) { end_subscribe(context, data->code); }
  }
  static void not_subscribed5(void* context, MQTTAsync_failureData5* data) noexcept {
    if (data->reasonCode >= 0x80) { end_subscribe(context, data->reasonCode); }
  }
  static void end_subscribe(void* context, int reason) noexcept {
    of(context).listener->on_subscribed(of(context).index, static_cast<uint8_t>(reason));
  }

  static void unsubscribed(void* context, MQTTAsync_successData*) noexcept { end_unsubscribe(context, 0); }
  static void unsubscribed5(void* context, MQTTAsync_successData5* data) noexcept {
    end_unsubscribe(context, data->reasonCode);
  }
  static void end_unsubscribe(void* context, int reason) noexcept {
    of(context).listener->on_unsubscribed(of(context).index, static_cast<uint8_t>(reason));
  }
  static void disconnected(void* context, MQTTAsync_successData*) noexcept { to(context).on_disconnected(); }
  static void disconnected5(void* context, MQTTAsync_successData5*) noexcept { to(context).on_disconnected(); }

  // Paho demands one. The relay lets no PUBLISH through.
  static int arrived(void*, char* topic, int, MQTTAsync_message* message) noexcept {
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
  }
};

Paho::Paho(uint16_t relay_port, PahoListener& listener) : handle_{std::make_unique<Handle>()} {
  keep_library();
  handle_->listener = &listener;
  handle_->address = "tcp://127.0.0.1:" + std::to_string(relay_port);
  for (uint32_t i = 0; i < max_index; ++i) { handle_->contexts.push_back({&listener, i}); }
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer5;
  options.maxBufferedMessages = 1000;
  check(MQTTAsync_createWithOptions(&handle_->client, handle_->address.c_str(), "culvert", MQTTCLIENT_PERSISTENCE_NONE,
                                    nullptr, &options),
        "create");
  void* const context = &listener;
  const int code = MQTTAsync_setCallbacks(handle_->client, context, Callbacks::lost, Callbacks::arrived, nullptr);
  if (code != MQTTASYNC_SUCCESS) {
    MQTTAsync_destroy(&handle_->client);
    check(code, "set callbacks");
  }
}

Paho::~Paho() { MQTTAsync_destroy(&handle_->client); }

void Paho::connect(Version version, bool keeps_session) {
  handle_->version = version;
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
  Properties properties;
  if (version == Version::v5) {
    options = MQTTAsync_connectOptions_initializer5;
    // Paho connects before it is known to which broker: whether its session is new, CONNACK says.
    options.cleanstart = 0;
    options.onSuccess5 = Callbacks::connected5;
    options.onFailure5 = Callbacks::not_connected5;
    // Paho looks only at whether it is 0; what the broker hears stands in our own CONNECT.
    properties.add_number(MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, keeps_session ? 1u : 0u);
    options.connectProperties = &properties.get();
  } else {
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.cleansession = keeps_session ? 0 : 1;
    options.onSuccess = Callbacks::connected;
    options.onFailure = Callbacks::not_connected;
  }
  options.context = handle_->listener;
  options.keepAliveInterval = 0;
  options.automaticReconnect = 0;
  // The relay has the time-outs. Paho counts in milliseconds, in an int.
  options.connectTimeout = 1'000'000;
  check(MQTTAsync_connect(handle_->client, &options), "connect");
}

int Paho::subscribe(const Subscription& wanted, uint32_t index) {
  MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
  response.context = handle_->context(index);
  if (handle_->version == Version::v5) {
    response.onSuccess5 = Callbacks::subscribed5;
    response.onFailure5 = Callbacks::not_subscribed5;
    response.subscribeOptions.noLocal = wanted.no_local ? 1 : 0;
    response.subscribeOptions.retainAsPublished = wanted.retain_as_published ? 1 : 0;
    response.subscribeOptions.retainHandling = static_cast<unsigned char>(wanted.retain_handling);
  } else {
    response.onSuccess = Callbacks::subscribed;
    response.onFailure = Callbacks::not_subscribed;
  }
  const int code = MQTTAsync_subscribe(handle_->client, wanted.filter.c_str(), wanted.qos, &response);
  return code == MQTTASYNC_SUCCESS ? response.token : not_now;
}

bool Paho::unsubscribe(const std::string& filter, uint32_t index) {
  MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
  response.context = handle_->context(index);
  if (handle_->version == Version::v5) {
    response.onSuccess5 = Callbacks::unsubscribed5;
  } else {
    response.onSuccess = Callbacks::unsubscribed;
  }
  return MQTTAsync_unsubscribe(handle_->client, filter.c_str(), &response) == MQTTASYNC_SUCCESS;
}

int Paho::publish(const Publish& message, uint32_t slot) {
  MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;
  response.context = handle_->context(slot);
  Properties properties;
  if (handle_->version == Version::v5) {
    response.onSuccess5 = Callbacks::published5;
    response.onFailure5 = Callbacks::not_published5;
    properties.add(message.properties);
    response.properties = properties.get();
  } else {
    response.onSuccess = Callbacks::published;
    response.onFailure = Callbacks::not_published;
  }
  const int code = MQTTAsync_send(handle_->client, message.topic.c_str(), static_cast<int>(message.payload.size()),
                                  message.payload.data(), message.qos, message.retain ? 1 : 0, &response);
  if (code == MQTTASYNC_BAD_UTF8_STRING) { return never; }
  if (code != MQTTASYNC_SUCCESS) { return not_now; }
  return message.qos == 0 ? 0 : response.token;
}

bool Paho::disconnect() {
  MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
  options.timeout = 0;
  options.context = handle_->listener;
  if (handle_->version == Version::v5) {
    options.onSuccess5 = Callbacks::disconnected5;
  } else {
    options.onSuccess = Callbacks::disconnected;
  }
  return MQTTAsync_disconnect(handle_->client, &options) == MQTTASYNC_SUCCESS;
}

}  // namespace culvert::mqtt
