// SPDX-License-Identifier: MIT
#include "core/app/init_sensors.hpp"

#include "core/config/pipeline.hpp"
#include "core/plugin/option_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>

namespace culvert {
namespace {

namespace fs = std::filesystem;

/// No file of the kernel that is read here is longer.
constexpr std::size_t max_file_bytes = 64 << 10;

/// The first line of a regular file; empty when there is none.
std::string first_line(const fs::path& file) {
  const std::string text = plugin::read_file(file.string(), max_file_bytes).value;
  return text.substr(0, text.find('\n'));
}

/// What a text begins with; `ret_rest` gets what is behind it.
std::optional<double> number_of(std::string_view text, std::string_view& ret_rest) {
  double number = 0;
  const char* const past = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), past, number);
  ret_rest = {end, static_cast<std::size_t>(past - end)};
  return error == std::errc{} && std::isfinite(number) ? std::optional{number} : std::nullopt;
}

std::optional<double> number_in(const fs::path& file) {
  std::string_view rest;
  return number_of(first_line(file), rest);
}

/// What is in a folder and begins so, by name: "hwmon10" behind "hwmon9".
std::vector<fs::path> entries(const fs::path& folder, std::string_view start) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().filename().string().starts_with(start)) { found.push_back(entry->path()); }
  }
  std::sort(found.begin(), found.end(), [](const fs::path& one, const fs::path& other) {
    const std::string &a = one.native(), &b = other.native();
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return found;
}

/// Behind /sys/class each start of the box may number the devices anew. Where they really are, only the number does,
/// and there is one.
std::string lasting(const fs::path& device, std::string_view start) {
  std::error_code failed;
  if (!fs::is_symlink(device, failed)) { return device.string(); }
  const fs::path real = fs::canonical(device, failed);
  return failed ? device.string() : (real.parent_path() / start).string() + '*';
}

/// What the kernel measures in, by how the file's name begins.
struct Quantity {
  std::string_view start;
  double scale;
  std::string_view unit;
};

constexpr std::array hwmon_quantities{Quantity{"temp", 0.001, "Cel"}, Quantity{"in", 0.001, "V"},
                                      Quantity{"curr", 0.001, "A"},   Quantity{"power", 0.000001, "W"},
                                      Quantity{"fan", 1, "/min"},     Quantity{"humidity", 0.001, "%"}};
constexpr std::array iio_quantities{Quantity{"in_temp", 0.001, "Cel"},  Quantity{"in_humidityrelative", 0.001, "%"},
                                    Quantity{"in_pressure", 1, "kPa"},  Quantity{"in_illuminance", 1, "lx"},
                                    Quantity{"in_voltage", 0.001, "V"}, Quantity{"in_current", 0.001, "A"}};

template <class List>
const Quantity* quantity_of(const List& known, std::string_view name) {
  for (const Quantity& quantity : known) {
    // "in1" is a voltage, "intrusion0" is none.
    const std::string_view rest = name.substr(std::min(name.size(), quantity.start.size()));
    if (name.starts_with(quantity.start) && rest.find_first_not_of("0123456789") == std::string_view::npos) {
      return &quantity;
    }
  }
  return nullptr;
}

class Search {
 public:
  explicit Search(fs::path sys) : sys_{std::move(sys)} {}

  Sensors all() {
    add_proc();
    add_thermal();
    add_hwmon();
    add_iio();
    if (here_.found.empty()) { add({.name = "counter", .what = "numbers that count up", .kind = "counter"}); }
    return std::move(here_);
  }

 private:
  void add_proc() {
    if (number_in("/proc/loadavg")) {
      add({.name = "load", .what = "load of the last minute", .read = "/proc/loadavg", .pattern = "^([0-9.]+)"});
    }
    if (first_line("/proc/meminfo").starts_with("Mem")) {
      add({.name = "memory",
           .what = "memory that is free for programs",
           .read = "/proc/meminfo",
           .pattern = "MemAvailable: +([0-9]+) kB",
           .scale = 1024,
           .unit = "By"});
    }
  }

  void add_thermal() {
    for (const fs::path& zone : entries(sys_ / "class/thermal", "thermal_zone")) {
      if (!number_in(zone / "temp")) { continue; }
      const std::string type = first_line(zone / "type");
      add({.name = type.empty() ? zone.filename().string() : type,
           .what = "thermal zone " + config::quoted(type),
           .read = (zone / "temp").string(),
           .scale = 0.001,
           .unit = "Cel"});
    }
  }

  void add_hwmon() {
    for (const fs::path& chip : entries(sys_ / "class/hwmon", "hwmon")) {
      std::error_code failed;
      // A thermal zone shows itself here once more.
      if (fs::canonical(chip, failed).string().find("/thermal_zone") != std::string::npos) { continue; }
      const std::string name = first_line(chip / "name");
      for (const fs::path& file : entries(chip, "")) {
        const std::string input = file.filename().string();
        constexpr std::string_view end = "_input";
        if (!input.ends_with(end)) { continue; }
        const std::string channel = input.substr(0, input.size() - end.size());
        const Quantity* quantity = quantity_of(hwmon_quantities, channel);
        if (quantity == nullptr || !number_in(file)) { continue; }
        const std::string label = first_line(chip / (channel + "_label"));
        add({.name = name + '-' + (label.empty() ? channel : label),
             .what = "hwmon " + config::quoted(name) + ", " + config::quoted(label.empty() ? channel : label),
             .read = lasting(chip, "hwmon") + '/' + input,
             .scale = quantity->scale,
             .unit = std::string{quantity->unit}});
      }
    }
  }

  void add_iio() {
    for (const fs::path& device : entries(sys_ / "bus/iio/devices", "iio:device")) {
      for (const fs::path& file : entries(device, "in_")) {
        const std::string input = file.filename().string();
        const std::size_t mark = input.rfind('_');
        const std::string channel = input.substr(0, mark), form = input.substr(mark + 1);
        const Quantity* quantity = quantity_of(iio_quantities, channel);
        if (quantity == nullptr || (form != "raw" && form != "input") || !number_in(file)) { continue; }
        add_iio_channel(device, channel, form, *quantity);
      }
    }
  }

  /// What is raw becomes the kernel's unit by (raw + offset) * scale: Documentation/ABI/testing/sysfs-bus-iio.
  void add_iio_channel(const fs::path& device, const std::string& channel, const std::string& form,
                       const Quantity& quantity) {
    const std::string name = first_line(device / "name");
    FoundSensor sensor{.name = name + '-' + channel.substr(3),
                       .what = "IIO " + config::quoted(name) + ", " + config::quoted(channel.substr(3)),
                       .read = lasting(device, "iio:device") + '/' + channel + '_' + form,
                       .scale = quantity.scale,
                       .unit = std::string{quantity.unit}};
    if (form == "raw") {
      // One of its own, or one for all channels of the kind.
      const auto of_channel = [&](const char* what, double otherwise) {
        const fs::path own = device / (channel + what), common = device / (std::string{quantity.start} + what);
        std::error_code failed;
        return factor_in(fs::exists(own, failed) ? own : common, otherwise, sensor.what);
      };
      const auto scale = of_channel("_scale", 1), offset = of_channel("_offset", 0);
      if (!scale || !offset) { return; }
      sensor.scale = *scale * quantity.scale;
      sensor.offset = *offset * sensor.scale;
      if (!std::isfinite(sensor.offset)) { return leave_out(sensor.what, "its offset times its scale is no number"); }
    }
    add(std::move(sensor));
  }

  /// `otherwise` when there is no such file. When it holds anything else than a number the sensor is left out: what it
  /// measures can't be told.
  std::optional<double> factor_in(const fs::path& file, double otherwise, const std::string& sensor) {
    std::error_code failed;
    if (!fs::exists(file, failed)) { return otherwise; }
    const std::string text = first_line(file);
    std::string_view rest;
    const auto factor = number_of(text, rest);
    if (factor && rest.find_first_not_of(" \t") == std::string_view::npos) { return factor; }
    leave_out(sensor, config::quoted(file.string()) + " must hold a number, got " + config::quoted(text));
    return std::nullopt;
  }

  void leave_out(const std::string& sensor, const std::string& why) {
    here_.left_out.push_back(sensor + ", is left out: " + why);
  }

  void add(FoundSensor sensor) {
    if (here_.found.size() >= max_found_sensors) { return; }
    sensor.name = unused(sensor.name);
    here_.found.push_back(std::move(sensor));
  }

  /// Made to fit the rule for names, and with a number behind it where it is taken.
  std::string unused(std::string_view text) {
    std::string name;
    for (const char c : text) {
      const bool is_upper = c >= 'A' && c <= 'Z';
      const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || is_upper;
      if (fits) { name += is_upper ? static_cast<char>(c - 'A' + 'a') : c; }
      if (!fits && !name.empty() && name.back() != '-') { name += '-'; }
    }
    while (name.ends_with('-')) { name.pop_back(); }
    constexpr std::size_t room = config::max_name_bytes - 4;  // for the number
    name = name.empty() ? "sensor" : name.substr(0, room);
    std::string tried = name;
    for (int number = 2; !taken_.insert(tried).second; ++number) { tried = name + '-' + std::to_string(number); }
    return tried;
  }

  const fs::path sys_;
  Sensors here_;
  std::set<std::string> taken_{"cloud"};
};

}  // namespace

Sensors find_sensors(const std::string& sys) {
  std::error_code failed;
  const fs::path absolute = fs::absolute(sys, failed);
  return Search{failed ? fs::path{sys} : absolute}.all();
}

}  // namespace culvert
