// SPDX-License-Identifier: MIT
#include "selftest.hpp"

#include "selftest_case.hpp"
#include "tls_authority.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <utility>

namespace culvert::mqtt {
namespace {

using namespace selftest;

std::string date_text(std::int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%d-%02u-%02u", static_cast<int>(day.year()),
                      static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

/// With a clock that is far off nothing can be said: good certificates are not valid, and expired ones are.
Finding clock_is_sane() {
  const std::int64_t now = wall_clock_s();
  const bool sane = now > good_from_s && now < good_until_s;
  std::string happened = "it is " + date_text(now);
  if (!sane) { happened += " by this box's clock: set it, then run the selftest again"; }
  return {sane, std::move(happened)};
}

SelftestLine line_of(const Case& one, const Files& files) {
  SelftestLine line{Verdict::failed, one.name, one.tried, one.expected, {}};
  try {
    Finding finding = one.run(files);
    line.verdict = finding.holds ? Verdict::ok : Verdict::failed;
    line.happened = files.readable(std::move(finding.happened));
  } catch (const CannotPlay& why) {
    // Where no good server can be played, nothing would be proven by what is left.
    if (!one.expected.starts_with("accepted")) { line.verdict = Verdict::not_run; }
    line.happened = why.what();
  } catch (const std::exception& error) { line.happened = files.readable(error.what()); }
  return line;
}

}  // namespace

void run_selftest(const std::function<void(const SelftestLine&)>& report) {
  Cases cases;
  add_certificates(cases);
  add_handshakes(cases);
  add_offers(cases);
  add_options(cases);
  const Finding clock = clock_is_sane();
  report({clock.holds ? Verdict::ok : Verdict::failed, "clock", "this box's clock",
          "between " + date_text(good_from_s) + " and " + date_text(good_until_s), clock.happened});
  const Files files;
  for (const Case& one : cases) {
    if (clock.holds) {
      report(line_of(one, files));
    } else {
      report({Verdict::not_run, one.name, one.tried, one.expected, "the clock is wrong, see the first line"});
    }
  }
  forget_handshakes();
}

}  // namespace culvert::mqtt
