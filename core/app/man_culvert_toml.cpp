// SPDX-License-Identifier: MIT
#include "core/app/man_pages.hpp"
#include "core/app/roff.hpp"
#include "core/config/folders.hpp"
#include "core/config/keys.hpp"
#include "core/config/value.hpp"

namespace culvert {
namespace {

constexpr std::string_view example = R"([runtime]
name = "edge"

[node.load]
plugin   = "sensor"
read     = "/proc/loadavg"
interval = "5s"

[node.cloud]
plugin   = "mqtt"
url      = "mqtts://broker.example"
username = "edge"
password = { file = "edge.password" }

[[route]]
from = "load"
to   = "cloud"
)";

std::string type_of(const config::Key& key) {
  using enum config::KeyType;
  switch (key.type) {
    case boolean:
      return key.below.empty() ? "true or false" : "true, false or a table";
    case choice: {
      std::string words;
      for (const std::string_view word : key.words) {
        words.append(words.empty() ? "\"" : " | \"").append(word) += '"';
      }
      return words;
    }
    case duration:
      return "duration";
    case encoding:
      return "\"json\", \"text\" or a template";
    case filter:
      return "topic filter";
    case integer:
      return "integer";
    case name:
      return "name";
    case path:
      return "path";
    case size:
      return "size";
    case table:
      return "table";
    case topic:
      return "template of a topic";
    case text:
      break;
  }
  return "text";
}

std::string text_of(const config::Key& key) {
  std::string text = plain(key.help) + '.';
  if (!key.range.min.empty()) { text += " From " + bold(key.range.min) + " to " + bold(key.range.max) + '.'; }
  if (key.list) { text += " One, or a list."; }
  if (key.required) { text += " It must be given."; }
  if (!key.otherwise.empty()) { text += " Default: " + bold(key.otherwise) + '.'; }
  if (!key.in_words.empty()) { text += " Default: " + plain(key.in_words) + '.'; }
  if (!key.with.empty()) { text += " Of use only with " + bold(std::string{key.with} + " = true") + '.'; }
  return text;
}

void add_keys(Page& page, config::Keys keys) {
  for (const config::Key& key : keys) {
    page.item(bold(key.name) + " = " + italic(type_of(key)), text_of(key));
    if (key.below.empty()) { continue; }
    page.begin_inner();
    add_keys(page, key.below);
    page.end_inner();
  }
}

void add_values(Page& page) {
  page.section("VALUES");
  page.item(italic("name"), "1 to 64 letters, digits, underscores and hyphens of ASCII, the first a letter or digit.");
  std::string units;
  for (const std::string_view unit : config::duration_units()) { units.append(" ").append(unit); }
  page.item(italic("duration"), plain("A number with a unit, as a text: \"500ms\", \"1.5s\". Units:" + units + '.'));
  units.clear();
  for (const std::string_view unit : config::size_units()) { units.append(" ").append(unit); }
  page.item(italic("size"), plain("The same with one of these units, in steps of 1024:" + units + '.'));
  page.item(italic("path"), "A relative one starts at the folder of the file that it stands in.");
  page.item(italic("topic filter"), plain("As in MQTT: + stands for one level of a topic, # for the rest."));
  page.item(italic("template"),
            plain("Text with names in braces: {value} {unit} {time} {node} {runtime} {topic} {seq} {field.NAME} "
                  "{property.NAME}; {{ and }} are braces."));
  page.section("VARIABLES");
  page.paragraph("In each text of the file variables of the environment are put in.");
  page.item(bold("${NAME}"), "The variable; an error when it is not set.");
  page.item(bold("${NAME:-default}"), "The default when it is not set or empty.");
  page.item(bold("${NAME:?why}"), "An error that says why when it is not set or empty.");
  page.item(bold("$$"), plain("A $."));
  page.section("SECRETS");
  page.paragraph("A secret, such as a password, is a text or one of these tables.");
  page.item(bold("{ file = \"PATH\" }"), "A file of at most 64 KiB, without its last line feed.");
  page.item(bold("{ env = \"NAME\" }"), "A variable of the environment.");
  page.item(bold("{ credential = \"NAME\" }"),
            plain("The file of that name in $CREDENTIALS_DIRECTORY, which systemd sets for LoadCredential=."));
}

}  // namespace

std::string man_culvert_toml() {
  Page page{"culvert.toml", '5', "File Formats", "a pipeline of Culvert"};
  page.section("DESCRIPTION");
  page.paragraph("One file of TOML 1.0 holds one pipeline: " + bold("[runtime]") + ", which may be left out, a table " +
                 bold("[node.") + italic("NAME") + bold("]") + " for each node and a " + bold("[[route]]") +
                 " for each edge. Nothing else may stand at the top.");
  page.paragraph("Without a file " + bold("culvert") + "(1) takes " + bold(CULVERT_USUAL_FILE) + " and " +
                 bold(CULVERT_USUAL_FOLDER "/culvert.d/*.toml") +
                 " together, in that order. What is defined twice is an error. " + bold("culvert check") +
                 " names every mistake with its line and column.");
  page.section("EXAMPLE").lines(example);
  page.section("RUNTIME").paragraph("Keys of " + bold("[runtime]") + ':');
  add_keys(page, config::runtime_keys());
  page.section("NODES").paragraph("Keys of each " + bold("[node.") + italic("NAME") + bold("]") +
                                  ". All others are options of its plugin: " + bold("culvert inspect ") +
                                  italic("PLUGIN") + " lists them.");
  add_keys(page, config::node_keys());
  page.section("ROUTES").paragraph("Keys of each " + bold("[[route]]") + ':');
  add_keys(page, config::route_keys());
  add_values(page);
  page.section("SEE ALSO").paragraph(bold("culvert") + "(1)");
  return page.text();
}

}  // namespace culvert
