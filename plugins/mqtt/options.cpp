// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "status_topic.hpp"
#include "tls_pin.hpp"
#include "tls_policy.hpp"
#include "tls_suites.hpp"
#include "wire.hpp"
#include "words.hpp"

#include <algorithm>
#include <stdexcept>

namespace culvert::mqtt {

namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr std::size_t longest_text = 65535;
// As many as the host lets a list have.
constexpr std::size_t most_subscriptions = 1024;

uint8_t qos_of(std::string_view key, std::string_view text) {
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '2') { return static_cast<uint8_t>(text[0] - '0'); }
  throw std::invalid_argument{"option '" + std::string{key} + "' must be 0, 1 or 2, got " + std::string{text}};
}

std::string_view without_control(std::string_view key, std::string_view text) {
  if (!has_control(text)) { return text; }
  throw std::invalid_argument{"option '" + std::string{key} + "' holds a control character, which brokers refuse"};
}

// Whole seconds, rounded up, so that a short time does not become none.
int64_t seconds(const Settings& settings, std::string_view key, int64_t otherwise_s) {
  return (settings.integer(key, otherwise_s * second_ns) + second_ns - 1) / second_ns;
}

RetainHandling retain_handling_of(std::string_view key, std::string_view text) {
  if (text == "always") { return RetainHandling::always; }
  if (text == "new") { return RetainHandling::when_new; }
  if (text == "never") { return RetainHandling::never; }
  throw std::invalid_argument{"option '" + std::string{key} + "' must be always, new or never, got '" +
                              std::string{text} + '\''};
}

Subscription read_subscription(const Settings& settings, const std::string& key, std::string_view filter) {
  Subscription wanted;
  wanted.filter = without_control(key + ".topic", filter);
  if (filter.empty() || filter.size() > longest_text) {
    throw std::invalid_argument{"option '" + key + ".topic' must have 1 to 65535 bytes"};
  }
  wanted.qos = qos_of(key + ".qos", settings.text(key + ".qos", "1"));
  wanted.no_local = settings.flag(key + ".no_local");
  wanted.retain_as_published = settings.flag(key + ".retain_as_published");
  wanted.retain_handling =
      retain_handling_of(key + ".retain_handling", settings.text(key + ".retain_handling", "always"));
  if (!wanted.is_shared()) { return wanted; }
  if (const auto fault = fault_of_shared(filter); !fault.empty()) {
    throw std::invalid_argument{"option '" + key + ".topic' " + std::string{fault} + ", got '" + wanted.filter + '\''};
  }
  if (wanted.no_local) {
    throw std::invalid_argument{"option '" + key + ".no_local' is not possible with the shared subscription '" +
                                wanted.filter + '\''};
  }
  return wanted;
}

std::vector<Subscription> read_subscriptions(const Settings& settings) {
  std::vector<Subscription> found;
  for (;;) {
    const std::string key = "subscribe[" + std::to_string(found.size()) + ']';
    const auto topic = settings.find(key + ".topic");
    if (!topic) { return found; }
    Subscription wanted = read_subscription(settings, key, *topic);
    if (std::any_of(found.begin(), found.end(), [&](const auto& each) { return each.filter == wanted.filter; })) {
      throw std::invalid_argument{"option 'subscribe' names '" + wanted.filter + "' twice"};
    }
    found.push_back(std::move(wanted));
    if (found.size() > most_subscriptions) {
      throw std::invalid_argument{"option 'subscribe' has more than 1024 topics"};
    }
  }
}

std::optional<Will> read_will(const Settings& settings) {
  const auto topic = settings.find("will.topic");
  if (!topic) { return std::nullopt; }
  Will will;
  will.topic = without_control("will.topic", *topic);
  will.payload = settings.text("will.payload");
  will.qos = qos_of("will.qos", settings.text("will.qos", "0"));
  will.retain = settings.flag("will.retain");
  if (will.topic.empty() || will.topic.size() > longest_text || will.payload.size() > longest_text) {
    throw std::invalid_argument{"option 'will': topic and payload must have at most 65535 bytes, the topic at least 1"};
  }
  return will;
}

