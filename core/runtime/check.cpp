// SPDX-License-Identifier: MIT
#include "core/runtime/check.hpp"

#include "core/journal/names.hpp"
#include "core/runtime/check_batches.hpp"
#include "core/runtime/check_flow.hpp"
#include "core/runtime/check_isolation.hpp"
#include "core/runtime/check_templates.hpp"
#include "core/runtime/check_unique.hpp"
#include "core/runtime/cycles.hpp"

#include <algorithm>
#include <map>

namespace culvert {
namespace {

using config::quoted;

/// Walks over one configuration. What an earlier step has called wrong is left out without another word.
class Checker {
 public:
  Checker(const config::Pipeline& pipeline, const plugin::Registry& registry, config::Problems& problems)
      : pipeline_{pipeline}, registry_{registry}, problems_{problems}, was_whole_{!problems.has_errors()} {}

  CheckedPipeline run() {
    checked_.runtime = pipeline_.runtime;
    warn_of_folders();
    for (const config::Node& node : pipeline_.nodes) { add_node(node); }
    for (const config::Route& route : pipeline_.routes) { add_route(route); }
    check_cycles(pipeline_, links_, problems_);
    check_feeds();
    check_processes();
    check_flow(pipeline_, checked_, links_, problems_);
    check_unique(pipeline_, checked_, problems_);
    if (was_whole_) { warn_of_lonely_nodes(); }
    return std::move(checked_);
  }

 private:
  void add_node(const config::Node& node) {
    CheckedNode made;
    made.name = node.name;
    made.log_level = node.log_level;
    made.isolate = node.isolate;
    made.limits = node.limits;
    made.user = check_user(node, problems_);
    made.on_failure = node.on_failure;
    made.hang_timeout_ns = node.hang_timeout_ns;
    if (const plugin::Found* found = registry_.find(node.plugin)) {
      made.facts = &found->facts;
      made.file = found->path;
      made.stamp = stamp_of(found->path);
      made.settings = plugin::check_options(node, found->facts, problems_);
      check_topic(node, made);
    } else if (config::is_name(node.plugin)) {
      problems_.error(node.plugin_place, "node " + quoted(node.name) + ": " + registry_.why_missing(node.plugin));
    }
    index_.emplace(node.name, checked_.nodes.size());
    checked_.nodes.push_back(std::move(made));
  }

  /// The host fills in a source's `topic` itself, so that it knows what must come out.
  void check_topic(const config::Node& node, const CheckedNode& made) {
    const plugin::Option* option = made.facts->find("topic");
    const std::string* topic = made.settings.find("topic");
    const auto given = std::find_if(node.options.begin(), node.options.end(),
                                    [](const config::Entry& entry) { return entry.key == "topic"; });
    if (option == nullptr || option->type != plugin::OptionType::template_text || topic == nullptr ||
        given == node.options.end()) {
      return;
    }
    const Template made_by{*topic};
    const std::vector<std::string_view> names = made_by.names();
    if (std::find(names.begin(), names.end(), "topic") != names.end()) {
      problems_.error(given->value.place, "node " + quoted(node.name) +
                                              ": option 'topic' uses the name '{topic}', which is not of use there: it "
                                              "is what gives the messages their topic");
      return;
    }
    const std::string_view why = made_topic_problem(made_by, node.name, pipeline_.runtime.name);
    if (!why.empty()) {
      problems_.error(given->value.place, "node " + quoted(node.name) + ": option 'topic' " + std::string{why});
    }
  }

  void add_route(const config::Route& route) {
    RouteSpec spec = check_templates(route, route.from.name, pipeline_.runtime.name, problems_);
    const auto from = index_.find(route.from.name);
    const plugin::Facts* source = from == index_.end() ? nullptr : checked_.nodes[from->second].facts;
    if (source != nullptr && !source->is_source()) {
      error(route.from,
            "'from' names " + quoted(route.from.name) + ", but plugin " + quoted(source->id) + " emits nothing");
      source = nullptr;
    }
    if (source != nullptr && source->emits == plugin::kind_payload && route.encode) {
      problems_.warning(route.encode->place,
                        "route: 'encode' is of no use: " + quoted(route.from.name) + " emits no records");
    }
    check_batch(route, source, spec, problems_);
    warn_of_useless_properties(route);
    for (const config::Reference& reference : route.to) {
      const auto to = index_.find(reference.name);
      if (from == index_.end() || to == index_.end()) { continue; }
      links_.push_back({from->second, to->second, &route});
      Edge edge{from->second, to->second, spec};
      check_pair(route, reference, source, checked_.nodes[to->second].facts, edge.spec);
      complete(route, edge);
      checked_.edges.push_back(std::move(edge));
    }
  }

  /// Whether the reader can take what the writer emits, and how records have to be encoded for it.
  void check_pair(const config::Route& route, const config::Reference& to, const plugin::Facts* source,
                  const plugin::Facts* sink, RouteSpec& spec) {
    if (sink == nullptr) { return; }
    if (!sink->is_sink()) {
      error(to, "'to' names " + quoted(to.name) + ", but plugin " + quoted(sink->id) + " takes no messages");
      return;
    }
    const bool takes_payloads = (sink->accepts & plugin::kind_payload) != 0;
    const bool takes_records = (sink->accepts & plugin::kind_record) != 0;
    if (!takes_records && spec.encoding == Encoding::none) { spec.encoding = Encoding::json; }
    if (takes_payloads) { return; }
    if (route.encode) {
      error(*route.encode, "'encode' makes payloads, and " + quoted(to.name) + " takes only records");
    } else if (route.batch) {
      error({{}, route.batch->place}, "'batch' makes payloads, and " + quoted(to.name) + " takes only records");
    } else if (source != nullptr && source->emits == plugin::kind_payload) {
      error(to, quoted(route.from.name) + " emits payloads, and " + quoted(to.name) + " takes only records");
    } else if (source != nullptr && (source->emits & plugin::kind_payload) != 0) {
      problems_.warning(to.place, "route: " + quoted(route.from.name) + " may emit payloads, which " + quoted(to.name) +
                                      " rejects: it takes only records");
    }
  }

