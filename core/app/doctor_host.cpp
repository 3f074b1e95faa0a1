// SPDX-License-Identifier: MIT
#include "core/app/doctor_host.hpp"

#include <algorithm>

namespace culvert {
namespace {

culvert_text as_text(const std::string& text) { return {text.c_str(), text.size()}; }
std::string_view as_view(culvert_text text) { return {text.data, text.size}; }

}  // namespace

DoctorHost::DoctorHost(std::string node, std::string runtime, std::string state_dir, const Log& log)
    : node_{std::move(node)}, runtime_{std::move(runtime)}, state_dir_{std::move(state_dir)}, log_{log} {
  table_.size = sizeof table_;
  table_.abi_minor = CULVERT_ABI_MINOR;
  table_.context = this;
  table_.node_name = as_text(node_);
  table_.runtime_name = as_text(runtime_);
  table_.state_dir = as_text(state_dir_);
  table_.run_mode = CULVERT_RUN_ONCE;
  table_.emit = [](const culvert_host*, const culvert_message*, uint64_t) -> culvert_status { return CULVERT_CLOSED; };
  table_.log = [](const culvert_host* host, uint32_t level, culvert_text line) {
    const auto known = static_cast<LogLevel>(std::min<uint32_t>(level, CULVERT_LOG_DEBUG));
    self(host).log_.write({LogEvent::plugin_line, known}, self(host).node_, as_view(line));
  };
  table_.report = [](const culvert_host* host, culvert_status status, culvert_text why) {
    if (status != CULVERT_OK) { self(host).log_.write(LogEvent::node_failed, self(host).node_, as_view(why)); }
  };
  table_.set_link = [](const culvert_host*, uint32_t, culvert_text) {};
  table_.complete = [](const culvert_host*, uint64_t, culvert_status) {};
  table_.ready = [](const culvert_host*) {};
  table_.get_extension = [](const culvert_host*, const char*) -> const void* { return nullptr; };
}

}  // namespace culvert
