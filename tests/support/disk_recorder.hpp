// SPDX-License-Identifier: MIT
/// Linked into a program, this records what the program does to the files of one folder: each byte that is written,
/// each cut, name and sync. From the record it lays out what a disk may hold after a power cut at any point.
///
/// What was synced is there. Of the rest each write may be there or not, whatever came before or behind it, and each
/// sector of 512 bytes of it by itself; of the names in the folder, some that were made first.
///
/// It can make the disk slow or faulty too. As Linux has it, what a failed sync was about is on disk or not, and never
/// comes there by a later sync, which may well succeed: only by being written again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace culvert::test {

struct DiskEvent {
  enum class Kind { write, cut, sync, lose, create, remove, rename, sync_folder, mark };
  Kind kind;
  int file = -1;   ///< counts files, of which one name may have several in turn
  int64_t at = 0;  ///< offset of a write, size after a cut, the caller's number of a mark
  std::string bytes =
      {};  ///< of a write; the name of a create, remove or rename, "from\nto"; the caller's word of a mark
};

/// Records from now on what happens in the folder. One folder at a time; any thread of the program is seen.
void begin_recording(const std::string& folder);
/// A call for a file that the program has open.
enum class DiskCall { write, sync };
/// Called on the thread that makes the call, before it: may take its time, and answers 0 or the errno to fail with. A
/// path of a file whose name is gone ends in " (deleted)".
using DiskHook = std::function<int(DiskCall call, const std::string& path)>;
/// For all files of the program, from now on; an empty one for none. Waits for calls that are in the last one.
void set_disk_hook(DiskHook hook);

/// A word of the caller's own between the events. Any thread.
void mark(const std::string& word, int64_t number);
std::vector<DiskEvent> end_recording();

/// What the folder holds, file by file, when power is cut after the first `count` events. `ignores`: syncs of files
/// whose name ends so did nothing; empty for none.
std::map<std::string, std::string> cut_power(const std::vector<DiskEvent>& events, std::size_t count,
                                             std::mt19937& random, const std::string& ignores = {});

}  // namespace culvert::test
