// SPDX-License-Identifier: MIT
#include "files.hpp"

#include "file_text.hpp"
#include "tests/plugins/fake_host.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace culvert;
using namespace culvert::sensor;

namespace {

/// A folder of its own that goes with it.
class Folder {
 public:
  Folder() { path_ = mkdtemp(name_); }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  char name_[32] = "/tmp/culvert-sensor-XXXXXX";
  std::string path_;
};

struct Once {
  std::vector<Reading> readings;
  std::string why;  // the line that is said
};

Once read(const std::string& path, const std::string& pattern = {}, const std::string& root = {}) {
  Trouble trouble;
  test::FakeHost host;
  Files files{path, root, pattern, trouble};
  Once once;
  files.read(once.readings);
  trouble.say(Host{host.table()}, 0);
  if (!host.reported.empty()) { once.why = host.reported[0].second; }
  return once;
}

std::string why(const std::string& path, const std::string& pattern = {}) {
  const Once once = read(path, pattern);
  REQUIRE(once.readings.size() == 1);
  CHECK_FALSE(once.readings[0].value.has_value());
  return once.why;
}

}  // namespace

TEST_CASE("files: the first word of a file is the number") {
  const Folder folder;
  CHECK(read(folder.write("a", "41234\n")).readings[0].value == Number{int64_t{41234}});
  CHECK(read(folder.write("b", "\n  0.52 0.58 0.59 1/467\n")).readings[0].value == Number{0.52});
  CHECK(read(folder.write("c", std::string{"7\0x", 3})).readings[0].value == Number{int64_t{7}});
}

TEST_CASE("files: those of /proc and /sys, which give no true size, are read") {
  CHECK(read("/proc/uptime").readings[0].value.has_value());
  CHECK(read("/proc/meminfo", "^MemTotal: +([0-9]+)").readings[0].value.has_value());
  if (std::filesystem::exists("/sys/class/net/lo/mtu")) {
    CHECK(read("/sys/class/net/lo/mtu").readings[0].value.has_value());
  }
}

TEST_CASE("files: each trouble with a file is a reading without a value and says its reason") {
  const Folder folder;
  const std::string gone = folder / "gone";
  CHECK(why(gone) == "read '" + gone + "': no such file or directory");
  CHECK(why(folder.path()) == "read '" + folder.path() + "': is a folder");
  CHECK(why(folder.write("empty", "")).ends_with("': is empty"));
  CHECK(why(folder.write("blank", " \n")).ends_with("': has no number"));
  CHECK(why(folder.write("word",
                         "b\x1b"
                         "ad\n"))
            .ends_with("': has 'b?ad' where a number should be"));
  CHECK(why(folder.write("nan", "nan\n")).ends_with("': has 'nan' where a number should be"));
  CHECK(why("/proc/self/mem").ends_with("': input/output error"));
  CHECK(why("/dev/null").ends_with("': is empty"));
  CHECK(why(folder.write("other", "a=1"), "b=([0-9])").ends_with("': has nothing that 'pattern' matches"));
}

TEST_CASE("files: a FIFO is refused at once, with and without a writer") {
  const Folder folder;
  const std::string fifo = folder / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(why(fifo).ends_with("': is a FIFO"));
}

TEST_CASE("files: one that may not be read says so") {
  const Folder folder;
  const std::string path = folder.write("secret", "1\n");
  REQUIRE(chmod(path.c_str(), 0) == 0);
  REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
  const pid_t child = fork();
  if (child == 0) {
    // Root may read everything; as anybody else nothing changes.
    if (geteuid() == 0 && setuid(65534) != 0) { _exit(2); }
    _exit(read_file(path).trouble == "permission denied" ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("files: at most 4 KiB are read and a number at that edge is not believed") {
  const Folder folder;
  const std::string space(4090, ' ');
  CHECK(read(folder.write("fits", space + "123456")).readings[0].value == Number{int64_t{123456}});
  CHECK(why(folder.write("cut", space + "1234567")).ends_with("has its number behind the first 4096 bytes"));
  CHECK(read(folder.write("long", "5 " + std::string(1 << 20, 'x'))).readings[0].value == Number{int64_t{5}});
  CHECK(why(folder.write("line", std::string(1 << 20, 'x')), "(x*)*y([0-9])").ends_with("'pattern' matches"));
}

TEST_CASE("files: every file that a glob finds gives a reading with its path below the root") {
  const Folder folder;
  folder.write("r[o]*t/sys/zone0/temp", "1\n");
  folder.write("r[o]*t/sys/zone1/temp", "2\n");
  folder.write("r[o]*t/sys/zone2/temp", "bad\n");
  folder.write("roXt/sys/zone9/temp", "9\n");
  const Once once = read("/sys/zone*/temp", {}, folder / "r[o]*t/");
  REQUIRE(once.readings.size() == 3);
  CHECK(once.readings[0].path == "/sys/zone0/temp");
  CHECK(once.readings[1].value == Number{int64_t{2}});
  CHECK(once.readings[2].path == "/sys/zone2/temp");
  CHECK_FALSE(once.readings[2].value.has_value());
}

TEST_CASE("files: a glob that finds nothing is one reading without a value") {
  const Folder folder;
  CHECK(why(folder / "*").ends_with("/*': matches no file"));
}

TEST_CASE("files: a glob is bounded in what it reads") {
  const Folder folder;
  for (std::size_t i = 0; i <= max_files; ++i) { folder.write(std::to_string(i), "1"); }
  const Once once = read(folder / "*");
  CHECK(once.readings.size() == max_files);
  CHECK(once.why.ends_with("matches 1025 files, only the first 1024 are read"));
}

TEST_CASE("expression: a pattern that can give no number is refused with the reason") {
  const auto refusal = [](const char* pattern) -> std::string {
    try {
      const Expression expression{pattern};
    } catch (const std::invalid_argument& error) { return error.what(); }
    return {};
  };
  CHECK(refusal("[0-9]+") == "option 'pattern' '[0-9]+' needs a group '(...)' around the number");
  CHECK(refusal("(\\d+)") == "option 'pattern' '(\\d+)' has '\\d', write '[0-9]'");
  CHECK(refusal("([0-9]+").starts_with("option 'pattern' '([0-9]+' is no extended regular expression: "));
  CHECK(refusal("\\\\d([0-9])").empty());
}
