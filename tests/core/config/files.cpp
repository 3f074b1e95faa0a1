// SPDX-License-Identifier: MIT
#include "core/config/folders.hpp"
#include "core/config/pipeline.hpp"
#include "tests/core/config/support.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

using namespace culvert::config;

TEST_CASE("files: several are taken together, and paths are relative to the file that holds them") {
  const Folder folder;
  const std::string a = folder.write("culvert.toml", "[runtime]\nname = 'edge'\n[node.a]\nplugin = 'x'\n");
  const std::string b = folder.write(
      "culvert.d/b.toml", "[runtime]\nstate_dir = 'state'\n[node.b]\nplugin = 'x'\n[[route]]\nfrom = 'a'\nto = 'b'\n");
  const std::string c = folder.write("culvert.d/c.toml", "[[route]]\nfrom = 'b'\nto = 'a'\n");
  Problems problems;
  const Pipeline pipeline = load({a, b, c}, problems);
  CHECK(lines(problems).empty());
  CHECK(pipeline.runtime.name == "edge");
  CHECK(pipeline.runtime.state_dir == folder.path("culvert.d/state"));
  CHECK(pipeline.nodes.size() == 2);
  REQUIRE(pipeline.routes.size() == 2);
  CHECK(pipeline.routes[1].from.name == "b");
}

TEST_CASE("files: what two of them define names both places") {
  const Folder folder;
  const std::string a = folder.write("a.toml", "[runtime]\nname = 'edge'\n[node.a]\nplugin = 'x'\n");
  const std::string b = folder.write("b.toml", "[runtime]\nname = 'other'\n[node.a]\nplugin = 'x'\n");
  const std::string c = folder.write("c.toml", "node = 1\n");
  Problems problems;
  load({a, b, c}, problems);
  CHECK(lines(problems) == b + ":2:1: 'runtime.name' is defined twice, first at " + a + ":2:1\n" + b +
                               ":3:7: 'node.a' is defined twice, first at " + a + ":3:7\n" + c +
                               ":1:1: 'node' is defined twice, first at " + a + ":3:2\n");
}

TEST_CASE("files: one that cannot be read or parsed does not hide what is wrong in the others") {
  const Folder folder;
  const std::string a = folder.write("a.toml", "[runtime]\nnmae = 1\n[[route]]\nfrom = 'c'\nto = 'c'\n");
  const std::string b = folder.write("b.toml", "[node.c\n");
  Problems problems;
  load({a, b, folder.path("none.toml"), folder.path(".")}, problems);
  CHECK(lines(problems) == a + ":2:1: runtime: unknown key 'nmae', did you mean 'name'?\n" + b +
                               ":1:8: cannot read this table header: expected ']', found '\\n'\n" +
                               folder.path("none.toml") + ": cannot be read: no such file or directory\n" +
                               folder.path(".") + ": cannot be read: is a directory\n");
}

TEST_CASE("files: one that is too large is refused, not read") {
  const Folder folder;
  const std::string file = folder.write("a.toml", std::string((1 << 20) + 1, '\n'));
  Problems problems;
  load({file}, problems);
  CHECK(lines(problems) == file + ": is larger than 1 MiB\n");
}

TEST_CASE("files: a pipe or a device is refused at once, and not waited for") {
  const Folder folder;
  const std::string pipe = folder.path("pipe.toml");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  Problems problems;
  load({pipe, "/dev/null"}, problems);
  CHECK(lines(problems) == pipe + ": is not a regular file\n/dev/null: is not a regular file\n");
}

TEST_CASE("files: without a name the system's are taken, by name") {
  const Folder folder;
  CHECK(default_files(folder.path("")) == std::vector{folder.path("culvert.toml")});
  const std::string b = folder.write("culvert.d/20-b.toml", "");
  const std::string a = folder.write("culvert.d/10-a.toml", "");
  folder.write("culvert.d/30.toml~", "");
  folder.write("culvert.d/.hidden.toml", "");
  CHECK(default_files(folder.path("")) == std::vector{a, b});
  const std::string main = folder.write("culvert.toml", "");
  CHECK(default_files(folder.path("")) == std::vector{main, a, b});
}

