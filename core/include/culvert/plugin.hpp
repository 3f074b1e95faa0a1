// SPDX-License-Identifier: MIT
/// A plugin as a C++20 class. Header only; everything it hands over is the C boundary of <culvert/plugin.h>.
///
///     class Shout : public culvert::Node {
///      public:
///       Shout(culvert::Host host, const culvert::Settings& settings) : Node{host} {}
///       culvert_status process(culvert::MessageView message, uint64_t token) { ... }
///     };
///     CULVERT_FACTS(facts, R"(id = "shout" ...)");
///     CULVERT_PLUGIN(Shout, facts)
///
/// The class may have any of `start quiesce stop process flush poll room acked`; only those that it has are called.
/// An exception that leaves one of them becomes a `report` and CULVERT_FAILED.
#pragma once

#include <culvert/plugin.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace culvert {

inline culvert_text text(std::string_view view) noexcept { return {view.data(), view.size()}; }
inline std::string_view view(culvert_text text) noexcept {
  return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}

/// Walks an array of structs of the other side, whose size may differ from ours.
template <class T>
class Stride {
 public:
  Stride(const T* first, uint32_t count) : first_{first}, count_{count} {}
  uint32_t size() const noexcept { return count_; }
  const T& operator[](uint32_t index) const noexcept {
    const auto step = static_cast<std::size_t>(first_->size);
    return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(first_) + index * step);
  }

 private:
  const T* first_;
  uint32_t count_;
};

/// A view of a message; valid as long as what it points to.
class MessageView {
 public:
  explicit MessageView(const culvert_message& message) noexcept : message_{&message} {}
  const culvert_message& raw() const noexcept { return *message_; }
  std::string_view topic() const noexcept { return view(message_->topic); }
  std::string_view payload() const noexcept { return view(message_->payload); }
  std::string_view content_type() const noexcept { return view(message_->content_type); }
  int64_t time_ns() const noexcept { return message_->time_ns; }
  uint32_t flags() const noexcept { return message_->flags; }
  bool is_record() const noexcept { return message_->kind == CULVERT_RECORD; }
  Stride<culvert_field> fields() const noexcept { return {message_->fields, message_->field_count}; }
  Stride<culvert_property> properties() const noexcept { return {message_->properties, message_->property_count}; }
  std::optional<std::string_view> property(std::string_view name) const noexcept {
    for (uint32_t i = 0; i < message_->property_count; ++i) {
      if (view(properties()[i].name) == name) { return view(properties()[i].value); }
    }
    return std::nullopt;
  }

 private:
  const culvert_message* message_;
};

