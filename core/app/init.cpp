// SPDX-License-Identifier: MIT
#include "core/app/command_line.hpp"
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/init_password.hpp"
#include "core/app/init_text.hpp"
#include "core/app/problems.hpp"
#include "core/app/questions.hpp"
#include "core/app/shell_quoted.hpp"
#include "core/app/whole_files.hpp"
#include "core/config/folders.hpp"
#include "core/util/words.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace culvert {
namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& path) { return path.empty() ? path : fs::absolute(path).string(); }

/// Empty when all names are of sensors that were found; else which is not, in words.
std::string unknown_sensor(const std::vector<FoundSensor>& found, const std::vector<std::string>& names) {
  std::vector<std::string_view> known(found.size());
  std::transform(found.begin(), found.end(), known.begin(),
                 [](const FoundSensor& sensor) { return std::string_view{sensor.name}; });
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) { continue; }
    std::string hint = config::suggestion(name, known);
    for (const std::string_view one : known) {
      if (!hint.starts_with(", did")) { hint.append(hint.empty() ? ", there are: " : ", ").append(one); }
    }
    return "there is no sensor " + config::quoted(name) + " here" + hint;
  }
  return {};
}

/// Those of the names, or all when there are none.
std::vector<FoundSensor> chosen(const std::vector<FoundSensor>& found, const std::vector<std::string>& names) {
  if (names.empty()) { return found; }
  std::vector<FoundSensor> some;
  for (const FoundSensor& sensor : found) {
    if (std::find(names.begin(), names.end(), sensor.name) != names.end()) { some.push_back(sensor); }
  }
  return some;
}

/// As one word of a shell, whatever is in it.
std::string shell_word(const std::string& text) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || std::strchr("%+,-./:=@_", c) != nullptr; };
  if (std::all_of(text.begin(), text.end(), is_plain)) { return text; }
  return shell_quoted(text);
}

std::vector<std::string> words_in(const std::string& text) {
  std::istringstream stream{text};
  return {std::istream_iterator<std::string>{stream}, {}};
}

/// The check has something against it, and has said what.
struct Refused {};

/// Makes one pipeline out of options and answers.
class Init {
 public:
  explicit Init(const InitCommand& command)
      : command_{command},
        file_{command.file.empty() ? CULVERT_USUAL_FILE : command.file},
        here_{find_sensors(command.sys)} {
    const fs::path path = fs::absolute(file_);
    is_usual_ = path.lexically_normal() == CULVERT_USUAL_FILE;
    folder_ = path.parent_path().string();
    name_ = path.filename().string();
    secret_ = path.stem().string() + ".password";
    first_.name = command.name.empty() ? config::default_name() : command.name;
    first_.broker = command.broker;
    first_.profile = command.profile;
    first_.user = command.user;
    first_.ca = command.ca;
    first_.cert = command.cert;
    first_.key = command.key;
    names_ = command.sensors;
  }

  int run() {
    refuse_at_once();
    for (const std::string& line : here_.left_out) { std::fprintf(stderr, "culvert: %s\n", line.c_str()); }
    for (std::string* path : {&first_.ca, &first_.cert, &first_.key}) { *path = absolute(*path); }
    // Answers come first where the password comes from the same input.
    const bool is_input = command_.password_file == standard_input;
    if (!command_.password_file.empty() && !is_input) { password_ = read_password(command_.password_file); }
    if (!command_.asks_nothing) { ask_for_missing(); }
    if (is_input) { password_ = read_password(command_.password_file); }
    first_.sensors = chosen(here_.found, names_);
    return write();
  }

 private:
  /// Before anything is asked.
  void refuse_at_once() const {
    if (command_.asks_nothing ? command_.broker.empty() : !can_ask()) {
      throw UsageError{command_.asks_nothing ? "init --yes needs --broker URL, such as mqtts://broker.example:8883"
                                             : "there is no terminal to ask on, and init needs " + missing()};
    }
    if (const std::string why = unknown_sensor(here_.found, names_); !why.empty()) { throw UsageError{why}; }
    const std::string around = fs::path{folder_}.parent_path().string();
    if (is_usual_ && !fs::exists(folder_) && ::access(around.c_str(), W_OK) != 0) {
      throw std::system_error{errno, std::generic_category(),
                              "make the folder '" + folder_ + "', which root may, or name a file"};
    }
    refuse_old(name_);
    if (!command_.user.empty() || !command_.password_file.empty()) { refuse_old(secret_); }
  }

  std::string missing() const { return command_.broker.empty() ? "--broker URL and --yes there" : "--yes there"; }

  void refuse_old(const std::string& name) const {
    if (command_.force || !fs::exists(fs::symlink_status(fs::path{folder_} / name))) { return; }
    throw std::runtime_error{'\'' + folder_ + '/' + name + "' is there already: name another file, or use --force"};
  }