// What is said about publishing.
void read_out(Host host, const Settings& settings, Options& options) {
  options.qos = qos_of("qos", settings.text("qos", "1"));
  options.retain = settings.flag("retain");
  options.window = static_cast<uint32_t>(std::clamp<int64_t>(settings.integer("window", 64), 1, 64));
  options.max_rate = settings.number("max_rate");
  options.burst = static_cast<uint32_t>(std::clamp<int64_t>(settings.integer("burst", 1), 1, 1'000'000));
  options.message_expiry_s =
      static_cast<uint32_t>(std::clamp<int64_t>(seconds(settings, "message_expiry", 0), 0, 0xffffffff));
  options.will = read_will(settings);
  options.status_topic = make_status_topic(host, settings.text("status_topic"));
  if (options.will && !options.status_topic.empty()) {
    throw std::invalid_argument{"options 'will' and 'status_topic' exclude each other: a connection has one will"};
  }
}

// Without a look at any file: what can be known without one is said before anything is opened.
void check_tls(const TlsOptions& tls) {
  if (tls.cert.empty() != tls.key.empty()) {
    throw std::invalid_argument{"options 'tls.cert' and 'tls.key' go together: give both or neither"};
  }
  const TlsVersion min = parse_version(tls.min_version, "tls.min_version");
  const TlsVersion max = parse_version(tls.max_version, "tls.max_version");
  if (min > max) {
    throw std::invalid_argument{"option 'tls.min_version' (" + tls.min_version + ") is above 'tls.max_version' (" +
                                tls.max_version + ')'};
  }
  choose_suites(tls.ciphers, min, max);
  for (const std::string& pin : tls.pins) { read_pin(pin); }
  require_protocol_names(tls.alpn);
  if (!tls.server_name.empty()) { parse_peer_name(tls.server_name); }
}

TlsOptions read_tls(const Settings& settings) {
  TlsOptions tls;
  tls.ca = settings.text("tls.ca");
  tls.crl = settings.text("tls.crl");
  tls.cert = settings.text("tls.cert");
  tls.key = settings.text("tls.key");
  tls.key_password = settings.text("tls.key_password");
  tls.server_name = settings.text("tls.server_name");
  tls.min_version = settings.text("tls.min_version", "1.2");
  tls.max_version = settings.text("tls.max_version", "1.3");
  tls.ciphers = settings.list("tls.ciphers");
  tls.pins = settings.list("tls.pin");
  tls.alpn = settings.list("tls.alpn");
  tls.insecure_skip_verify = settings.flag("tls.insecure_skip_verify");
  check_tls(tls);
  return tls;
}

Reach read_reach(const Settings& settings) {
  Reach reach;
  reach.tls = read_tls(settings);
  if (const auto proxy = settings.find("proxy")) {
    reach.proxy =
        parse_proxy(*proxy, std::string{settings.text("proxy_username")}, std::string{settings.text("proxy_password")});
  }
  if (const auto bind = settings.find("bind")) { reach.bind = Bind{std::string{*bind}}; }
  return reach;
}

// The first TLS option that differs from what holds without it; empty when there is none.
std::string_view tls_option_in(const TlsOptions& tls) {
  const TlsOptions plain;
  if (!tls.ca.empty()) { return "tls.ca"; }
  if (!tls.crl.empty()) { return "tls.crl"; }
  if (!tls.cert.empty()) { return "tls.cert"; }
  if (!tls.key.empty()) { return "tls.key"; }
  if (!tls.key_password.empty()) { return "tls.key_password"; }
  if (!tls.server_name.empty()) { return "tls.server_name"; }
  if (tls.min_version != plain.min_version) { return "tls.min_version"; }
  if (tls.max_version != plain.max_version) { return "tls.max_version"; }
  if (!tls.ciphers.empty()) { return "tls.ciphers"; }
  if (!tls.pins.empty()) { return "tls.pin"; }
  if (!tls.alpn.empty()) { return "tls.alpn"; }
  return tls.insecure_skip_verify ? "tls.insecure_skip_verify" : "";
}