/// A message to be emitted. Refers to the text that it is given, and copies none.
class Draft {
 public:
  Draft() noexcept { message_.size = sizeof message_; }
  /// All of another message, to be changed here and there. Refers to what that one refers to.
  explicit Draft(MessageView other) : Draft{} {
    const culvert_message& from = other.raw();
    topic(view(from.topic)).time_ns(from.time_ns).flags(from.flags);
    if (!other.is_record()) { payload(other.payload(), other.content_type()); }
    // The host may know longer structs than we do: what is kept is as long as ours.
    for (uint32_t i = 0; i < from.field_count; ++i) { fields_.push_back(other.fields()[i]); }
    for (culvert_field& field : fields_) { field.size = sizeof field; }
    for (uint32_t i = 0; i < from.property_count; ++i) { properties_.push_back(other.properties()[i]); }
    for (culvert_property& property : properties_) { property.size = sizeof property; }
  }
  Draft& topic(std::string_view topic) noexcept { return message_.topic = text(topic), *this; }
  Draft& time_ns(int64_t time_ns) noexcept { return message_.time_ns = time_ns, *this; }
  Draft& flags(uint32_t flags) noexcept { return message_.flags = flags, *this; }
  Draft& payload(std::string_view payload, std::string_view content_type = {}) noexcept {
    message_.kind = CULVERT_PAYLOAD;
    message_.payload = text(payload);
    message_.content_type = text(content_type);
    return *this;
  }
  /// Any integer, floating point number or bool.
  template <class Number>
  requires std::is_arithmetic_v<Number> Draft& field(std::string_view name, Number value, std::string_view unit = {},
                                                     uint8_t quality = CULVERT_GOOD) {
    if constexpr (std::is_same_v<Number, bool>) {
      add(name, CULVERT_BOOL, unit, quality).value.boolean = value ? 1 : 0;
    } else if constexpr (std::is_floating_point_v<Number>) {
      add(name, CULVERT_F64, unit, quality).value.f64 = static_cast<double>(value);
    } else if constexpr (std::is_signed_v<Number>) {
      add(name, CULVERT_I64, unit, quality).value.i64 = value;
    } else {
      add(name, CULVERT_U64, unit, quality).value.u64 = value;
    }
    return *this;
  }
  Draft& field(std::string_view name, std::string_view value, uint8_t quality = CULVERT_GOOD) {
    add(name, CULVERT_STRING, {}, quality).value.text = text(value);
    return *this;
  }
  Draft& bytes_field(std::string_view name, std::string_view bytes, uint8_t quality = CULVERT_GOOD) {
    add(name, CULVERT_BYTES, {}, quality).value.text = text(bytes);
    return *this;
  }
  Draft& null_field(std::string_view name, std::string_view unit = {}, uint8_t quality = CULVERT_BAD) {
    add(name, CULVERT_NULL, unit, quality);
    return *this;
  }
  Draft& property(std::string_view name, std::string_view value) {
    properties_.push_back({sizeof(culvert_property), 0, text(name), text(value)});
    return *this;
  }
  /// Valid until the draft changes or ends.
  const culvert_message& raw() noexcept {
    message_.fields = fields_.data();
    message_.field_count = static_cast<uint32_t>(fields_.size());
    message_.properties = properties_.data();
    message_.property_count = static_cast<uint32_t>(properties_.size());
    return message_;
  }

 private:
  culvert_field& add(std::string_view name, uint8_t type, std::string_view unit, uint8_t quality) {
    culvert_field field{};
    field.size = sizeof field;
    field.type = type;
    field.quality = quality;
    field.name = text(name);
    field.unit = text(unit);
    return fields_.emplace_back(field);
  }
  culvert_message message_{};
  std::vector<culvert_field> fields_;
  std::vector<culvert_property> properties_;
};

/// The options of a node. Valid inside the constructor only: copy what is kept.
class Settings {
 public:
  explicit Settings(const culvert_settings& settings) noexcept : settings_{&settings} {}
  std::optional<std::string_view> find(std::string_view key) const noexcept {
    const culvert_setting* setting = entry(key);
    return setting == nullptr ? std::nullopt : std::optional{view(setting->value)};
  }
  std::string_view text(std::string_view key, std::string_view otherwise = {}) const noexcept {
    return find(key).value_or(otherwise);
  }
  bool flag(std::string_view key) const noexcept { return text(key) == "true"; }
  /// Durations are nanoseconds, sizes bytes.
  int64_t integer(std::string_view key, int64_t otherwise = 0) const {
    return find(key) ? std::stoll(std::string{text(key)}) : otherwise;
  }
  double number(std::string_view key, double otherwise = 0) const {
    return find(key) ? std::stod(std::string{text(key)}) : otherwise;
  }
  bool given(std::string_view key) const noexcept {
    const culvert_setting* setting = entry(key);
    return setting != nullptr && setting->given == 1;
  }
  /// The values of `key[0]`, `key[1]` and so on; with `part` those of `key[0].part`.
  std::vector<std::string> list(std::string_view key, std::string_view part = {}) const {
    std::vector<std::string> values;
    for (;;) {
      std::string name = std::string{key} + '[' + std::to_string(values.size()) + ']';
      if (!part.empty()) { name.append(1, '.').append(part); }
      const auto found = find(name);
      if (!found) { return values; }
      values.emplace_back(*found);
    }
  }

