// SPDX-License-Identifier: MIT
#include "core/app/init_text.hpp"

#include "core/config/value.hpp"
#include "core/config/written.hpp"
#include "core/util/log.hpp"

#include <array>
#include <charconv>

namespace culvert {
namespace {

std::string quoted(const std::string& text) { return config::toml_text({.place = {}, .data = text}); }

/// The shortest text that reads as the same number.
std::string number(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// Lines of one table, with their signs below each other.
class Lines {
 public:
  explicit Lines(std::size_t column) : column_{column} {}

  Lines& add(std::string key, const std::string& value) {
    key.resize(std::max(key.size(), column_), ' ');
    text_ += key + " = " + value + '\n';
    return *this;
  }

  Lines& add_text(const std::string& key, const std::string& value) {
    return value.empty() ? *this : add(key, quoted(value));
  }

  const std::string& text() const noexcept { return text_; }

 private:
  std::size_t column_;
  std::string text_;
};

std::string node_of(const FoundSensor& sensor) {
  Lines lines{8};
  lines.add_text("plugin", "sensor").add_text("kind", sensor.kind).add_text("read", sensor.read);
  lines.add_text("pattern", sensor.pattern);
  if (sensor.scale != 1) { lines.add("scale", number(sensor.scale)); }
  if (sensor.offset != 0) { lines.add("offset", number(sensor.offset)); }
  lines.add_text("unit", sensor.unit).add_text("interval", "10s");
  return "\n# " + printable(sensor.what) + "\n[node." + sensor.name + "]\n" + lines.text();
}

}  // namespace

std::string to_text(const FirstPipeline& pipeline) {
  std::string text =
      "# Made by 'culvert init'. All keys: man culvert.toml; all options of a plugin: culvert inspect PLUGIN.\n"
      "\n[runtime]\n" +
      Lines{pipeline.state_dir.empty() ? 4U : 9U}
          .add_text("name", pipeline.name)
          .add_text("state_dir", pipeline.state_dir)
          .text();
  for (const FoundSensor& sensor : pipeline.sensors) { text += node_of(sensor); }
  Lines broker{8};
  broker.add_text("plugin", "mqtt").add_text("profile", pipeline.profile).add_text("url", pipeline.broker);
  broker.add_text("username", pipeline.user);
  if (!pipeline.secret.empty()) { broker.add("password", "{ file = " + quoted(pipeline.secret) + " }"); }
  if (!pipeline.credential.empty()) { broker.add("password", "{ credential = " + quoted(pipeline.credential) + " }"); }
  broker.add_text("tls.ca", pipeline.ca).add_text("tls.cert", pipeline.cert).add_text("tls.key", pipeline.key);
  text += "\n[node.cloud]\n" + broker.text();
  text +=
      "\n# Each reading is published as JSON on NAME/NODE. With 'durable = true' in a route what is not delivered is "
      "kept on\n"
      "# disk.\n";
  for (const FoundSensor& sensor : pipeline.sensors) {
    text += (&sensor == pipeline.sensors.data() ? "[[route]]\n" : "\n[[route]]\n") +
            Lines{4}.add_text("from", sensor.name).add_text("to", "cloud").text();
  }
  return text;
}

}  // namespace culvert
