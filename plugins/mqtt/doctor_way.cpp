// SPDX-License-Identifier: MIT
#include "doctor_way.hpp"

#include "clock.hpp"
#include "doctor_tcp.hpp"
#include "tls_authority.hpp"
#include "tls_pin.hpp"
#include "words.hpp"

#include <poll.h>

#include <algorithm>
#include <stdexcept>

namespace culvert::mqtt {

namespace {

constexpr int64_t day_s = 86400;
// Time enough to renew it without hurry.
constexpr int64_t few_days = 14;

std::string in_ticks(const std::string& text) { return '\'' + text + '\''; }

// "'broker' by 'Test intermediate' by 'Test CA'": who vouches for whom.
std::string chain_words(const std::vector<Certificate>& chain) {
  std::string words = in_ticks(chain.front().subject_text);
  for (const Certificate& each : chain) {
    if (!each.self_issued()) { words += " by " + in_ticks(each.issuer_text); }
  }
  return words;
}

// What a broker that was refused has shown; empty when that was nothing.
std::string shown_words(const TlsSession& tls) {
  if (tls.shown().empty()) { return {}; }
  const std::string names = names_of(tls.shown().front());
  return "the broker showed " + chain_words(tls.shown()) + (names.empty() ? "" : ", for " + names);
}

bool wait(const Dial::Wish& wish) {
  const int64_t left_ms = (wish.until_ns - now_ns() + 999'999) / 1'000'000;
  pollfd entry{wish.descriptor, wish.events, 0};
  return left_ms > 0 && ::poll(&entry, 1, static_cast<int>(std::min<int64_t>(left_ms, 1'000'000))) >= 0;
}

// What `step` of a dial waits for has a time of its own; when that is over, the next step says so.
void finish(Dial& dial) {
  while (!dial.step(now_ns())) { wait(dial.wish()); }
}

std::string_view advice_on(ProxyError::Wrong wrong) {
  switch (wrong) {
    case ProxyError::Wrong::protocol:
      break;
    case ProxyError::Wrong::sign_in:
      return "see 'proxy_username' and 'proxy_password'";
    case ProxyError::Wrong::forbidden:
      return "the proxy does not let this box go to the host and port in 'url': see its rules";
    case ProxyError::Wrong::beyond:
      return "the proxy does not reach the broker: is its name known there, is it running, and is this its port?";
  }
  return "is this the proxy's port, and does 'proxy' begin with what it speaks, http:// or socks5://?";
}

}  // namespace

DoctorWay::DoctorWay(const Url& url, const Reach& reach, int64_t timeout_ns, DoctorReport& report)
    : url_{url}, reach_{reach}, timeout_ns_{timeout_ns}, report_{report} {}

std::vector<std::string_view> DoctorWay::steps(const Url& url, const Reach& reach) {
  std::vector<std::string_view> all{step::name, step::tcp};
  if (reach.proxy) { all.push_back(step::proxy); }
  if (url.tls) { all.insert(all.end(), {step::tls, step::certificate}); }
  return all;
}

std::optional<Upstream> DoctorWay::walk() {
  if (!look_up()) { return report_.abandon_after(step::name), std::nullopt; }
  if (!try_addresses()) { return report_.abandon_after(step::tcp), std::nullopt; }
  return dial();
}

Upstream DoctorWay::walk_again() {
  dial_ = std::make_unique<Dial>(resolver_, url_, reach_, now_ns() + timeout_ns_);
  finish(*dial_);
  return dial_->take();
}

bool DoctorWay::look_up() {
  const int64_t begun_ns = now_ns(), until_ns = begun_ns + timeout_ns_;
  const std::string host = in_ticks(first_hop().host);
  const std::string of = reach_.proxy ? "the proxy's name " + host : host;
  resolver_.start(first_hop().host, first_hop().port);
  while (resolver_.state() == Resolver::State::busy && wait({resolver_.descriptor(), POLLIN, until_ns})) {}
  if (resolver_.state() == Resolver::State::busy) {
    report_.failed(step::name, of + ": no answer in time", "does the box reach its name server?");
    return false;
  }
  if (resolver_.state() == Resolver::State::failed) {
    report_.failed(step::name, of + ": " + resolver_.why(),
                   "is the name spelt right, and does the box reach its name server?");
    return false;
  }
  addresses_ = resolver_.addresses();
  std::string all;
  for (const Address& each : addresses_) { all += (all.empty() ? "" : ", ") + each.text(); }
  report_.ok(step::name, of + " is " + all + " (" + duration_words(now_ns() - begun_ns) + ")");
  return true;
}

bool DoctorWay::try_addresses() {
  const auto trials = try_all(addresses_, reach_.bind, now_ns() + timeout_ns_);
  const auto is_good = [](const TcpTrial& each) { return each.fits && each.fault.empty(); };
  const bool any = std::any_of(trials.begin(), trials.end(), is_good);
  for (const TcpTrial& each : trials) {
    if (!each.fits) {
      report_.warning(step::tcp, each.address + " was passed over: " + reach_.bind.words(), "");
    } else if (each.fault.empty()) {
      report_.ok(step::tcp, each.address + " answers (" + duration_words(each.took_ns) + ")");
    } else if (any) {
      report_.warning(step::tcp, each.fault, "the others are used; each try on this one costs time");
    } else {
      report_.failed(step::tcp, each.fault,
                     each.left ? "is it running, is this its port, and does every firewall let the box through?"
                               : "see 'bind', and what 'ip address' shows: is the interface there, and up?");
    }
  }
  if (!any && std::none_of(trials.begin(), trials.end(), [](const TcpTrial& each) { return each.fits; })) {
    report_.failed(step::tcp, "no address fits: " + reach_.bind.words(), "bind to an address of the other family");
  }
  return any;
}

std::optional<Upstream> DoctorWay::dial() {
  const int64_t begun_ns = now_ns();
  try {
    dial_ = std::make_unique<Dial>(resolver_, url_, reach_, begun_ns + timeout_ns_);
    finish(*dial_);
    tell_reached(*dial_, now_ns() - begun_ns);
    return dial_->take();
  } catch (const ProxyError& error) {
    report_.failed(step::proxy, error.what(), advice_on(error.wrong()));
    report_.abandon_after(step::proxy);
  } catch (const std::runtime_error& error) {
    const std::string_view at = failed_step();
    const TlsSession* tls = dial_ ? dial_->tls() : nullptr;
    if (tls != nullptr) { tell_proxy(); }
    const std::string shown = tls != nullptr ? shown_words(*tls) : std::string{};
    report_.failed(at, error.what(), shown.empty() ? advice_at(at) : shown);
    report_.abandon_after(at);
  }
  return std::nullopt;
}

std::string DoctorWay::advice_at(std::string_view at) const {
  if (at == step::proxy) { return std::string{advice_on(ProxyError::Wrong::protocol)}; }
  if (at != step::tls) { return "it answered a moment ago: try again"; }
  return dial_
             ? "is this the broker's port for TLS? without TLS 'url' begins with mqtt://; see the options 'tls.*', too"
             : "see the options 'tls.*' and their files";
}

std::string_view DoctorWay::failed_step() const {
  // Without a dial the options of TLS made no context.
  if (!dial_) { return url_.tls ? step::tls : step::tcp; }
  switch (dial_->phase()) {
    case Dial::Phase::lookup:
    case Dial::Phase::connect:
      break;  // It was there a moment ago.
    case Dial::Phase::tunnel:
      return step::proxy;
    case Dial::Phase::handshake:
      return step::tls;
  }
  return step::tcp;
}

void DoctorWay::tell_proxy() const {
  if (reach_.proxy) { report_.ok(step::proxy, in_ticks(reach_.proxy->url.text) + " connects to the broker"); }
}

void DoctorWay::tell_reached(const Dial& dial, int64_t took_ns) const {
  tell_proxy();
  const TlsSession* tls = dial.tls();
  if (tls == nullptr) { return; }
  const std::string name = tls->asked_name();
  report_.ok(step::tls,
             tls->description() + ", " +
                 (name.empty() ? "asked for no name, since an address has none" : "asked for " + in_ticks(name)) +
                 " (" + duration_words(took_ns) + ")");
  tell_certificate(*tls);
}

void DoctorWay::tell_certificate(const TlsSession& tls) const {
  const auto& chain = tls.shown();
  if (chain.empty()) {
    report_.warning(step::certificate, "nobody looked at it: 'tls.insecure_skip_verify' is on", "set 'tls.ca' instead");
    return;
  }
  const Certificate& leaf = chain.front();
  const auto first_to_go = std::min_element(
      chain.begin(), chain.end(), [](const auto& one, const auto& other) { return one.not_after < other.not_after; });
  const int64_t days = (first_to_go->not_after - wall_clock_s()) / day_s;
  const std::string words =
      chain_words(chain) + ", for " + names_of(leaf) + ", " + std::to_string(days) + " days left, key " + pin_of(leaf);
  if (days >= few_days) { return report_.ok(step::certificate, words); }
  report_.warning(step::certificate, words, "renew " + in_ticks(first_to_go->subject_text) + " soon");
}

}  // namespace culvert::mqtt