 private:
  const culvert_setting* entry(std::string_view key) const noexcept {
    const Stride<culvert_setting> entries{settings_->entries, settings_->count};
    for (uint32_t i = 0; i < entries.size(); ++i) {
      if (view(entries[i].key) == key) { return &entries[i]; }
    }
    return nullptr;
  }
  const culvert_settings* settings_;
};

/// The host's table for one node, as values. May be copied; usable from any thread until the node's destructor ends.
class Host {
 public:
  explicit Host(const culvert_host* host) noexcept : host_{host} {}
  const culvert_host* raw() const noexcept { return host_; }
  std::string_view node_name() const noexcept { return view(host_->node_name); }
  std::string_view runtime_name() const noexcept { return view(host_->runtime_name); }
  std::string_view state_dir() const noexcept { return view(host_->state_dir); }
  bool once() const noexcept { return host_->run_mode == CULVERT_RUN_ONCE; }
  culvert_status emit(Draft& draft, uint64_t token = 0) const { return host_->emit(host_, &draft.raw(), token); }
  culvert_status emit(MessageView message, uint64_t token = 0) const {
    return host_->emit(host_, &message.raw(), token);
  }
  void error(std::string_view line) const { host_->log(host_, CULVERT_LOG_ERROR, text(line)); }
  void warn(std::string_view line) const { host_->log(host_, CULVERT_LOG_WARN, text(line)); }
  void info(std::string_view line) const { host_->log(host_, CULVERT_LOG_INFO, text(line)); }
  void debug(std::string_view line) const { host_->log(host_, CULVERT_LOG_DEBUG, text(line)); }
  void report(culvert_status status, std::string_view why) const { host_->report(host_, status, text(why)); }
  void set_link(uint32_t state, std::string_view detail) const { host_->set_link(host_, state, text(detail)); }
  void complete(uint64_t token, culvert_status status) const { host_->complete(host_, token, status); }
  void ready() const { host_->ready(host_); }
  /// Renders a template; throws std::runtime_error when it is not one.
  std::string render(std::string_view pattern, MessageView message) const {
    const auto* templates = static_cast<const culvert_template_v1*>(host_->get_extension(host_, CULVERT_EXT_TEMPLATE));
    if (templates == nullptr) { throw std::runtime_error{"the host renders no templates"}; }
    const auto rendered = whole([&](char* out, uint64_t capacity) {
      return templates->render(host_, text(pattern), &message.raw(), out, capacity);
    });
    if (!rendered) { throw std::runtime_error{"'" + std::string{pattern} + "' is not a template"}; }
    return *rendered;
  }
  /// The record as CULVERT_ENCODE_JSON or CULVERT_ENCODE_TEXT; throws std::runtime_error when the message has none.
  std::string encode(uint32_t format, MessageView message) const {
    const auto* encoders = static_cast<const culvert_encode_v1*>(host_->get_extension(host_, CULVERT_EXT_ENCODE));
    if (encoders == nullptr) { throw std::runtime_error{"the host encodes no records"}; }
    const auto encoded = whole(
        [&](char* out, uint64_t capacity) { return encoders->encode(host_, format, &message.raw(), out, capacity); });
    if (!encoded) { throw std::runtime_error{"the host cannot encode this message"}; }
    return *encoded;
  }

 private:
  /// Calls `write(out, capacity)`, which answers the whole size, until all of it fits. Nothing when it answers -1.
  template <class Write>
  static std::optional<std::string> whole(Write write) {
    std::string made(256, '\0');
    for (;;) {
      const int64_t size = write(made.data(), made.size());
      if (size < 0) { return std::nullopt; }
      const bool fits = static_cast<std::size_t>(size) <= made.size();
      made.resize(static_cast<std::size_t>(size));
      if (fits) { return made; }
    }
  }

  const culvert_host* host_;
};

