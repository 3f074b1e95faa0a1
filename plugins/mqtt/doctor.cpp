// SPDX-License-Identifier: MIT
#include "doctor.hpp"

#include "client_id.hpp"
#include "doctor_session.hpp"
#include "doctor_way.hpp"
#include "tls_authority.hpp"
#include "wire.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <exception>

namespace culvert::mqtt {

namespace {

// Certificates of today's authorities end before.
constexpr int64_t year_2100_s = 4'102'444'800;

std::string day_words(int64_t time_s) {
  std::array<char, 32> text{};
  std::tm when{};
  gmtime_r(&time_s, &when);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &when)};
}

void look_at_clock(DoctorReport& report) {
  const int64_t now_s = wall_clock_s();
  const std::string words = "it is " + day_words(now_s);
  constexpr std::string_view hint = "set it, or wait until it is set: every certificate is dated (timedatectl)";
  if (now_s < build_day_s()) {
    report.failed(step::clock, words + ", before this program was built", hint);
  } else if (now_s > year_2100_s) {
    report.failed(step::clock, words + ", after every certificate", hint);
  } else {
    report.ok(step::clock, words);
  }
}

/// The node's own, without making one: a session under it would be taken over.
std::string client_id_of(const Options& options, const Host& host) {
  if (!options.client_id.empty()) { return options.client_id; }
  try {
    return ClientIdFile{host.state_dir(), host.node_name()}.load().value_or(std::string{host.node_name()});
  } catch (const std::exception&) { return std::string{host.node_name()}; }
}

/// A topic holds no wildcard, and a client id may.
std::string default_topic(std::string id) {
  std::replace_if(
      id.begin(), id.end(), [](char c) { return c == '+' || c == '#'; }, '_');
  return "culvert/doctor/" + id;
}

bool visit_all(const Options& options, const Host& host, const culvert_diagnosis& diagnosis) {
  const std::string id = client_id_of(options, host);
  const std::string topic = diagnosis.topic.size > 0 ? std::string{view(diagnosis.topic)} : default_topic(id);
  bool good = true;
  for (const Url& url : options.urls) {
    auto steps = DoctorWay::steps(url, options.reach);
    const auto more = DoctorSession::steps(options);
    steps.insert(steps.end(), more.begin(), more.end());
    DoctorReport report{diagnosis, url.text, std::move(steps)};
    DoctorWay way{url, options.reach, options.connect_timeout_ns, report};
    if (auto upstream = way.walk()) {
      const bool is_clear = !url.tls && (!url.is_loopback() || options.reach.proxy);
      DoctorSession{options, {id + "-doctor", topic, is_clear}, report}.visit(std::move(*upstream), way);
    }
    good = good && !report.has_failed();
  }
  return good;
}

culvert_status diagnose(const culvert_host* raw_host, const culvert_settings* settings,
                        const culvert_diagnosis* diagnosis) noexcept {
  const Host host{raw_host};
  try {
    DoctorReport report{*diagnosis, {}, {}};
    Options options;
    try {
      options = read_options(host, Settings{*settings});
    } catch (const std::exception& error) {
      report.failed(step::options, error.what(), "'culvert inspect mqtt' says what each option takes");
      return CULVERT_FAILED;
    }
    look_at_clock(report);
    const bool good = visit_all(options, host, *diagnosis);
    forget_handshakes();
    return good && !report.has_failed() ? CULVERT_OK : CULVERT_FAILED;
  } catch (const std::exception& error) {
    host.error(error.what());
    return CULVERT_FAILED;
  }
}

constexpr culvert_doctor_v1 table{sizeof(culvert_doctor_v1), 0, diagnose};

}  // namespace

const culvert_doctor_v1* doctor_extension() noexcept { return &table; }

int64_t build_day_s() {
  std::tm when{};
  // "Nov 26 2026", in English whatever the locale: the program leaves it at "C".
  return strptime(__DATE__, "%b %d %Y", &when) != nullptr ? timegm(&when) : 0;
}

}  // namespace culvert::mqtt
