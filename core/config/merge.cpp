// SPDX-License-Identifier: MIT
#include "core/config/merge.hpp"

#include <map>

namespace culvert::config {
namespace {

void say_twice(const std::string& name, const Place& second, const Place& first, Problems& problems) {
  problems.error(second, quoted(name) + " is defined twice, first at " + to_string(first));
}

/// Appends to one table the members of others, and knows which it has.
class Union {
 public:
  Union(Table& table, std::string prefix, Problems& problems)
      : table_{table}, prefix_{std::move(prefix)}, problems_{problems} {
    for (size_t i = 0; i < table_.size(); ++i) { index_.emplace(table_[i].key, i); }
  }

  /// The member of that key, or null.
  Entry* find(const std::string& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &table_[found->second];
  }

  void add(Entry entry) {
    if (const Entry* first = find(entry.key)) {
      say_twice(prefix_ + entry.key, entry.place, first->place, problems_);
      return;
    }
    index_.emplace(entry.key, table_.size());
    table_.push_back(std::move(entry));
  }

 private:
  Table& table_;
  std::string prefix_;
  Problems& problems_;
  std::map<std::string, size_t> index_;
};

/// Joins two values of one key at the top; false when they can't be.
bool join(const std::string& key, Value& first, Value& second, Problems& problems) {
  auto* list = std::get_if<List>(&first.data);
  auto* more = std::get_if<List>(&second.data);
  if (key == "route" && list != nullptr && more != nullptr) {
    for (Value& element : *more) { list->push_back(std::move(element)); }
    return true;
  }
  auto* table = std::get_if<Table>(&first.data);
  auto* members = std::get_if<Table>(&second.data);
  if ((key != "runtime" && key != "node") || table == nullptr || members == nullptr) { return false; }
  Union all{*table, key + ".", problems};
  for (Entry& entry : *members) { all.add(std::move(entry)); }
  return true;
}

}  // namespace

Value merge(std::vector<Value> roots, Problems& problems) {
  Value result{{}, Table{}};
  if (!roots.empty()) { result.place = roots.front().place; }
  Union top{std::get<Table>(result.data), "", problems};
  for (Value& root : roots) {
    for (Entry& entry : std::get<Table>(root.data)) {
      Entry* first = top.find(entry.key);
      if (first == nullptr || !join(entry.key, first->value, entry.value, problems)) { top.add(std::move(entry)); }
    }
  }
  return result;
}

}  // namespace culvert::config
