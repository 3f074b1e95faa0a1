// SPDX-License-Identifier: MIT
#include "core/app/commands.hpp"
#include "core/app/doctor_host.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/findings.hpp"
#include "core/app/problems.hpp"
#include "core/runtime/confine_node.hpp"

#include <cstdio>
#include <exception>

namespace culvert {
namespace {

/// The extension of a node's plugin; null when it has none. Throws std::runtime_error when it cannot be loaded.
const culvert_doctor_v1* doctor_of(const CheckedNode& node, plugin::Registry& registry) {
  const culvert_descriptor* descriptor = registry.load(node.facts->id).descriptor;
  if (descriptor->get_extension == nullptr) { return nullptr; }
  const auto* doctor = static_cast<const culvert_doctor_v1*>(descriptor->get_extension(CULVERT_EXT_DOCTOR));
  return doctor != nullptr && doctor->diagnose != nullptr ? doctor : nullptr;
}

/// False when the plugin says that something failed.
bool diagnose(CheckedNode& node, const config::Runtime& runtime, const culvert_doctor_v1& doctor,
              const std::string& topic, Findings& findings, const Log& log) {
  const DoctorHost host{node.name, runtime.name, state_folder_of(node, runtime.state_dir), log};
  culvert_diagnosis diagnosis{};
  diagnosis.size = sizeof diagnosis;
  diagnosis.topic = {topic.c_str(), topic.size()};
  diagnosis.context = &findings;
  // No exception may go through the plugin: one for want of memory ends the process.
  diagnosis.report = [](void* context, const culvert_finding* finding) noexcept {
    static_cast<Findings*>(context)->add(*finding);
  };
  findings.begin(node.name);
  return doctor.diagnose(host.raw(), &node.settings.raw(), &diagnosis) == CULVERT_OK;
}

int no_such_node(const std::string& name, const CheckedPipeline& pipeline) {
  std::vector<std::string_view> known;
  for (const CheckedNode& node : pipeline.nodes) { known.emplace_back(node.name); }
  std::fprintf(stderr, "culvert: there is no node '%s'%s\n", name.c_str(), config::suggestion(name, known).c_str());
  return exit_usage;
}

}  // namespace

int doctor_command(const DoctorCommand& command) {
  LoadedFile loaded = load_and_check(command.files);
  print_problems(loaded.problems);
  if (loaded.problems.has_errors()) { return exit_configuration; }
  const Log log{LogFormat::text, LogLevel::info};
  const auto findings = command.json ? json_findings() : text_findings();
  bool any_node = command.node.empty(), any_doctor = false, good = true;
  for (CheckedNode& node : loaded.pipeline.nodes) {
    if (!command.node.empty() && node.name != command.node) { continue; }
    any_node = true;
    try {
      const culvert_doctor_v1* doctor = doctor_of(node, *loaded.pipeline.plugins);
      if (doctor == nullptr) { continue; }
      any_doctor = true;
      good = diagnose(node, loaded.pipeline.runtime, *doctor, command.topic, *findings, log) && good;
    } catch (const std::exception& error) {
      log.write(LogEvent::node_failed, node.name, error.what());
      good = false;
    }
  }
  if (!any_node) { return no_such_node(command.node, loaded.pipeline); }
  if (!any_doctor && good) {
    const std::string who = command.node.empty() ? "no node" : "node '" + command.node + "': its plugin";
    std::fprintf(stderr, "culvert: %s has a way outside that could be looked at\n", who.c_str());
    return exit_unavailable;
  }
  findings->end();
  return good && findings->failures() == 0 ? exit_done : exit_failed;
}

}  // namespace culvert