TEST_CASE("files: the state folder is systemd's, else the system's as root, else the user's") {
  {
    const Variable given{"STATE_DIRECTORY", "/var/lib/one:/var/lib/two"};
    CHECK(default_state_dir() == "/var/lib/one");
  }
  const Variable none{"STATE_DIRECTORY", nullptr};
  const Variable home{"HOME", "/home/me"};
  const bool is_root = ::geteuid() == 0;
  {
    const Variable given{"XDG_STATE_HOME", "/home/me/state"};
    CHECK(default_state_dir() == (is_root ? "/var/lib/culvert" : "/home/me/state/culvert"));
  }
  const Variable relative{"XDG_STATE_HOME", "state"};
  CHECK(default_state_dir() == (is_root ? "/var/lib/culvert" : "/home/me/.local/state/culvert"));
}

TEST_CASE("files: the control socket is in systemd's folder, else in root's or the user's") {
  const bool is_root = ::geteuid() == 0;
  const Variable home{"HOME", "/home/me"}, state{"XDG_STATE_HOME", nullptr};
  const auto socket = [] {
    Problems problems;
    return load_text("[runtime]\nname = 'edge'\n", "edge.toml", problems).runtime.control_socket;
  };
  {
    const Variable given{"RUNTIME_DIRECTORY", "/run/one:/run/two"};
    CHECK(socket() == "/run/one/edge.sock");
  }
  const Variable none{"RUNTIME_DIRECTORY", nullptr};
  {
    const Variable user{"XDG_RUNTIME_DIR", "/run/user/7"};
    CHECK(socket() == (is_root ? "/run/culvert/edge.sock" : "/run/user/7/culvert/edge.sock"));
  }
  const Variable user{"XDG_RUNTIME_DIR", nullptr};
  CHECK(socket() == (is_root ? "/run/culvert/edge.sock" : "/home/me/.local/state/culvert/run/edge.sock"));
  const std::vector<std::string> all = runtime_folders();
  CHECK(std::count(all.begin(), all.end(), "/run/culvert") == 1);
}

TEST_CASE("files: a control socket whose path is too long is said at the name that makes it so") {
  // 107 bytes with the '/' before and '.sock' behind a name of 4.
  const std::string folder = "/" + std::string(96, 'r');
  const auto said = [](const std::string& text) {
    Problems problems;
    load_text(text + "[node.a]\nplugin = 'x'\n", "edge.toml", problems);
    return lines(problems);
  };
  const Variable given{"RUNTIME_DIRECTORY", folder.c_str()};
  CHECK(said("[runtime]\nname = 'edge'\n").empty());
  CHECK(said("[runtime]\nname = 'edges'\n") ==
        "edge.toml:2:8: runtime: 'name' makes the path of the control socket '" + folder.substr(0, 80) +
            "...' 108 bytes long, at most 107 are possible: use a shorter name, or a shorter runtime folder "
            "(RUNTIME_DIRECTORY)\n");
  const Variable deep{"RUNTIME_DIRECTORY", ("/" + std::string(110, 'r')).c_str()};
  CHECK(said("").starts_with("edge.toml: runtime: 'name' makes the path"));
  CHECK(said("[runtime]\nlog_level = 'info'\n").starts_with("edge.toml:1:1: runtime: 'name' makes the path"));
}

TEST_CASE("files: a path is seen from the folder of its file") {
  CHECK(absolute_from("ca.crt", "/etc/edge/edge.toml") == "/etc/edge/ca.crt");
  CHECK(absolute_from("../ca.crt", "/etc/edge/edge.toml") == "/etc/ca.crt");
  CHECK(absolute_from("/ca.crt", "/etc/edge/edge.toml") == "/ca.crt");
  CHECK(absolute_from("a", "edge.toml") == (std::filesystem::current_path() / "a").string());
}