  /// QoS and retain are for brokers; a transform may well hand them on to one.
  void warn_of_useless_properties(const config::Route& route) {
    if (!route.qos && !route.retain) { return; }
    for (const config::Reference& reference : route.to) {
      const auto to = index_.find(reference.name);
      const plugin::Facts* reader = to == index_.end() ? nullptr : checked_.nodes[to->second].facts;
      if (reader == nullptr || (reader->roles & (plugin::role_connector | plugin::role_transform)) != 0) { return; }
    }
    const auto warn = [&](const config::Place& place, std::string_view key) {
      problems_.warning(place, "route: " + quoted(key) + " is of no use: " + quoted(route.to.front().name) +
                                   (route.to.size() == 1 ? " is no connector" : " and the others are no connectors"));
    };
    if (route.to.empty()) { return; }
    if (route.qos) { warn(route.qos->place, "qos"); }
    if (route.retain) { warn(route.retain->place, "retain"); }
  }

  void complete(const config::Route& route, Edge& edge) {
    const std::string& from = checked_.nodes[edge.from].name;
    const std::string& to = checked_.nodes[edge.to].name;
    const std::size_t count = ++names_[from + " -> " + to];
    edge.spec.name = from + " -> " + to + (count == 1 ? "" : " #" + std::to_string(count));
    edge.spec.required = route.required;
    if (route.qos) { edge.spec.properties.push_back({"mqtt.qos", std::to_string(route.qos->value)}); }
    if (route.retain) { edge.spec.properties.push_back({"mqtt.retain", route.retain->value ? "1" : "0"}); }
    edge.spec.limits.max_messages = static_cast<std::size_t>(route.max_messages);
    edge.spec.limits.max_bytes = static_cast<std::size_t>(route.max_bytes);
    edge.spec.limits.linger_ns = route.linger_ns;
    edge.spec.limits.ttl_ns = route.ttl_ns;
    edge.spec.limits.when_full = as_policy(route.when_full);
    if (!route.durable) { return; }
    edge.spec.limits.newest_first = route.durable->drain == config::Drain::newest_first;
    edge.journal = {journal::name_of(from, to, count), route.durable->full_sync, route.durable->max_size};
  }

  static WhenFull as_policy(config::WhenFull when_full) {
    switch (when_full) {
      case config::WhenFull::block:
        return WhenFull::block;
      case config::WhenFull::drop_oldest:
        return WhenFull::drop_oldest;
      case config::WhenFull::drop_newest:
        return WhenFull::drop_newest;
      case config::WhenFull::thin:
        break;
    }
    return WhenFull::thin;
  }

  void check_feeds() {
    std::vector<int64_t> fed(checked_.nodes.size());
    for (const Link& link : links_) { fed[link.to] += link.route->max_messages; }
    for (const config::Route& route : pipeline_.routes) {
      const auto from = index_.find(route.from.name);
      const plugin::Facts* writer = from == index_.end() ? nullptr : checked_.nodes[from->second].facts;
      if (writer != nullptr && writer->roles == plugin::role_transform) {
        check_feed(route, fed[from->second], problems_);
      }
    }
  }

  void check_processes() {
    std::vector<std::size_t> routes(pipeline_.nodes.size());
    for (const Link& link : links_) { ++routes[link.to]; }
    for (std::size_t i = 0; i < routes.size(); ++i) { check_files(pipeline_.nodes[i], routes[i], problems_); }
  }

  /// Plugins may well be in the other folders: so only a warning.
  void warn_of_folders() {
    const config::Runtime& runtime = pipeline_.runtime;
    for (std::size_t i = 0; i < runtime.plugin_path.size(); ++i) {
      for (const auto& [path, why] : registry_.broken()) {
        if (path != runtime.plugin_path[i]) { continue; }
        problems_.warning(runtime.plugin_path_places[i], "runtime: 'plugin_path': " + why);
      }
    }
  }

  void warn_of_lonely_nodes() {
    std::vector<bool> touched(pipeline_.nodes.size());
    for (const Link& link : links_) { touched[link.from] = touched[link.to] = true; }
    for (std::size_t i = 0; i < touched.size(); ++i) {
      if (touched[i]) { continue; }
      const config::Node& node = pipeline_.nodes[i];
      problems_.warning(node.place, "node " + quoted(node.name) + ": no route leads to it or away from it");
    }
  }

  void error(const config::Reference& at, const std::string& text) { problems_.error(at.place, "route: " + text); }

  const config::Pipeline& pipeline_;
  const plugin::Registry& registry_;
  config::Problems& problems_;
  const bool was_whole_;
  CheckedPipeline checked_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, std::size_t> names_;
  std::vector<Link> links_;
};

}  // namespace

CheckedPipeline check_pipeline(const config::Pipeline& pipeline, const plugin::Registry& registry,
                               config::Problems& problems) {
  return Checker{pipeline, registry, problems}.run();
}

}  // namespace culvert
