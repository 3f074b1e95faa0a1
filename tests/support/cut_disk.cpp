// SPDX-License-Identifier: MIT
// A disk whose power can be cut: one file, `disk`, in a folder of its own, to be used through a loop device. It keeps
// what it was asked to write in a cache, as a drive does, and only a flush puts that on the medium. A cut leaves what
// is on the medium, and of what is in the cache any part, by sectors, whatever order it came in.
//
//   cut_disk FOLDER BYTES    serves until its input ends. Each line there is a request, and has one line for an answer:
//     cut SEED N   the power is cut behind the N-th write from now, when nothing has flushed it yet, or soon where
//     there
//                  are not as many. Who uses the disk goes on and notices nothing, but all that is lost with the next:
//     on           the disk is what the cut left of it
//
// Two threads: one serves the kernel, request after request, the other reads the input; a lock stands between them.
#define FUSE_USE_VERSION 31
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fuse3/fuse.h>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t sector = 512;
// For the writes that a cut is to come behind.
constexpr std::chrono::milliseconds patience{500};
constexpr const char* name = "/disk";

class Disk {
 public:
  explicit Disk(std::size_t size) : now_(size), medium_(size), left_(size) {}
  std::size_t size() const { return now_.size(); }

  std::size_t read(char* out, std::size_t size, std::size_t at) const {
    const std::lock_guard lock{mutex_};
    size = at < now_.size() ? std::min(size, now_.size() - at) : 0;
    std::copy_n(now_.data() + at, size, out);
    return size;
  }
  /// False past the end.
  bool write(const char* bytes, std::size_t size, std::size_t at) {
    const std::lock_guard lock{mutex_};
    if (at > now_.size() || size > now_.size() - at) { return false; }
    std::copy_n(bytes, size, now_.data() + at);
    cache_.push_back({at, {bytes, bytes + size}});
    if (writes_left_ > 0 && --writes_left_ == 0) {
      cut();
      is_cut_.notify_one();
    }
    return true;
  }
  void flush() {
    const std::lock_guard lock{mutex_};
    for (const Write& write : cache_) { write.to(medium_, 0, write.bytes.size()); }
    cache_.clear();
  }

  /// Behind so many more writes. Answers how many sectors of the cache are lost, and how many there were.
  std::pair<std::size_t, std::size_t> cut_after(unsigned writes, unsigned seed) {
    std::unique_lock lock{mutex_};
    seed_ = seed;
    writes_left_ = writes;
    if (!is_cut_.wait_for(lock, patience, [this] { return writes_left_ == 0; })) { cut(); }
    writes_left_ = 0;
    return lost_of_all_;
  }
  void on() {
    const std::lock_guard lock{mutex_};
    now_ = medium_ = left_;
    cache_.clear();
  }

 private:
  struct Write {
    std::size_t at;
    std::vector<char> bytes;
    void to(std::vector<char>& where, std::size_t from, std::size_t end) const {
      std::copy(bytes.data() + from, bytes.data() + end, where.data() + at + from);
    }
  };
  /// With the lock.
  void cut() {
    std::mt19937 random{seed_};
    // How much of the cache got to the medium is by chance too: nearly all, nearly nothing, or half.
    const unsigned luck = std::array{5U, 50U, 95U}[random() % 3];
    std::size_t all = 0, lost = 0;
    left_ = medium_;
    for (const Write& write : cache_) {
      // Most are there or not as a whole; of others each sector may be.
      const bool is_torn = random() % 4 == 0, is_kept = random() % 100 < luck;
      for (std::size_t from = 0; from < write.bytes.size(); from += sector) {
        ++all;
        if (is_torn ? random() % 100 < luck : is_kept) {
          write.to(left_, from, std::min(from + sector, write.bytes.size()));
        } else {
          ++lost;
        }
      }
    }
    lost_of_all_ = {lost, all};
  }

  mutable std::mutex mutex_;
  std::vector<char> now_;     ///< what who reads it gets
  std::vector<char> medium_;  ///< what was flushed
  std::vector<char> left_;    ///< what the last cut left
  std::vector<Write> cache_;  ///< since the last flush, in order
  std::condition_variable is_cut_;
  unsigned writes_left_ = 0;  ///< to the cut; 0: none is ordered
  unsigned seed_ = 0;
  std::pair<std::size_t, std::size_t> lost_of_all_;
};

Disk* disk = nullptr;

int get_attributes(const char* path, struct stat* ret_stat, fuse_file_info* /*open*/) {
  std::memset(ret_stat, 0, sizeof *ret_stat);
  const bool is_disk = std::strcmp(path, name) == 0;
  if (!is_disk && std::strcmp(path, "/") != 0) { return -ENOENT; }
  ret_stat->st_mode = is_disk ? S_IFREG | 0600 : S_IFDIR | 0700;
  ret_stat->st_nlink = is_disk ? 1 : 2;
  if (is_disk) { ret_stat->st_size = static_cast<off_t>(disk->size()); }
  return 0;
}

int open_disk(const char* path, fuse_file_info* /*open*/) { return std::strcmp(path, name) == 0 ? 0 : -ENOENT; }

int read_disk(const char* /*path*/, char* out, std::size_t size, off_t at, fuse_file_info* /*open*/) {
  return static_cast<int>(disk->read(out, size, static_cast<std::size_t>(at)));
}

int write_disk(const char* /*path*/, const char* bytes, std::size_t size, off_t at, fuse_file_info* /*open*/) {
  return disk->write(bytes, size, static_cast<std::size_t>(at)) ? static_cast<int>(size) : -ENOSPC;
}

int flush_disk(const char* /*path*/, int /*is_data_only*/, fuse_file_info* /*open*/) {
  disk->flush();
  return 0;
}

void take_requests(std::string folder) {
  for (std::string word; std::cin >> word;) {
    if (word == "cut") {
      unsigned seed = 0, writes = 0;
      std::cin >> seed >> writes;
      const auto [lost, all] = disk->cut_after(writes, seed);
      std::cout << "cut: " << lost << " of " << all << " sectors lost" << std::endl;
    } else {
      disk->on();
      std::cout << "on" << std::endl;
    }
  }
  // Who started this is gone, or through. What still waits for the disk gets an error.
  umount2(folder.c_str(), MNT_DETACH);
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) { return 64; }
  Disk made{std::stoul(argv[2])};
  disk = &made;
  fuse_operations operations{};
  operations.getattr = get_attributes;
  operations.open = open_disk;
  operations.read = read_disk;
  operations.write = write_disk;
  operations.fsync = flush_disk;
  char quiet[] = "-f", alone[] = "-s";
  char* arguments[] = {argv[0], quiet, alone, argv[1]};
  std::thread{take_requests, std::string{argv[1]}}.detach();
  return fuse_main(4, arguments, &operations, nullptr);
}
