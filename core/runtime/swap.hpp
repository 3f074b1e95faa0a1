// SPDX-License-Identifier: MIT
/// Puts another configuration in place of the one that a pipeline runs. Main thread.
///
/// In three steps: what is new is made beside what runs, and nothing is opened; what has to go comes to rest; then it
/// is stopped, and what takes its place started. Until the third nothing that runs has changed, and what was prepared
/// goes with this object. What need not change is not touched. A node that is made anew works at the ends of the one
/// before: what waits on routes and in journals stays where it is.
#pragma once

#include "core/runtime/pipeline.hpp"
#include "core/runtime/pipeline_diff.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace culvert {

class Swap {
 public:
  /// Each of the two ways to come to rest takes at most so long: messages that removed routes hold, and what nodes that
  /// go have taken or emitted and not finished.
  static constexpr int64_t drain_ns = 5 * one_second_ns / 2;

  struct Wishes {
    bool drops_removed = false;  ///< what a removed route can't bring to its reader is dropped
    bool is_forced = false;      ///< nothing is refused: it is the way back
  };

  /// `fresh` has no errors, and its own registry.
  Swap(Pipeline& pipeline, CheckedPipeline fresh, Wishes wishes, Pause pause);
  ~Swap();
  Swap(const Swap&) = delete;
  Swap& operator=(const Swap&) = delete;

  const PipelineDiff& diff() const noexcept { return diff_; }
  /// Names of the nodes that run in another way than before.
  std::vector<std::string> touched() const;
  /// Says which nodes go on with what is not on disk any more.
  void warn_of_stale_plugins() const;
  /// Throws std::runtime_error with one line for people when it can't be done. False when the runtime is to end.
  bool prepare();
  /// Throws likewise. False when the runtime is to end.
  bool drain();
  /// From now on it is done, but for what `troubles` says. False when the runtime is to end.
  bool exchange();
  /// One line each.
  const std::vector<std::string>& troubles() const noexcept { return troubles_; }

 private:
  /// A node that is made anew, is new, or goes.
  struct NodeChange {
    const Difference* diff;
    Station* running = nullptr;     ///< null: it is new
    std::unique_ptr<Station> next;  ///< null: it goes
  };
  /// A route of the fresh configuration.
  struct RoutePlan {
    const Edge* edge;
    Fate fate;
    std::size_t running = SIZE_MAX;  ///< index among the pipeline's joints
    std::size_t place = 0;           ///< in the fan-out
    journal::Journal* journal = nullptr;
    bool is_added = false;  ///< it waits there, dormant
  };

  void refuse_fixed() const;
  void make_nodes();
  void make_routes();
  void make_node(const Difference& diff);
  bool create_nodes();
  bool create(NodeChange& change);
  NodeChange* change_of(const std::string& node);
  /// The one that the node is at, or will be.
  Station& station_of(const std::string& node);
  bool goes(const Station& station) const;
  /// What becomes of a running route; null: it is removed.
  RoutePlan* plan_of(const Joint& joint);

  std::vector<Joint*> closing();
  bool drain_routes();
  void check_left(const std::vector<Joint*>& routes);
  bool await_tokens();
  bool await_readers();
  void say_late(const std::string& where, std::size_t messages, const char* how) const;
  bool wait_while(const std::function<bool()>& is_busy, int64_t deadline_ns);
  void release();

  bool stop_nodes();
  void put_nodes();
  void put_routes();
  void remove_routes();
  Joint joint_of(RoutePlan& plan);
  void refit(RoutePlan& plan, Joint& joint);
  void join(const Joint& joint);
  void retune_nodes();
  bool hand_settings();
  void take_settings_back();
  void start_nodes();

  Pipeline& pipeline_;
  CheckedPipeline fresh_;
  PipelineDiff diff_;
  const Wishes wishes_;
  const Pause pause_;
  std::vector<NodeChange> nodes_;
  std::vector<RoutePlan> routes_;
  std::vector<Joint*> held_, paused_;                  ///< the pipeline's
  std::vector<std::unique_ptr<Station>> gone_;         ///< the pipeline's that were
  std::vector<std::unique_ptr<CheckedNode>> retuned_;  ///< whose settings nodes use already
  std::vector<std::string> troubles_;
  bool is_done_ = false;
};

}  // namespace culvert