// Who names an authority wants TLS: a password must not go in clear because an 's' was forgotten.
void check_tls_is_used(const Options& options) {
  const auto option = tls_option_in(options.reach.tls);
  if (option.empty() || std::any_of(options.urls.begin(), options.urls.end(), [](const Url& url) { return url.tls; })) {
    return;
  }
  throw std::invalid_argument{"option '" + std::string{option} + "' is of no use with '" + options.urls.front().text +
                              "': write mqtts://"};
}

void check_together(const Options& options) {
  check_tls_is_used(options);
  if (options.backoff_min_ns > options.backoff_max_ns) {
    throw std::invalid_argument{"option 'backoff.min' (" + duration_words(options.backoff_min_ns) +
                                ") is above 'backoff.max' (" + duration_words(options.backoff_max_ns) + ')'};
  }
  // Behind a proxy the loopback is the proxy's own.
  const bool exposed = std::any_of(options.urls.begin(), options.urls.end(), [&](const Url& url) {
    return url.tls && (!url.is_loopback() || options.reach.proxy);
  });
  if (options.reach.tls.insecure_skip_verify && options.password && exposed) {
    throw std::invalid_argument{
        "option 'tls.insecure_skip_verify' would show the password to anybody who answers: remove one of the two, or "
        "use a broker on this host"};
  }
  if (options.password && options.username.empty() && options.version == Version::v3) {
    throw std::invalid_argument{"option 'password' needs 'username' with MQTT 3.1.1"};
  }
  if (options.username.size() > longest_text || options.client_id.size() > longest_text ||
      (options.password && options.password->size() > longest_text)) {
    throw std::invalid_argument{"options 'username', 'password' and 'client_id' must have at most 65535 bytes"};
  }
}

}  // namespace

Options read_options(Host host, const Settings& settings) {
  Options options;
  auto urls = settings.list("url");
  if (urls.empty() && settings.find("url")) { urls.emplace_back(settings.text("url")); }
  if (urls.empty()) { throw std::invalid_argument{"option 'url' is missing"}; }
  for (const auto& each : urls) { options.urls.push_back(parse_url(each)); }
  options.username = without_control("username", settings.text("username"));
  if (const auto password = settings.find("password")) { options.password = std::string{*password}; }
  options.client_id = without_control("client_id", settings.text("client_id"));
  const auto version = settings.text("version", "auto");
  if (version != "auto") { options.version = version == "5" ? Version::v5 : Version::v3; }
  options.keep_alive_s = static_cast<uint16_t>(std::clamp<int64_t>(seconds(settings, "keep_alive", 60), 0, 65535));
  options.subscriptions = read_subscriptions(settings);
  const bool session = std::any_of(options.subscriptions.begin(), options.subscriptions.end(),
                                   [](const Subscription& each) { return each.qos > 0; });
  const auto clean = settings.find("clean_start");
  options.clean_start = clean ? *clean == "true" : !session;
  const int64_t expiry = seconds(settings, "session_expiry", options.clean_start ? 0 : 7200);
  options.session_expiry_s = static_cast<uint32_t>(std::clamp<int64_t>(expiry, 0, 0xffffffff));
  options.failback_ns = settings.integer("failback", 60 * second_ns);
  options.connect_timeout_ns = settings.integer("connect_timeout", 10 * second_ns);
  options.backoff_min_ns = settings.integer("backoff.min", second_ns);
  options.backoff_max_ns = settings.integer("backoff.max", 30 * second_ns);
  read_out(host, settings, options);
  options.loop_guard = settings.text("loop_guard", "true") == "true";
  options.topic_alias = settings.text("topic_alias", "true") == "true";
  options.max_unsettled = settings.integer("max_unsettled", 8 << 20);
  options.reach = read_reach(settings);
  check_together(options);
  return options;
}

}  // namespace culvert::mqtt
