// SPDX-License-Identifier: MIT
#include "connector.hpp"

#include "clock.hpp"
#include "environment.hpp"
#include "words.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace culvert::mqtt {

namespace {

constexpr int64_t second_ns = 1'000'000'000;
// A connection that held this long was a good one: the next failure starts with a short wait again.
constexpr int64_t good_ns = 5 * second_ns;

const char* name_of(Version version) { return version == Version::v5 ? "MQTT 5" : "MQTT 3.1.1"; }

}  // namespace

Connector::Connector(Host host, const Settings& settings)
    : Node{host},
      options_{read_options(host, settings)},
      flow_{options_.max_unsettled},
      id_file_{host, ids_},
      events_{host},
      loop_guard_{options_.loop_guard},
      publisher_{host, options_, loop_guard_, counts_},
      subscriber_{host, options_.subscriptions},
      status_{host, options_.status_topic},
      intake_{host, flow_, loop_guard_, counts_},
      client_id_file_{host.state_dir(), host.node_name()},
      client_id_{options_.client_id},
      endpoints_{options_.urls, options_.version, options_.backoff_min_ns, options_.backoff_max_ns},
      failback_{options_.failback_ns},
      version_{endpoints_.version()},
      paho_version_{version_} {}

void Connector::start() {
  check_environment();
  if (client_id_.empty()) { load_client_id(); }
  if (options_.reach.tls.insecure_skip_verify) {
    host().warn("option 'tls.insecure_skip_verify' is on: whoever answers is taken for the broker");
  }
  id_file_.begin();
  relay_ = std::make_unique<Relay>(flow_, ids_, events_);
  paho_ = std::make_unique<Paho>(relay_->port(), events_);
  connect_paho(now_ns());
  dial();
}

void Connector::load_client_id() {
  bool damaged = false;
  client_id_ = client_id_file_.load_or_make(damaged);
  if (!damaged) { return; }
  host().warn("the client id file '" + client_id_file_.path() + "' was damaged: the client id is '" + client_id_ +
              "' from now on, and the broker's session of the former one is not resumed");
}

void Connector::enter(State state) {
  if (!may_follow(state_, state)) { throw std::logic_error{"the connector's states are out of order"}; }
  state_ = state;
}

int64_t Connector::poll(int64_t now) {
  if (state_ == State::idle || state_ == State::stopping) { return CULVERT_NEVER; }
  drain(now);
  intake_.drain(now);
  pass_settled();
  intake_.say_drops(now);
  // All that Paho still has is repeated first, or comes back in a new session, so that nothing overtakes it.
  const bool resumed = connack_.session_present && resumes_;
  const bool settled = resumed ? publisher_.is_repeated() : publisher_.under_way() == 0;
  if (state_ == State::subscribing && subscriber_.is_answered() && settled) { up(now); }
  if (subscriber_.is_late(now) || (state_ == State::subscribing && now >= up_by_ns_)) {
    relay_->cut(subscriber_.is_answered() ? "what was on its way does not go on in time"
                                          : "no answer to SUBSCRIBE in time");
  }
  if (wants_paho() && now >= paho_next_ns_) { connect_paho(now); }
  if (state_ == State::backing_off && now >= retry_ns_) { dial(); }
  if (state_ == State::up && now >= failback_.due_ns()) { look_back(); }
  if (state_ == State::up && now >= fetch_ns()) { fetch(now); }
  if (state_ == State::leaving) { step_leaving(now); }
  const int64_t next = std::min({next_ns(), publisher_.poll(now), subscriber_.poll(now)});
  const bool rests = state_ == State::up && intake_.empty() && !overflowed_;
  return host().once() && rests && next == CULVERT_NEVER ? CULVERT_DONE : next;
}

int64_t Connector::next_ns() const noexcept {
  if (state_ == State::subscribing) { return up_by_ns_; }
  if (state_ == State::up) { return std::min(failback_.due_ns(), fetch_ns()); }
  if (state_ == State::leaving) { return leave_by_ns_; }
  const int64_t retry = state_ == State::backing_off ? retry_ns_ : CULVERT_NEVER;
  return wants_paho() ? std::min(retry, paho_next_ns_) : retry;
}

void Connector::drain(int64_t now) {
  events_.take(batch_);
  for (Event& each : batch_) {
    std::visit([&](auto& told) { on(told, now); }, each);
  }
  batch_.clear();
}

void Connector::room() {
  intake_.room();
  // All that follows from an empty intake is for the next poll.
  host().ready();
}

// Delivered, rejected and dropped: the broker is to hear of an end, not of how it came.
void Connector::acked(uint64_t token, culvert_status) {
  // The whole burst is passed on at once, by the next poll.
  if (!intake_.has_settled()) { host().ready(); }
  intake_.settle(token);
}

void Connector::pass_settled() {
  if (!relay_) { return; }
  const auto numbers = intake_.take_settled();
  const bool confirm = intake_.ask_to_confirm();
  if (confirm || !numbers.empty()) { relay_->settle(numbers, confirm); }
}

void Connector::quiesce() { intake_.shut(); }

culvert_status Connector::reconfigure(const Settings& settings) {
  Options wanted = read_options(host(), settings);
  // By default these depend on what is subscribed to, and a session has them from its begin.
  const bool is_same_session =
      wanted.clean_start == options_.clean_start && wanted.session_expiry_s == options_.session_expiry_s;
  if (!is_same_session) { return CULVERT_REJECTED; }
  subscriber_.change(std::move(wanted.subscriptions), now_ns());
  host().ready();
  return CULVERT_OK;
}