  void ask_for_missing() {
    // What options say can't be mended by an answer.
    FirstPipeline given = first_;
    if (given.broker.empty()) { given.broker = "mqtts://localhost"; }
    if (!is_good(given)) { throw Refused{}; }
    if (first_.broker.empty()) {
      do {
        first_.broker = ask("Broker, such as mqtts://broker.example:8883");
      } while (first_.broker.empty() || !is_good(first_));
    }
    if (first_.ca.empty() && first_.broker.starts_with("mqtts:")) {
      do {
        first_.ca =
            absolute(ask("File with the CA that signed the broker's certificate; empty: one that this box trusts"));
      } while (!is_good(first_));
    }
    if (first_.user.empty()) {
      do { first_.user = ask("User that the broker knows; empty: none"); } while (!is_good(first_));
    }
    if (!first_.user.empty() && command_.password_file.empty()) { ask_for_password(); }
    if (command_.name.empty()) {
      const std::string usual = first_.name;
      do { first_.name = ask("Name of this box, the first part of each topic", usual); } while (!is_good(first_));
    }
    if (names_.empty()) { ask_for_sensors(); }
  }

  void ask_for_password() {
    refuse_old(secret_);
    do {
      password_ = ask_secret("Password of " + config::quoted(first_.user) + ", which is not shown");
      if (password_.empty()) { std::fprintf(stderr, "culvert: a password must not be empty\n"); }
    } while (password_.empty() || !is_good(first_));
  }

  void ask_for_sensors() {
    std::fprintf(stderr, "There is to read here:\n");
    for (const FoundSensor& sensor : here_.found) {
      std::fprintf(stderr, "  %s: %s\n", sensor.name.c_str(), sensor.what.c_str());
    }
    for (;;) {
      const std::string answer = ask("Which of these, with blanks between", "all");
      names_ = answer == "all" ? std::vector<std::string>{} : words_in(answer);
      const std::string why = unknown_sensor(here_.found, names_);
      if (why.empty()) { return; }
      std::fprintf(stderr, "culvert: %s\n", why.c_str());
    }
  }

  /// Puts both files where they wait.
  void stage(FirstPipeline pipeline, WholeFiles& files) const {
    if (!password_.empty()) {
      files.add(secret_, password_ + '\n', 0600);
      pipeline.secret = secret_;
    }
    files.add(name_, to_text(pipeline), 0640);
  }

  /// What the check says of it, in the place where it waits to be put into its own; and of `others`, that it is taken
  /// together with.
  config::Problems problems_of(const WholeFiles& files, const std::vector<std::string>& others) const {
    const std::string staged = files.staged(name_);
    std::vector<std::string> all{staged};
    all.insert(all.end(), others.begin(), others.end());
    config::Problems problems;
    for (config::Problem problem : load_and_check(all).problems.sorted()) {
      if (problem.place.file == staged) { problem.place.file = file_; }
      const bool is_error = problem.severity == config::Severity::error;
      is_error ? problems.error(problem.place, problem.text) : problems.warning(problem.place, problem.text);
    }
    return problems;
  }

  /// Whether the check has nothing against what is known so far; else says what.
  bool is_good(const FirstPipeline& known) const {
    config::Problems errors;
    WholeFiles files{folder_, is_usual_};
    stage(known, files);
    // What it warns of is mended by the answers to come; and what lies beside it may want the sensors that are not
    // chosen yet.
    for (const config::Problem& problem : problems_of(files, {}).sorted()) {
      if (problem.severity == config::Severity::error) { errors.error(problem.place, problem.text); }
    }
    print_problems(errors);
    return !errors.has_errors();
  }

  int write() {
    WholeFiles files{folder_, is_usual_};
    stage(first_, files);
    const config::Problems problems = problems_of(files, beside());
    print_problems(problems);
    if (problems.has_errors()) { throw Refused{}; }
    files.place(command_.force);
    say();
    return exit_done;
  }

  /// What `culvert run` takes together with it when it is told no file.
  std::vector<std::string> beside() const {
    std::vector<std::string> others = is_usual_ ? config::default_files(folder_) : std::vector<std::string>{};
    std::erase(others, CULVERT_USUAL_FILE);
    return others;
  }

  void say() const {
    if (!password_.empty()) {
      const std::string path = folder_ + '/' + secret_;
      struct stat status {};
      const bool is_for_owner = ::stat(path.c_str(), &status) == 0 && (status.st_mode & 0077U) == 0;
      std::printf("wrote %s: the password, for its owner%s\n", path.c_str(), is_for_owner ? " alone" : " and group");
    }
    std::printf("wrote %s: %s to %s, as %s/NODE\n", file_.c_str(), counted(first_.sensors.size(), "sensor").c_str(),
                first_.broker.c_str(), first_.name.c_str());
    const std::string word = is_usual_ ? "" : ' ' + shell_word(file_);
    std::printf("next: culvert doctor%s\n      culvert run%s\n", word.c_str(), word.c_str());
  }

  const InitCommand& command_;
  const std::string file_;  ///< as it was given
  bool is_usual_ = false;   ///< it is the one that is taken when none is named
  std::string folder_, name_, secret_;
  const Sensors here_;
  std::vector<std::string> names_;  ///< of the sensors that are wanted; empty: all
  FirstPipeline first_;
  std::string password_;
};

}  // namespace

int init_command(const InitCommand& command) {
  try {
    return Init{command}.run();
  } catch (const NotAnswered& error) {
    std::fprintf(stderr, "\nculvert: %s, nothing was written\n", error.what());
  } catch (const Refused&) {
    std::fprintf(stderr, "culvert: nothing was written\n");
    return exit_configuration;
  } catch (const UsageError&) { throw; } catch (const std::exception& error) {
    std::fprintf(stderr, "culvert: %s\n", error.what());
  }
  return exit_failed;
}

}  // namespace culvert
