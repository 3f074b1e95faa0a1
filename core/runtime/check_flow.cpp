// SPDX-License-Identifier: MIT
#include "core/runtime/check_flow.hpp"

#include "core/message/topic.hpp"
#include "core/plugin/rules.hpp"
#include "core/plugin/sample_topic.hpp"
#include "core/runtime/check_templates.hpp"

#include <algorithm>
#include <string>

namespace culvert {
namespace {

using config::quoted;
using plugin::Measure;

/// What flows out of a node, or into it.
struct Flow {
  double rate = 0;            ///< messages per second, at the least
  std::vector<bool> sources;  ///< by node: whose they are

  void add(double more, const std::vector<bool>& whose) {
    if (more == 0) { return; }
    rate += more;
    sources.resize(std::max(sources.size(), whose.size()));
    for (std::size_t i = 0; i < whose.size(); ++i) { sources[i] = sources[i] || whose[i]; }
  }
};

/// "'a'", "'a', 'b' and 'c'", "'a', 'b', 'c' and 5 others"
std::string names_of(const Flow& flow, const CheckedPipeline& checked) {
  constexpr std::size_t most = 4;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < flow.sources.size(); ++i) {
    if (flow.sources[i]) { names.push_back(quoted(checked.nodes[i].name)); }
  }
  std::string last = names.back();
  if (names.size() > most) { last = std::to_string(names.size() - most + 1) + " others"; }
  const std::size_t shown = std::min(names.size(), most);
  std::string text;
  for (std::size_t i = 0; i + 1 < shown; ++i) { text += (i == 0 ? "" : ", ") + names[i]; }
  return shown == 1 ? last : text + " and " + last;
}

/// The least that a route with batches makes of a rate: every array is full, or due with all that came meanwhile.
double gathered(double rate, const std::optional<config::Batch>& batch) {
  if (!batch) { return rate; }
  const double due = 1 + rate * static_cast<double>(batch->within_ns) / 1e9;
  return rate / std::min(static_cast<double>(batch->max), due);
}

class FlowCheck {
 public:
  FlowCheck(const config::Pipeline& pipeline, const CheckedPipeline& checked, const std::vector<Link>& links,
            config::Problems& problems)
      : pipeline_{pipeline}, checked_{checked}, links_{links}, problems_{problems} {}

  void run() {
    follow();
    for (std::size_t node = 0; node < checked_.nodes.size(); ++node) {
      const CheckedNode& made = checked_.nodes[node];
      if (made.facts == nullptr) { continue; }
      for (const plugin::Limit& limit : made.facts->limits) {
        const bool is_of_flow = limit.option.empty() && limit.of != Measure::rate;
        if (is_of_flow && plugin::holds(limit.when, made.settings)) { check(limit, node); }
      }
      if (const plugin::Limit* limit = tightest_rate(made)) { check_rate(*limit, node); }
    }
  }

 private:
  /// From the sources on, each node once all that leads to it is known; what is in a cycle never is.
  void follow() {
    const std::size_t count = checked_.nodes.size();
    flows_.resize(count);
    std::vector<std::size_t> open(count);
    for (const Link& link : links_) { ++open[link.to]; }
    std::vector<std::size_t> ready;
    for (std::size_t node = 0; node < count; ++node) {
      if (open[node] == 0) { ready.push_back(node); }
    }
    std::vector<std::vector<std::size_t>> leaving(count);
    for (std::size_t i = 0; i < links_.size(); ++i) { leaving[links_[i].from].push_back(i); }
    while (!ready.empty()) {
      const std::size_t node = ready.back();
      ready.pop_back();
      const Flow out = flow_out(node);
      for (const std::size_t i : leaving[node]) {
        const Link& link = links_[i];
        if (passes(checked_.edges[i])) { flows_[link.to].add(gathered(out.rate, link.route->batch), out.sources); }
        if (--open[link.to] == 0) { ready.push_back(link.to); }
      }
    }
  }

  Flow flow_out(std::size_t node) const {
    const CheckedNode& made = checked_.nodes[node];
    if (made.facts == nullptr) { return {}; }
    if (made.facts->roles == plugin::role_transform) { return flows_[node]; }
    const std::string* interval = made.facts->paces.empty() ? nullptr : made.settings.find(made.facts->paces);
    const double interval_ns = interval == nullptr ? 0 : std::stod(*interval);
    if (interval_ns <= 0) { return {}; }
    Flow out;
    std::vector<bool> own(node + 1);
    own[node] = true;
    out.add(1e9 / interval_ns, own);
    return out;
  }