// A session that is to outlive connections is begun anew only once.
bool Connector::is_clean() const noexcept {
  const bool resumes = version_ == Version::v5 && options_.session_expiry_s > 0 && endpoints_.was_accepted();
  return options_.clean_start && !resumes;
}

// A client of Paho that has spoken 3.1.1 never speaks 5 again.
void Connector::remake_paho(int64_t now) {
  paho_.reset();
  // What it still said comes first, then what it took along: no late word is taken for one of its successor.
  drain(now);
  publisher_.give_back(now);
  status_.forget();
  paho_version_ = version_;
  relay_->renew_ids();
  paho_ = std::make_unique<Paho>(relay_->port(), events_);
}

// Paho waits at the relay until the broker is reached.
void Connector::connect_paho(int64_t now) {
  if (paho_version_ != version_) { remake_paho(now); }
  constexpr int64_t not_more_often_ns = 100'000'000;
  paho_next_ns_ = now + not_more_often_ns;
  paho_busy_ = true;
  paho_->connect(version_, asks_for_session());
}

void Connector::dial() {
  enter(State::dialing);
  host().set_link(CULVERT_LINK_CONNECTING, endpoints_.url().text);
  connack_ = {};
  accepted_ = false;
  resumes_ = !session_of_ || *session_of_ == endpoints_.index();
  relay_busy_ = true;
  relay_->dial(destination());
}

Destination Connector::destination() const {
  ConnectFields fields;
  fields.version = version_;
  fields.client_id = client_id_;
  fields.username = options_.username;
  fields.password = options_.password;
  fields.will = status_.is_wanted() ? status_.will(endpoints_.retains(), endpoints_.maximum_qos()) : options_.will;
  fields.keep_alive_s = options_.keep_alive_s;
  fields.clean_start = is_clean();
  fields.session_expiry_s = options_.session_expiry_s;
  return {.url = endpoints_.url(),
          .reach = options_.reach,
          .version = version_,
          .connect = encode_connect(fields),
          .keep_alive_s = options_.keep_alive_s,
          .timeout_ns = options_.connect_timeout_ns,
          .topic_alias = options_.topic_alias,
          .resumes = resumes_,
          .clean_start = is_clean(),
          .keeps_session = asks_for_session()};
}

void Connector::up(int64_t now) {
  enter(State::up);
  ++counts_.connected;
  up_since_ns_ = now;
  relay_->take_publishes();
  status_.publish(*paho_, connack_, true);
  publisher_.open(*paho_, version_, connack_);
  const std::string detail = describe();
  // Of a connection that came again for what was left to the session nobody needs to hear.
  if (std::exchange(fetching_, false) && connack_.session_present) {
    host().debug("connected again to " + detail);
  } else {
    host().info("connected to " + detail);
  }
  host().set_link(CULVERT_LINK_UP, detail);
  if (version_ == Version::v3 && !std::exchange(warned_v3_, true)) {
    host().warn("with MQTT 3.1.1 a broker may acknowledge messages that it drops");
  }
  say_expiry();
  returning_ = false;
  if (endpoints_.is_first() || host().once()) {
    failback_.reset();
  } else {
    failback_.begin(now, endpoints_.first_retry_ns());
  }
  host().ready();
}

std::string Connector::describe() const {
  return '\'' + endpoints_.url().text + "' (" + name_of(version_) + ", " + description_ + ", client id '" + client_id_ +
         (connack_.session_present ? "', session resumed)" : "', new session)");
}

bool Connector::wants_paho() const noexcept {
  return !paho_busy_ && (state_ == State::backing_off || state_ == State::dialing || state_ == State::connecting);
}

void Connector::fail(const Ending& ending, int64_t now) {
  const bool was_up = state_ == State::up;
  ++(was_up ? counts_.connection_lost : counts_.connect_failed);
  const std::string before = endpoints_.url().text;
  enter(State::backing_off);
  publisher_.close();
  subscriber_.close();
  failback_.pause();
  fetching_ = false;
  if (std::exchange(returning_, false)) { failback_.miss(); }
  const bool held = was_up && now - up_since_ns_ >= good_ns;
  const auto next = endpoints_.fail({ending, version_, was_up, held, client_id_, status_.is_wanted()}, now);
  retry_ns_ = next.at_ns;
  version_ = endpoints_.version();
  const std::string what =
      (was_up ? "connection to '" + before + "' lost: " : "connect to '" + before + "': ") + ending.why + next.words;
  host().error(what);
  host().set_link(CULVERT_LINK_DOWN, what);
}

bool Connector::asks_for_session() const noexcept {
  return version_ == Version::v5 ? options_.session_expiry_s > 0 : !options_.clean_start;
}

bool Connector::has_session() const noexcept {
  return version_ == Version::v5 ? expiry_s() > 0 : !options_.clean_start;
}

void Connector::say_expiry() {
  if (version_ != Version::v5 || expiry_s() >= options_.session_expiry_s || said_expiry_s_ == expiry_s()) { return; }
  said_expiry_s_ = expiry_s();
  host().warn(expiry_s() == 0 ? "the broker keeps no session: what it gets for this node while it is away is lost"
                              : "the broker keeps the session for " + duration_words(expiry_s() * second_ns) +
                                    ", not for " + duration_words(options_.session_expiry_s * second_ns));
}

}  // namespace culvert::mqtt
