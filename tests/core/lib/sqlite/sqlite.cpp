// SPDX-License-Identifier: MIT
#include "core/lib/sqlite/database.hpp"
#include "core/lib/sqlite/error.hpp"
#include "tests/support/folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace culvert::test {
namespace {

using sqlite::Database;

std::string empty_file(const TemporaryFolder& folder) {
  std::string path = folder.path() + "/x.db";
  std::ofstream{path};
  return path;
}

/// What the call throws.
template <class Call>
std::system_error error_of(Call call) {
  try {
    call();
  } catch (const std::system_error& error) { return error; }
  FAIL("nothing was thrown");
  return std::system_error{std::error_code{}};
}

}  // namespace

TEST_CASE("sqlite: bytes and numbers come back as they were written, zeros and nothing among them") {
  const TemporaryFolder folder;
  Database database{empty_file(folder), Database::Access::read_write};
  database.run("CREATE TABLE t(n INTEGER, b BLOB)");
  const std::string bytes{"a\0b", 3};
  auto insert = database.prepare("INSERT INTO t VALUES(?1, ?2)");
  insert.bind(1, INT64_MIN).bind(2, bytes).run();
  insert.bind(1, int64_t{7}).bind(2, std::string_view{}).run();
  auto rows = database.prepare("SELECT n, b FROM t ORDER BY n");
  REQUIRE(rows.step());
  CHECK(rows.number(0) == INT64_MIN);
  CHECK(rows.bytes(1) == bytes);
  REQUIRE(rows.step());
  CHECK(rows.bytes(1).empty());
  CHECK_FALSE(rows.step());
  CHECK(database.number("SELECT count(*) FROM t WHERE b IS NULL") == 0);
}

TEST_CASE("sqlite: an error has the extended code, and names the step and why") {
  const TemporaryFolder folder;
  const std::string path = empty_file(folder);
  Database database{path, Database::Access::read_write};
  database.run("CREATE TABLE t(n INTEGER PRIMARY KEY); INSERT INTO t VALUES(1)");
  const auto twice = error_of([&] { database.prepare("INSERT INTO t VALUES(1)").run(); });
  CHECK(twice.code().category() == sqlite::category());
  CHECK(twice.code().value() == 1555);
  CHECK(std::string{twice.what()}.find("UNIQUE constraint failed: t.n") != std::string::npos);
  CHECK(sqlite::trouble(twice) == sqlite::Trouble::other);
  const auto missing = error_of([&] { Database{path + "x", Database::Access::read_write}; });
  CHECK(std::string{missing.what()}.find("open '" + path + "x'") != std::string::npos);
  CHECK(std::string{missing.what()}.find("No such file") != std::string::npos);
}

TEST_CASE("sqlite: a file that may not grow is full, one that is no database is damaged, one that is held is busy") {
  const TemporaryFolder folder;
  const std::string path = empty_file(folder);
  Database database{path, Database::Access::read_write};
  database.run("PRAGMA max_page_count = 4; CREATE TABLE t(b BLOB)");
  const auto full = error_of([&] { database.run("INSERT INTO t VALUES(zeroblob(100000))"); });
  CHECK(sqlite::trouble(full) == sqlite::Trouble::full);
  CHECK(database.number("SELECT count(*) FROM t") == 0);

  std::ofstream{folder.path() + "/other"} << std::string(5000, 'x');
  Database other{folder.path() + "/other", Database::Access::read_write};
  const auto damaged = error_of([&] { other.number("SELECT count(*) FROM sqlite_master"); });
  CHECK(sqlite::trouble(damaged) == sqlite::Trouble::damaged);

  Database holder{path, Database::Access::read_write};
  holder.run("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; INSERT INTO t VALUES(x'00')");
  const auto busy = error_of([&] { database.run("PRAGMA busy_timeout = 1; BEGIN IMMEDIATE"); });
  CHECK(sqlite::trouble(busy) == sqlite::Trouble::busy);
}

TEST_CASE("sqlite: what is open at an error is rolled back") {
  const TemporaryFolder folder;
  Database database{empty_file(folder), Database::Access::read_write};
  database.run("CREATE TABLE t(n INTEGER PRIMARY KEY); BEGIN; INSERT INTO t VALUES(1)");
  database.roll_back();
  database.roll_back();
  CHECK(database.number("SELECT count(*) FROM t") == 0);
}

TEST_CASE("sqlite: a symbolic link is not followed") {
  const TemporaryFolder folder;
  const std::string path = empty_file(folder);
  std::filesystem::create_symlink(path, folder.path() + "/link");
  CHECK_THROWS_AS((Database{folder.path() + "/link", Database::Access::read_write}), std::system_error);
}

}  // namespace culvert::test
