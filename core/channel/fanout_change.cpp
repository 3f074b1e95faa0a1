// SPDX-License-Identifier: MIT
// How the routes of a node come, change and go while it runs.
#include "core/channel/fanout.hpp"
#include "core/channel/when_full.hpp"
#include "core/util/clock.hpp"

#include <algorithm>
#include <utility>

namespace culvert {

RouteSpec Fanout::made(RouteSpec spec) {
  spec.limits.when_full = when_full_of(spec);
  return spec;
}

Outlet& Fanout::outlet(std::size_t route) {
  const std::lock_guard lock{guard_};
  return *places_[route]->outlet;
}

void Fanout::look_at_routes() {
  const auto any = [&](auto has) { return std::any_of(routes_.begin(), routes_.end(), has); };
  gathers_ = any([](const Route* route) { return route->spec.limits.batch.has_value(); });
  waits_ = waits_ || gathers_ || any([](const Route* route) { return route->spec.limits.linger_ns > 0; });
}

std::unique_ptr<Outlet> Fanout::make_outlet(const RouteSpec& spec, std::unique_ptr<Store> store) {
  Outlet::Listener& listener = *this;
  return std::make_unique<Outlet>(spec.limits, run_id_, budget_, guard_, listener, std::move(store));
}

std::size_t Fanout::add(RouteSpec spec, std::unique_ptr<Store> store, bool is_dormant) {
  auto route = std::make_unique<Route>();
  route->spec = made(std::move(spec));
  route->outlet = make_outlet(route->spec, std::move(store));
  route->is_dormant = is_dormant;
  const std::lock_guard lock{guard_};
  // A place is never used again: what is staged names routes by theirs.
  places_.push_back(std::move(route));
  routes_.push_back(places_.back().get());
  look_at_routes();
  return places_.size() - 1;
}

std::vector<OutletLimits> Fanout::limits() {
  const std::lock_guard lock{guard_};
  std::vector<OutletLimits> limits;
  for (const Route* route : routes_) { limits.push_back(route->spec.limits); }
  return limits;
}

void Fanout::wake(std::size_t route) {
  const std::lock_guard lock{guard_};
  places_[route]->is_dormant = false;
}

void Fanout::change(std::size_t route, RouteSpec spec) {
  const std::lock_guard lock{guard_};
  Route& changed = *places_[route];
  changed.spec = made(std::move(spec));
  changed.outlet->change(changed.spec.limits, monotonic_ns());
  look_at_routes();
  on_progress();
}

void Fanout::shelve(std::size_t route) { outlet(route).give_up(); }

void Fanout::refit(std::size_t route, RouteSpec spec, std::unique_ptr<Store> store) {
  outlet(route).close();
  spec = made(std::move(spec));
  std::unique_ptr<Outlet> next = make_outlet(spec, std::move(store));
  // Destroyed behind the lock, which it takes.
  std::unique_ptr<Outlet> last;
  const std::lock_guard lock{guard_};
  Route& refitted = *places_[route];
  refitted.outlet->move_to(*next);
  last = std::exchange(refitted.outlet, std::move(next));
  refitted.spec = std::move(spec);
  look_at_routes();
  on_progress();
}

OutletEnd Fanout::remove(std::size_t route) {
  std::unique_ptr<Route> removed;
  {
    const std::lock_guard lock{guard_};
    removed = std::move(places_[route]);
    std::erase(routes_, removed.get());
    look_at_routes();
  }
  const OutletEnd end = removed->outlet->give_up();
  const std::lock_guard lock{guard_};
  on_progress();
  return end;
}

void Fanout::hold(std::size_t route, bool is_held) {
  const std::lock_guard lock{guard_};
  places_[route]->is_held = is_held;
  on_progress();
}

void Fanout::pause(std::size_t route, bool is_paused) {
  const std::lock_guard lock{guard_};
  places_[route]->outlet->pause(is_paused, monotonic_ns());
}

void Fanout::take_time() {
  const std::lock_guard lock{guard_};
  const int64_t now_ns = monotonic_ns();
  for (Route* route : routes_) { route->outlet->take_time(now_ns); }
}

}  // namespace culvert