/// What a plugin's class derives from: it keeps the host.
class Node {
 public:
  explicit Node(Host host) noexcept : host_{host} {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  const Host& host() const noexcept { return host_; }

 protected:
  ~Node() = default;

 private:
  Host host_;
};

/// The functions at the C boundary for class `T`. Used through CULVERT_PLUGIN.
template <class T>
struct Boundary {
  template <class Result, class Body>
  static Result guard(const culvert_host* host, Result otherwise, Body body) noexcept {
    try {
      return body();
    } catch (const std::exception& error) { host->report(host, CULVERT_FAILED, text(error.what())); } catch (...) {
      host->report(host, CULVERT_FAILED, text("threw something that is no exception"));
    }
    return otherwise;
  }
  template <class Result, class Body>
  static Result on(void* node, Result otherwise, Body body) noexcept {
    T& self = *static_cast<T*>(node);
    return guard(self.host().raw(), otherwise, [&] { return body(self); });
  }
  static culvert_status create(const culvert_host* host, const culvert_settings* settings, void** ret_node) {
    return guard(host, culvert_status{CULVERT_FAILED}, [&]() -> culvert_status {
      *ret_node = new T{Host{host}, Settings{*settings}};
      return CULVERT_OK;
    });
  }
  static void destroy(void* node) { delete static_cast<T*>(node); }
  static culvert_status start(void* node) {
    return on(node, culvert_status{CULVERT_FAILED}, [](T& self) -> culvert_status { return self.start(), CULVERT_OK; });
  }
  /// `quiesce`, `stop`, `flush` or `room`.
  template <auto Function>
  static void plain(void* node) {
    on(node, 0, [](T& self) { return (self.*Function)(), 0; });
  }
  static culvert_status process(void* node, const culvert_message* message, uint64_t token) {
    return on(node, culvert_status{CULVERT_FAILED},
              [&](T& self) -> culvert_status { return self.process(MessageView{*message}, token); });
  }
  static int64_t poll(void* node, int64_t now_ns) {
    return on(node, int64_t{CULVERT_NEVER}, [&](T& self) -> int64_t { return self.poll(now_ns); });
  }
  static void acked(void* node, uint64_t token, culvert_status status) {
    on(node, 0, [&](T& self) { return self.acked(token, status), 0; });
  }

  static constexpr culvert_descriptor descriptor(uint32_t facts_size, const char* facts) noexcept {
    culvert_descriptor made{};
    made.size = sizeof made;
    made.facts_size = facts_size;
    made.facts = facts;
    made.create = create;
    made.destroy = destroy;
    // clang-format off
    // A function that has the right name and the wrong arguments would never be called: it must not compile.
#define CULVERT_WIRE(name_, function_, ...)                                                   \
  if constexpr (requires(T & t) { t.name_(__VA_ARGS__); }) { made.name_ = function_; }        \
  else { static_assert(!requires { &T::name_; }, #name_ " has other arguments than the host"); }
    CULVERT_WIRE(start, start) CULVERT_WIRE(poll, poll, int64_t{})
    CULVERT_WIRE(process, process, std::declval<MessageView>(), uint64_t{}) CULVERT_WIRE(flush, plain<&T::flush>)
    CULVERT_WIRE(room, plain<&T::room>) CULVERT_WIRE(acked, acked, uint64_t{}, culvert_status{})
    CULVERT_WIRE(quiesce, plain<&T::quiesce>) CULVERT_WIRE(stop, plain<&T::stop>)
    CULVERT_WIRE(get_extension, &T::get_extension, "")  // static and noexcept: asked of the plugin, not of a node
#undef CULVERT_WIRE
                                                           // clang-format on
        return made;
  }
};

}  // namespace culvert

/// Exports class `type_` with the facts `facts_` as the one plugin of this shared object.
#define CULVERT_PLUGIN(type_, facts_)                                                               \
  static constexpr culvert_descriptor culvert_the_descriptor =                                      \
      culvert::Boundary<type_>::descriptor(CULVERT_FACTS_OF(facts_));                               \
  static constexpr const culvert_descriptor* culvert_the_descriptors[] = {&culvert_the_descriptor}; \
  CULVERT_EXPORT const culvert_module culvert_module_v1;                                            \
  const culvert_module culvert_module_v1 = {sizeof(culvert_module), CULVERT_ABI_MINOR, 1, 0, culvert_the_descriptors};