  /// The topic of a source's messages; empty when it is not known.
  std::string topic_of(std::size_t node) const {
    const CheckedNode& made = checked_.nodes[node];
    if (made.facts == nullptr || made.facts->roles != plugin::role_source) { return {}; }
    const plugin::Option* option = made.facts->find("topic");
    const std::string* text = made.settings.find("topic");
    if (text == nullptr || option == nullptr || option->type != plugin::OptionType::template_text) { return {}; }
    const Template topic{*text};
    return topic.is_constant() ? plugin::sample_topic(topic, made.name, pipeline_.runtime.name, {}) : std::string{};
  }

  bool passes(const Edge& edge) const {
    if (edge.spec.filter.empty()) { return true; }
    const std::string topic = topic_of(edge.from);
    return !topic.empty() && filter_problem(edge.spec.filter).empty() && topic_matches(edge.spec.filter, topic);
  }

  void check(const plugin::Limit& limit, std::size_t node) {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (links_[i].to != node) { continue; }
      if (limit.of == Measure::topic_levels) { check_levels(limit, i); }
      if (limit.of == Measure::route_qos) { check_qos(limit, i); }
      if (limit.of == Measure::batch_bytes) { check_batch_bytes(limit, i); }
    }
  }

  /// A rate is bounded by a broker and by an option: one of them says it all.
  const plugin::Limit* tightest_rate(const CheckedNode& made) const {
    const plugin::Limit* tightest = nullptr;
    double least = 0;
    for (const plugin::Limit& limit : made.facts->limits) {
      if (limit.of != Measure::rate || !plugin::holds(limit.when, made.settings)) { continue; }
      const auto most = plugin::most_of(limit, made.settings);
      if (!most || (tightest != nullptr && *most >= least)) { continue; }
      tightest = &limit;
      least = *most;
    }
    return tightest;
  }

  bool is_exceeded(const plugin::Limit& limit, std::size_t node, double amount) const {
    const auto most = plugin::most_of(limit, checked_.nodes[node].settings);
    return (most && amount > *most) || (limit.least && amount < *limit.least);
  }

  void warn(const plugin::Limit& limit, std::size_t node, const config::Place& place, const std::string& measured) {
    problems_.warning(place, measured + plugin::allowance(limit, checked_.nodes[node].settings));
  }

  void check_rate(const plugin::Limit& limit, std::size_t node) {
    const Flow& flow = flows_[node];
    if (flow.rate == 0 || !is_exceeded(limit, node, flow.rate)) { return; }
    const bool is_one = std::count(flow.sources.begin(), flow.sources.end(), true) == 1;
    const config::Node& made = pipeline_.nodes[node];
    std::vector<plugin::When> said_at = limit.when;
    if (!limit.max_option.empty()) { said_at.insert(said_at.begin(), {limit.max_option, {}, {}}); }
    warn(limit, node, plugin::place_of(said_at, made),
         "node " + quoted(made.name) + ": " + names_of(flow, checked_) + (is_one ? " brings " : " bring ") +
             plugin::number_for_people(flow.rate) + " messages/s");
  }

  void check_levels(const plugin::Limit& limit, std::size_t i) {
    const config::Route& route = *links_[i].route;
    std::string topic = topic_of(links_[i].from);
    if (topic.empty()) { topic = "topic"; }
    if (const auto& made = checked_.edges[i].spec.topic) {
      topic = plugin::sample_topic(*made, checked_.nodes[links_[i].from].name, pipeline_.runtime.name, topic);
    }
    const auto levels = 1 + std::count(topic.begin(), topic.end(), '/');
    const std::size_t node = links_[i].to;
    if (!is_exceeded(limit, node, static_cast<double>(levels))) { return; }
    warn(limit, node, route.topic ? route.topic->place : route.place,
         "route: the topics for " + quoted(checked_.nodes[node].name) + " have " + std::to_string(levels) + " levels");
  }

  void check_qos(const plugin::Limit& limit, std::size_t i) {
    const config::Route& route = *links_[i].route;
    if (!route.qos || !is_exceeded(limit, links_[i].to, static_cast<double>(route.qos->value))) { return; }
    warn(limit, links_[i].to, route.qos->place, "route: 'qos' is " + std::to_string(route.qos->value));
  }

  void check_batch_bytes(const plugin::Limit& limit, std::size_t i) {
    const std::optional<config::Batch>& batch = links_[i].route->batch;
    if (!batch || !is_exceeded(limit, links_[i].to, static_cast<double>(batch->max_bytes))) { return; }
    warn(limit, links_[i].to, batch->place, "route: 'batch' may grow to " + config::size_text(batch->max_bytes));
  }

  const config::Pipeline& pipeline_;
  const CheckedPipeline& checked_;
  const std::vector<Link>& links_;
  config::Problems& problems_;
  std::vector<Flow> flows_;
};

}  // namespace

void check_flow(const config::Pipeline& pipeline, const CheckedPipeline& checked, const std::vector<Link>& links,
                config::Problems& problems) {
  FlowCheck{pipeline, checked, links, problems}.run();
}

}  // namespace culvert
