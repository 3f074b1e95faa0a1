// SPDX-License-Identifier: MIT
/// The main function of all unit tests: each test case is a line of TAP on stdout, in the form of tap.py. What doctest
/// has to say of one that failed is on stderr.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>

namespace {

/// Called by doctest on the main thread only.
class Tap : public doctest::IReporter {
 public:
  explicit Tap(const doctest::ContextOptions&) {}

  void test_run_start() override { say("TAP version 13"); }
  // Last, so that a run that was cut short has none and counts as failed.
  void test_run_end(const doctest::TestRunStats&) override { say("1.." + std::to_string(said_)); }
  void test_case_start(const doctest::TestCaseData& data) override { claim_ = data.m_name; }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    say((stats.testCaseSuccess ? "ok " : "not ok ") + std::to_string(++said_) + " - " + tame(claim_));
  }
  /// One that a filter left out is of another run; one that is marked as skipped is said, with its description for the
  /// reason.
  void test_case_skipped(const doctest::TestCaseData& data) override {
    if (!data.m_skip) { return; }
    const char* const why = data.m_description == nullptr ? "it is marked so" : data.m_description;
    say("ok " + std::to_string(++said_) + " - " + tame(data.m_name) + " # SKIP " + why);
  }

  void report_query(const doctest::QueryData&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}

 private:
  static void say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  }

  /// A '#' would begin a directive of TAP.
  static std::string tame(std::string claim) {
    for (size_t at = 0; (at = claim.find('#', at)) != std::string::npos;) { claim.replace(at, 1, "number"); }
    return claim;
  }

  std::string claim_;
  int said_ = 0;
};

}  // namespace

REGISTER_LISTENER("tap", 1, Tap);

int main(int count, char** arguments) {
  doctest::Context context{count, arguments};
  context.setCout(&std::cerr);
  return context.run();
}
