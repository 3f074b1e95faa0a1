// SPDX-License-Identifier: MIT
#include "console.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace culvert::console {
namespace {

/// See no-color.org: set and not empty means that no colour is wanted.
bool colour_is_welcome() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

}  // namespace

Console::Console(Host host, const Settings& settings, int fd)
    : Node{host},
      output_{fd},
      lines_{host, format_of(settings.text("format", "text")), settings.text("prefix"),
             colour_is_welcome() && output_.is_terminal()} {}

culvert_status Console::process(MessageView message, uint64_t token) {
  if (waiting() >= max_waiting_bytes && state_ == State::writing) { write(); }
  if (state_ == State::closed) { return CULVERT_FAILED; }
  if (waiting() >= max_waiting_bytes) {
    refused_ = true;
    return CULVERT_AGAIN;
  }
  const std::size_t before = buffer_.size();
  try {
    lines_.append(message, buffer_);
  } catch (...) {
    buffer_.resize(before);
    throw;
  }
  pending_.push_back({written_total_ + waiting(), token});
  return CULVERT_PENDING;
}

void Console::flush() {
  if (state_ == State::writing) { write(); }
}

int64_t Console::poll(int64_t now_ns) {
  if (!retrying()) { return CULVERT_NEVER; }
  if (retry_at_ns_ != 0 && now_ns >= retry_at_ns_) {
    retry_at_ns_ = 0;
    write();
    if (!retrying()) { return CULVERT_NEVER; }
    const int64_t limit = state_ == State::busy ? max_busy_retry_ns : max_failed_retry_ns;
    retry_after_ns_ = std::min(retry_after_ns_ * 2, limit);
  }
  if (retry_at_ns_ == 0) { retry_at_ns_ = now_ns + retry_after_ns_; }
  return retry_at_ns_;
}

void Console::write() {
  while (waiting() > 0) {
    const Output::Result result = output_.try_write(std::string_view{buffer_}.substr(buffer_start_));
    switch (result.state) {
      case Output::State::written:
        written(result.size);
        break;
      case Output::State::busy:
        return enter(State::busy, 0);
      case Output::State::failed:
        return enter(State::failed, result.error);
      case Output::State::closed:
        return enter(State::closed, result.error);
    }
  }
  enter(State::writing, 0);
}

void Console::written(std::size_t size) {
  retry_after_ns_ = first_retry_ns / 2;  // `poll` doubles it before it is used
  buffer_start_ += size;
  written_total_ += size;
  if (buffer_start_ == buffer_.size()) {
    buffer_.clear();
    buffer_start_ = 0;
    if (buffer_.capacity() > 4 * max_waiting_bytes) { buffer_.shrink_to_fit(); }
  } else if (buffer_start_ >= max_waiting_bytes) {
    buffer_.erase(0, buffer_start_);
    buffer_start_ = 0;
  }
  while (!pending_.empty() && pending_.front().end <= written_total_) {
    const uint64_t token = pending_.front().token;
    pending_.pop_front();
    host().complete(token, CULVERT_OK);
  }
  if (reported_) {
    reported_ = false;
    host().report(CULVERT_OK, "stdout takes lines again");
  }
  if (refused_ && waiting() < max_waiting_bytes) {
    refused_ = false;
    host().ready();
  }
}

void Console::enter(State state, int error) {
  const bool was_retrying = retrying();
  state_ = state;
  if (state == State::closed) {
    host().report(CULVERT_FAILED, "stdout is closed");
  } else if (state == State::failed && !reported_) {
    reported_ = true;
    host().report(CULVERT_AGAIN, "write to stdout: " + std::generic_category().message(error) + ", trying again");
  }
  if (state == State::writing) {
    retry_after_ns_ = first_retry_ns;
  } else if (retrying() && !was_retrying) {
    // The host asks `poll` for a deadline then. Only here, or a message that is refused would be offered in a circle.
    retry_after_ns_ = first_retry_ns;
    retry_at_ns_ = 0;
    host().ready();
  }
}

}  // namespace culvert::console
