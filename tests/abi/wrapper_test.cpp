// SPDX-License-Identifier: MIT
#include <culvert/plugin.hpp>
#include <culvert/reconfigure.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// A host that remembers what it was told.
struct Host {
  culvert_host table{};
  std::vector<std::string> reports;
  culvert_status last = CULVERT_OK;

  Host() {
    table.size = sizeof table;
    table.context = this;
    table.report = [](const culvert_host* host, culvert_status status, culvert_text why) {
      auto& self = *static_cast<Host*>(host->context);
      self.last = status;
      self.reports.emplace_back(why.data, why.size);
    };
  }
};

class Throws : public culvert::Node {
 public:
  Throws(culvert::Host host, const culvert::Settings& settings) : Node{host} {
    if (settings.given("now")) { throw std::runtime_error{"not today"}; }
  }
  void start() { throw std::runtime_error{"start failed"}; }
  culvert_status process(culvert::MessageView, uint64_t) { throw 5; }
  int64_t poll(int64_t) { throw std::runtime_error{"poll failed"}; }
};

class Extended : public culvert::Node {
 public:
  using Node::Node;
  Extended(culvert::Host host, const culvert::Settings&) : Node{host} {}
  static const void* get_extension(const char* name) noexcept {
    return std::string_view{name} == "demo.extension/1" ? "found" : nullptr;
  }
  culvert_status process(culvert::MessageView, uint64_t) { return CULVERT_OK; }
};

/// Takes new settings, but for those that are `given`, "no" and "never".
class Retuned : public culvert::Node {
 public:
  Retuned(culvert::Host host, const culvert::Settings&) : Node{host} {}
  static const void* get_extension(const char* name) noexcept { return culvert::reconfigure_extension<Retuned>(name); }
  culvert_status process(culvert::MessageView, uint64_t) { return CULVERT_OK; }
  culvert_status reconfigure(const culvert::Settings& settings) {
    if (settings.given("never")) { throw std::runtime_error{"never"}; }
    return settings.given("no") ? CULVERT_REJECTED : CULVERT_OK;
  }
};

constexpr culvert_descriptor throws = culvert::Boundary<Throws>::descriptor(0, "");

}  // namespace

TEST_CASE("wrapper: an exception in create is reported and gives no node") {
  Host host;
  const culvert_setting now{sizeof now, 1, culvert::text("now"), culvert::text("true")};
  const culvert_settings settings{sizeof settings, 1, &now};
  void* node = nullptr;
  CHECK(throws.create(&host.table, &settings, &node) == CULVERT_FAILED);
  CHECK(node == nullptr);
  CHECK(host.last == CULVERT_FAILED);
  CHECK(host.reports == std::vector<std::string>{"not today"});
}

TEST_CASE("wrapper: an exception anywhere else is a report and a status") {
  Host host;
  const culvert_settings settings{sizeof settings, 0, nullptr};
  void* node = nullptr;
  REQUIRE(throws.create(&host.table, &settings, &node) == CULVERT_OK);
  CHECK(throws.start(node) == CULVERT_FAILED);
  const culvert_message message{};
  CHECK(throws.process(node, &message, 1) == CULVERT_FAILED);
  CHECK(throws.poll(node, 0) == CULVERT_NEVER);
  CHECK(host.reports ==
        std::vector<std::string>{"start failed", "threw something that is no exception", "poll failed"});
  throws.destroy(node);
}

TEST_CASE("wrapper: a draft of a message is that message, whatever the host's structs have behind what we know") {
  struct LongField {
    culvert_field known;
    uint64_t later = 0;
  };
  LongField fields[2];
  for (LongField& field : fields) {
    field.known.size = sizeof field;
    field.known.type = CULVERT_I64;
    field.known.name = culvert::text("n");
  }
  fields[1].known.value.i64 = 7;
  culvert_message message{};
  message.size = sizeof message + 64;
  message.topic = culvert::text("a/b");
  message.time_ns = 5;
  message.field_count = 2;
  message.fields = &fields[0].known;
  culvert::Draft draft{culvert::MessageView{message}};
  const culvert_message& made = draft.topic("c").raw();
  CHECK(made.size == sizeof made);
  CHECK(culvert::view(made.topic) == "c");
  CHECK(made.time_ns == 5);
  REQUIRE(made.field_count == 2);
  CHECK(made.fields[0].size == sizeof(culvert_field));
  CHECK(made.fields[1].value.i64 == 7);
}

TEST_CASE("wrapper: a class tells the extensions of its plugin, and one without any has none") {
  constexpr culvert_descriptor extended = culvert::Boundary<Extended>::descriptor(0, "");
  CHECK((throws.get_extension == nullptr));
  REQUIRE((extended.get_extension != nullptr));
  CHECK(extended.get_extension("demo.extension/1") != nullptr);
  CHECK(extended.get_extension("demo.extension/2") == nullptr);
}

TEST_CASE("wrapper: a class takes new settings, refuses them, or throws, as it does in any call") {
  constexpr culvert_descriptor retuned = culvert::Boundary<Retuned>::descriptor(0, "");
  const auto* table = static_cast<const culvert_reconfigure_v1*>(retuned.get_extension("culvert.reconfigure/1"));
  REQUIRE((table != nullptr));
  CHECK(table->size == sizeof(culvert_reconfigure_v1));
  CHECK(table->zero == 0);
  CHECK(retuned.get_extension("culvert.reconfigure/2") == nullptr);
  Host host;
  const culvert_settings nothing{sizeof nothing, 0, nullptr};
  void* node = nullptr;
  REQUIRE(retuned.create(&host.table, &nothing, &node) == CULVERT_OK);
  const auto give = [&](const char* key) {
    const culvert_setting one{sizeof one, 1, culvert::text(key), culvert::text("true")};
    const culvert_settings settings{sizeof settings, 1, &one};
    return table->reconfigure(node, &settings);
  };
  CHECK(give("yes") == CULVERT_OK);
  CHECK(give("no") == CULVERT_REJECTED);
  CHECK(host.reports.empty());
  CHECK(give("never") == CULVERT_FAILED);
  CHECK(host.last == CULVERT_FAILED);
  CHECK(host.reports == std::vector<std::string>{"never"});
  retuned.destroy(node);
}
