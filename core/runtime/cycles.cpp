// SPDX-License-Identifier: MIT
#include "core/runtime/cycles.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace culvert {
namespace {

using Cycle = std::vector<const Link*>;

/// Finds cycles depth first: at least one in each part of the graph that has any, and none through a node twice.
class Search {
 public:
  Search(std::size_t nodes, const std::vector<Link>& links, bool (*counts)(const config::Route&))
      : leaving_(nodes), state_(nodes, State::fresh) {
    for (const Link& link : links) {
      if (counts(*link.route)) { leaving_[link.from].push_back(&link); }
    }
    for (std::size_t node = 0; node < nodes; ++node) {
      if (state_[node] == State::fresh) { visit(node); }
    }
  }

  std::vector<Cycle> found;

 private:
  enum class State { fresh, on_path, done, said };

  // At most as deep as there are nodes: 1024.
  void visit(std::size_t node) {
    state_[node] = State::on_path;
    for (const Link* link : leaving_[node]) {
      path_.push_back(link);
      if (state_[link->to] == State::fresh) {
        visit(link->to);
      } else if (state_[link->to] == State::on_path) {
        close(link->to);
      }
      path_.pop_back();
    }
    if (state_[node] == State::on_path) { state_[node] = State::done; }
  }

  // The path ends in `start` again. Its nodes are in no other cycle from now on: one is enough to say.
  void close(std::size_t start) {
    const auto first =
        std::find_if(path_.rbegin(), path_.rend(), [&](const Link* link) { return link->from == start; });
    const Cycle cycle{std::prev(first.base()), path_.end()};
    for (const Link* link : cycle) { state_[link->from] = State::said; }
    found.push_back(cycle);
  }

  std::vector<std::vector<const Link*>> leaving_;
  std::vector<State> state_;
  std::vector<const Link*> path_;
};

bool drops(const config::Route& route) { return !route.required || route.when_full != config::WhenFull::block; }

/// "a -> b -> a", from the node that the file names first.
std::string name_of(Cycle& cycle, const config::Pipeline& pipeline) {
  std::rotate(cycle.begin(),
              std::min_element(cycle.begin(), cycle.end(), [](auto* a, auto* b) { return a->from < b->from; }),
              cycle.end());
  std::string name;
  for (const Link* link : cycle) { name += pipeline.nodes[link->from].name + " -> "; }
  return name + pipeline.nodes[cycle.front()->from].name;
}

}  // namespace

void check_cycles(const config::Pipeline& pipeline, const std::vector<Link>& links, config::Problems& problems) {
  Search unfiltered{pipeline.nodes.size(), links, [](const config::Route& route) { return !route.filter; }};
  Search blocking{pipeline.nodes.size(), links, [](const config::Route& route) { return !drops(route); }};
  struct Fault {
    config::Place place;
    bool no_filter = false, no_drop = false;
  };
  std::map<std::string, Fault> faults;
  for (Cycle& cycle : unfiltered.found) {
    Fault& fault = faults[name_of(cycle, pipeline)];
    fault.no_filter = true;
    fault.place = cycle.front()->route->place;
  }
  for (Cycle& cycle : blocking.found) {
    Fault& fault = faults[name_of(cycle, pipeline)];
    fault.no_drop = true;
    fault.place = cycle.front()->route->place;
  }
  for (const auto& [name, fault] : faults) {
    const std::string filter = "no route of it has a 'filter', which would end what goes round";
    const std::string drop = "no route of it drops when it is full, as with when_full = \"drop_oldest\"";
    const std::string why =
        fault.no_filter && fault.no_drop ? filter + ", and " + drop : (fault.no_filter ? filter : drop);
    problems.error(fault.place, "route: is in the cycle " + name + ": " + why);
  }
}

}  // namespace culvert
