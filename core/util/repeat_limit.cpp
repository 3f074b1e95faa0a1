// SPDX-License-Identifier: MIT
#include "core/util/repeat_limit.hpp"

#include <algorithm>
#include <utility>

namespace culvert {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Reads a text character by character, and a run of digits as one.
class Reader {
 public:
  Reader(std::string_view text, LogRepeats repeats) noexcept : text_{text}, folds_{repeats == LogRepeats::alike} {}

  bool has_more() const noexcept { return at_ < text_.size(); }
  char next() noexcept {
    const char c = text_[at_++];
    // That of "can't" opens nothing.
    if (c == '\'') { is_name_ = !is_name_ && !is_letter(before_) && !is_digit(before_); }
    before_ = c;
    if (!folds_ || is_name_ || !is_digit(c)) { return c; }
    while (has_more() && is_digit(text_[at_])) { ++at_; }
    return '0';
  }

 private:
  const std::string_view text_;
  const bool folds_;
  std::size_t at_ = 0;
  bool is_name_ = false;
  char before_ = ' ';
};

/// As many of them, of UTF-8, as are kept.
std::string_view whole_characters(std::string_view text) noexcept {
  std::size_t size = std::min(text.size(), RepeatLimit::max_text_bytes);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) { --size; }
  return text.substr(0, size);
}

/// The order in which they happened.
void sort(std::vector<RepeatLimit::Told>& told) {
  std::sort(told.begin(), told.end(),
            [](const RepeatLimit::Told& a, const RepeatLimit::Told& b) { return a.ago_ns > b.ago_ns; });
}

LogRepeats repeats_of(LogKind kind) noexcept { return facts_of(kind.event).repeats; }

}  // namespace

// FNV-1a. It only saves comparing: what is alike is compared as well.
uint64_t essence_of(std::string_view text, LogRepeats repeats) noexcept {
  uint64_t hash = 0xcbf29ce484222325;
  for (Reader reader{text, repeats}; reader.has_more();) {
    hash = (hash ^ static_cast<unsigned char>(reader.next())) * 0x100000001b3;
  }
  return hash;
}

bool are_alike(std::string_view one, std::string_view other, LogRepeats repeats) noexcept {
  Reader a{one, repeats}, b{other, repeats};
  while (a.has_more() && b.has_more()) {
    if (a.next() != b.next()) { return false; }
  }
  return true;
}

RepeatLimit::Remembered* RepeatLimit::find(uint64_t essence, LogKind kind, std::string_view subject,
                                           std::string_view text) noexcept {
  const auto found = std::find_if(remembered_.begin(), remembered_.end(), [&](const Remembered& one) {
    return one.essence == essence && one.kind == kind && one.subject == subject &&
           are_alike(one.text, text, repeats_of(kind));
  });
  return found == remembered_.end() ? nullptr : &*found;
}

RepeatLimit::Told RepeatLimit::told(Remembered& one, int64_t now_ns) {
  const int64_t for_ns = now_ns - std::exchange(one.begun_ns, now_ns);
  return {one.kind, one.subject, one.text, std::exchange(one.count, 0), for_ns, now_ns - one.latest_ns};
}

RepeatLimit::Verdict RepeatLimit::take(LogKind kind, std::string_view subject, std::string_view text, int64_t now_ns) {
  const uint64_t essence = essence_of(text, repeats_of(kind));
  const std::string_view kept = whole_characters(text);
  const std::lock_guard lock{mutex_};
  if (Remembered* const one = find(essence, kind, subject, text)) {
    one->text = kept;
    one->latest_ns = now_ns;
    const bool is_over = now_ns - one->begun_ns >= window_ns;
    if (is_over && one->count == 0) {
      one->begun_ns = now_ns;
      return {};
    }
    ++one->count;
    if (!is_over) { return {false, {}}; }
    return {false, told(*one, now_ns)};
  }
  Verdict verdict{true, make_place(now_ns)};
  remembered_.push_back({essence, kind, now_ns, now_ns, 0, std::string{subject}, std::string{kept}});
  return verdict;
}

// Of the oldest one, if there is none.
std::optional<RepeatLimit::Told> RepeatLimit::make_place(int64_t now_ns) {
  if (remembered_.size() < max_remembered) { return {}; }
  const auto oldest =
      std::min_element(remembered_.begin(), remembered_.end(),
                       [](const Remembered& a, const Remembered& b) { return a.begun_ns < b.begun_ns; });
  std::optional<Told> last;
  if (oldest->count > 0) { last = told(*oldest, now_ns); }
  remembered_.erase(oldest);
  return last;
}

std::vector<RepeatLimit::Told> RepeatLimit::take_due(int64_t now_ns) {
  std::vector<Told> due;
  const std::lock_guard lock{mutex_};
  const auto is_over = [now_ns](const Remembered& one) { return now_ns - one.begun_ns >= window_ns; };
  std::erase_if(remembered_, [&](const Remembered& one) { return is_over(one) && one.count == 0; });
  for (Remembered& one : remembered_) {
    if (is_over(one)) { due.push_back(told(one, now_ns)); }
  }
  sort(due);
  return due;
}

std::vector<RepeatLimit::Told> RepeatLimit::take_all(int64_t now_ns) {
  std::vector<Told> all;
  const std::lock_guard lock{mutex_};
  for (Remembered& one : remembered_) {
    if (one.count > 0) { all.push_back(told(one, now_ns)); }
  }
  remembered_.clear();
  sort(all);
  return all;
}

}  // namespace culvert
