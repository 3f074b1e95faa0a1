// SPDX-License-Identifier: MIT
#include "connector.hpp"
#include "doctor.hpp"
#include "selftest.hpp"

#include <culvert/reconfigure.hpp>

#include <exception>
#include <string>
#include <string_view>

namespace culvert::mqtt {
namespace {

uint32_t number_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return CULVERT_SELFTEST_OK;
    case Verdict::not_run:
      return CULVERT_SELFTEST_NOT_RUN;
    case Verdict::failed:
      break;
  }
  return CULVERT_SELFTEST_FAILED;
}

culvert_text library() noexcept {
  static const std::string name = tls_library();
  return text(name);
}

culvert_status run(void* context, void (*report)(void*, const culvert_selftest_case*)) noexcept {
  try {
    run_selftest([&](const SelftestLine& line) {
      const culvert_selftest_case one{sizeof one,       number_of(line.verdict), text(line.name),
                                      text(line.tried), text(line.expected),     text(line.happened)};
      report(context, &one);
    });
    return CULVERT_OK;
  } catch (const std::exception&) { return CULVERT_FAILED; }
}

constexpr culvert_tls_selftest_v1 selftest_table{sizeof(culvert_tls_selftest_v1), 0, library, run};

}  // namespace

const void* Connector::get_extension(const char* name) noexcept {
  const std::string_view wanted{name};
  if (wanted == CULVERT_EXT_TLS_SELFTEST) { return &selftest_table; }
  if (wanted == CULVERT_EXT_DOCTOR) { return doctor_extension(); }
  if (wanted == CULVERT_EXT_RECONFIGURE) { return reconfigure_extension<Connector>(name); }
  return counters_extension<Connector>(name);
}

}  // namespace culvert::mqtt
