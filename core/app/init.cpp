// SPDX-License-Identifier: MIT
#include "core/app/command_line.hpp"
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/init_password.hpp"
#include "core/app/init_place.hpp"
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
#include <cstdlib>
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
      : command_{command}, place_{command.file}, here_{find_sensors(command.sys)} {
    first_.state_dir = place_.state;
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
    const std::string around = fs::path{place_.folder}.parent_path().string();
    if (place_.is_usual && !fs::exists(place_.folder) && ::access(around.c_str(), W_OK) != 0) {
      throw std::system_error{errno, std::generic_category(),
                              "make the folder '" + place_.folder + "', which root may, or name a file"};
    }
    if (!place_.is_idle) { refuse_old(place_.name); }
    if (!command_.user.empty() || !command_.password_file.empty()) { refuse_old(place_.secret); }
  }

  std::string missing() const { return command_.broker.empty() ? "--broker URL and --yes there" : "--yes there"; }

  void refuse_old(const std::string& name) const {
    if (command_.force || !fs::exists(fs::symlink_status(fs::path{place_.folder} / name))) { return; }
    throw std::runtime_error{'\'' + place_.folder + '/' + name +
                             "' is there already: name another file, or use --force"};
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
    refuse_old(place_.secret);
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
    if (place_.is_service) { add_credentials(files); }
    if (!password_.empty()) {
      // Waiting, a credential has the name by which the check asks for it.
      const std::string name = place_.is_service ? service_credential : place_.secret;
      (place_.is_service ? pipeline.credential : pipeline.secret) = name;
      files.add({name, place_.secret, password_ + '\n', 0600, command_.force});
    }
    files.add({place_.name, place_.name, to_text(pipeline), place_.mode(), command_.force || place_.is_idle});
  }

  /// Those that are there, as systemd will show them.
  void add_credentials(WholeFiles& files) const {
    for (const fs::directory_entry& one : fs::directory_iterator{fs::path{place_.folder} / "credentials"}) {
      const std::string name = service_credentials + one.path().filename().string();
      const bool is_new = name == service_credential && !password_.empty();
      if (!is_new && one.is_regular_file()) { files.add_link(name, one.path().string()); }
    }
  }

  /// What the check says of it, in the place where it waits to be put into its own; and of `others`, that it is taken
  /// together with.
  config::Problems problems_of(const WholeFiles& files, const std::vector<std::string>& others) const {
    const std::string staged = files.staged(place_.name);
    // What systemd will set for the service.
    if (place_.is_service) { ::setenv("CREDENTIALS_DIRECTORY", files.waiting().c_str(), 1); }
    std::vector<std::string> all{staged};
    all.insert(all.end(), others.begin(), others.end());
    config::Problems problems;
    for (config::Problem problem : load_and_check(all).problems.sorted()) {
      if (problem.place.file == staged) { problem.place.file = place_.file; }
      const bool is_error = problem.severity == config::Severity::error;
      is_error ? problems.error(problem.place, problem.text) : problems.warning(problem.place, problem.text);
    }
    return problems;
  }

  /// Whether the check has nothing against what is known so far; else says what.
  bool is_good(const FirstPipeline& known) const {
    if (!is_seen(known)) { return false; }
    config::Problems errors;
    WholeFiles files{place_.folder, place_.is_usual};
    stage(known, files);
    // What it warns of is mended by the answers to come; and what lies beside it may want the sensors that are not
    // chosen yet.
    for (const config::Problem& problem : problems_of(files, {}).sorted()) {
      if (problem.severity == config::Severity::error) { errors.error(problem.place, problem.text); }
    }
    print_problems(errors);
    return !errors.has_errors();
  }

  /// Whether the service can look at what the pipeline names; else says what it can't.
  bool is_seen(const FirstPipeline& known) const {
    for (const std::string& path : {known.ca, known.cert, known.key}) {
      const std::string why = place_.hidden(path);
      if (why.empty()) { continue; }
      std::fprintf(stderr, "culvert: %s\n", why.c_str());
      return false;
    }
    return true;
  }

  int write() {
    if (!is_seen(first_)) { throw Refused{}; }
    WholeFiles files{place_.folder, place_.is_usual};
    stage(first_, files);
    const config::Problems problems = problems_of(files, beside());
    print_problems(problems);
    if (problems.has_errors()) { throw Refused{}; }
    files.place();
    say();
    return exit_done;
  }

  /// What `culvert run` takes together with it when it is told no file.
  std::vector<std::string> beside() const {
    std::vector<std::string> others =
        place_.is_usual ? config::default_files(place_.folder) : std::vector<std::string>{};
    std::erase(others, CULVERT_USUAL_FILE);
    return others;
  }

  void say() const {
    if (!password_.empty()) {
      const std::string path = place_.folder + '/' + place_.secret;
      struct stat status {};
      const bool is_for_owner = ::stat(path.c_str(), &status) == 0 && (status.st_mode & 0077U) == 0;
      std::printf("wrote %s: the password, for its owner%s\n", path.c_str(), is_for_owner ? " alone" : " and group");
    }
    std::printf("wrote %s: %s to %s, as %s/NODE\n", place_.file.c_str(),
                counted(first_.sensors.size(), "sensor").c_str(), first_.broker.c_str(), first_.name.c_str());
    if (place_.is_service) {
      std::printf("next: systemctl restart culvert\n      culvert status\n");
      return;
    }
    const std::string word = place_.is_usual ? "" : ' ' + shell_word(place_.file);
    std::printf("next: culvert doctor%s\n      culvert run%s\n", word.c_str(), word.c_str());
  }

  const InitCommand& command_;
  const InitPlace place_;
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
