// SPDX-License-Identifier: MIT
#include "core/app/command_line.hpp"
#include "core/app/commands.hpp"
#include "core/app/exit_codes.hpp"
#include "core/app/init_text.hpp"
#include "core/app/problems.hpp"
#include "core/app/questions.hpp"
#include "core/app/shell_quoted.hpp"
#include "core/app/whole_files.hpp"
#include "core/config/folders.hpp"
#include "core/util/words.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace culvert {
namespace {

namespace fs = std::filesystem;

/// What `culvert run` takes when it is told no file.
constexpr const char* usual_file = "/etc/culvert/culvert.toml";

constexpr std::size_t max_password_bytes = 64 << 10;

/// What is typed by hand ends in a line feed that is no part of it.
std::string read_password(const std::string& file) {
  std::ifstream opened;
  const bool is_input = file == "-";
  if (!is_input) { opened.open(file); }
  std::istream& stream = is_input ? std::cin : opened;
  if (!stream) {
    throw std::system_error{errno, std::generic_category(), "read the password from " + config::quoted(file)};
  }
  std::string text(max_password_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.ends_with('\n')) { text.pop_back(); }
  const std::string what = "the password in " + config::quoted(file);
  if (text.empty()) { throw std::runtime_error{what + " is empty"}; }
  if (text.size() > max_password_bytes) { throw std::runtime_error{what + " is longer than 64 KiB"}; }
  return text;
}

std::string absolute(const std::string& path) { return path.empty() ? path : fs::absolute(path).string(); }

/// Those of the names, or all when there are none.
std::vector<FoundSensor> chosen(std::vector<FoundSensor> found, const std::vector<std::string>& names) {
  if (names.empty()) { return found; }
  std::vector<std::string_view> known(found.size());
  std::transform(found.begin(), found.end(), known.begin(),
                 [](const FoundSensor& sensor) { return std::string_view{sensor.name}; });
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) { continue; }
    std::string hint = config::suggestion(name, known);
    for (const std::string_view one : known) {
      if (!hint.starts_with(", did")) { hint.append(hint.empty() ? ", there are: " : ", ").append(one); }
    }
    throw UsageError{"there is no sensor " + config::quoted(name) + " here" + hint};
  }
  std::vector<FoundSensor> some;
  for (FoundSensor& sensor : found) {
    if (std::find(names.begin(), names.end(), sensor.name) != names.end()) { some.push_back(std::move(sensor)); }
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
      : command_{command}, file_{command.file.empty() ? usual_file : command.file}, found_{find_sensors(command.sys)} {
    const fs::path path = fs::absolute(file_);
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
    if (command_.file.empty()) { make_usual_folder(); }
    for (std::string* path : {&first_.ca, &first_.cert, &first_.key}) { *path = absolute(*path); }
    if (!command_.asks_nothing) { ask_for_missing(); }
    if (!command_.password_file.empty()) { password_ = read_password(command_.password_file); }
    first_.sensors = chosen(std::move(found_), names_);
    if (!password_.empty()) { first_.secret = secret_; }
    return write();
  }

 private:
  void make_usual_folder() const {
    std::error_code failed;
    fs::create_directory(folder_, failed);
    if (!failed) { return; }
    throw std::system_error{failed, "make the folder '" + folder_ + "', which root may, or name a file"};
  }

  /// Before anything is asked.
  void refuse_at_once() const {
    if (command_.asks_nothing ? command_.broker.empty() : !can_ask()) {
      throw UsageError{command_.asks_nothing ? "init --yes needs --broker URL, such as mqtts://broker.example:8883"
                                             : "there is no terminal to ask on, and init needs " + missing()};
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
    if (first_.user.empty()) { first_.user = ask("User that the broker knows; empty: none"); }
    if (!first_.user.empty() && command_.password_file.empty()) {
      refuse_old(secret_);
      password_ = ask_secret("Password of " + config::quoted(first_.user) + ", which is not shown");
    }
    if (command_.name.empty()) { first_.name = ask("Name of this box, the first part of each topic", first_.name); }
    if (!names_.empty()) { return; }
    std::fprintf(stderr, "There is to read here:\n");
    for (const FoundSensor& sensor : found_) {
      std::fprintf(stderr, "  %s: %s\n", sensor.name.c_str(), sensor.what.c_str());
    }
    const std::string answer = ask("Which of these, with blanks between", "all");
    if (answer != "all") { names_ = words_in(answer); }
  }

  /// What the check says of it, in the place where it waits to be put into its own.
  config::Problems problems_of(const WholeFiles& files) const {
    const std::string staged = files.staged(name_);
    config::Problems problems;
    for (config::Problem problem : load_and_check({staged}).problems.sorted()) {
      if (problem.place.file == staged) { problem.place.file = file_; }
      const bool is_error = problem.severity == config::Severity::error;
      is_error ? problems.error(problem.place, problem.text) : problems.warning(problem.place, problem.text);
    }
    return problems;
  }

  /// Whether the check has nothing against what is known so far; else says what.
  bool is_good(const FirstPipeline& known) const {
    config::Problems errors;
    WholeFiles files{folder_};
    files.add(name_, to_text(known), 0600);
    // What it warns of is mended by the answers to come.
    for (const config::Problem& problem : problems_of(files).sorted()) {
      if (problem.severity == config::Severity::error) { errors.error(problem.place, problem.text); }
    }
    print_problems(errors);
    return !errors.has_errors();
  }

  int write() {
    WholeFiles files{folder_};
    if (!password_.empty()) { files.add(secret_, password_ + '\n', 0600); }
    files.add(name_, to_text(first_), 0640);
    const config::Problems problems = problems_of(files);
    print_problems(problems);
    if (problems.has_errors()) { throw Refused{}; }
    files.place(command_.force);
    say();
    return exit_done;
  }

  void say() const {
    if (!password_.empty()) {
      std::printf("wrote %s/%s: the password, for its owner alone\n", folder_.c_str(), secret_.c_str());
    }
    std::printf("wrote %s: %s to %s, as %s/NODE\n", file_.c_str(), counted(first_.sensors.size(), "sensor").c_str(),
                first_.broker.c_str(), first_.name.c_str());
    const std::string word = shell_word(file_);
    std::printf("next: culvert doctor %s\n      culvert run %s\n", word.c_str(), word.c_str());
  }

  const InitCommand& command_;
  const std::string file_;  ///< as it was given
  std::string folder_, name_, secret_;
  std::vector<FoundSensor> found_;
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
