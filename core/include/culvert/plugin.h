/* SPDX-License-Identifier: MIT */
/**
 * The boundary between Culvert and a plugin. C11; compiles as C++ too.
 *
 * A plugin is a shared object that exports one constant, `culvert_module_v1`. It names descriptors; a descriptor
 * holds the facts of one plugin (text) and its functions. The same object runs as a thread of the runtime or in a
 * process of its own and cannot tell which.
 *
 * Rules that hold for every declaration here:
 * - Every struct but `culvert_text` starts with its `size` in bytes, as the side that filled it in knew it. Fields are
 *   only ever appended. Read a field that this minor version added only when `size` covers it.
 * - Text is UTF-8 and has a length; it is not NUL-terminated unless said. Bytes are `culvert_text` as well.
 * - Every pointer that is passed to a call is valid for that call only. What `create` gets as its host is the one
 *   exception: it is valid until `destroy` returns.
 * - No exception, no C++ type, no allocation to be freed by the other side, and no `FILE *` crosses.
 * - Each function says which thread may call it. No two calls for one node ever overlap.
 * - A plugin leaves exit, signals, locale, the current folder, umask and the descriptors 0 to 2 of the process alone
 *   (a sink may write to 1, without changing its flags), and shares no state between two nodes that matters.
 */
#ifndef CULVERT_PLUGIN_H
#define CULVERT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The major version is also in the name of the exported symbol; another major version is another symbol. */
#define CULVERT_ABI_MAJOR 1
/** Grows with each appended field. A host takes any module whose minor version is not above its own. */
#define CULVERT_ABI_MINOR 0

/** Bytes or UTF-8 text with a length. The one struct without a size of its own: it never grows. */
typedef struct culvert_text {
  const char* data; /**< may be NULL when `size` is 0 */
  uint64_t size;    /**< in bytes */
} culvert_text;

/** What a call answers, and how a message ended. */
enum {
  CULVERT_OK = 0,       /**< done; as an end: delivered */
  CULVERT_PENDING = 1,  /**< taken; `complete` will follow */
  CULVERT_AGAIN = 2,    /**< not now: offer it again */
  CULVERT_REJECTED = 3, /**< this message can never be taken; as an end: set aside as a dead letter */
  CULVERT_CLOSED = 4,   /**< the node is stopping: nothing is taken any more */
  CULVERT_FAILED = 5,   /**< this instance cannot go on */
  CULVERT_DROPPED = 6   /**< as an end only: dropped by a route's policy */
};
typedef int32_t culvert_status;

/** Types of a field's value. */
enum {
  CULVERT_NULL = 0,
  CULVERT_BOOL = 1,
  CULVERT_I64 = 2,
  CULVERT_U64 = 3,
  CULVERT_F64 = 4,
  CULVERT_STRING = 5,
  CULVERT_BYTES = 6
};

/** How far a value can be trusted. */
enum { CULVERT_GOOD = 0, CULVERT_UNCERTAIN = 1, CULVERT_BAD = 2 };

/** What a message carries. */
enum { CULVERT_RECORD = 0, CULVERT_PAYLOAD = 1 };

/** Flags of a message. */
enum {
  CULVERT_RETAINED = 1 << 0,     /**< the broker kept it from before the subscription */
  CULVERT_DUPLICATE = 1 << 1,    /**< may have been handed over before */
  CULVERT_HISTORICAL = 1 << 2,   /**< was queued across an outage */
  CULVERT_TIME_UNSYNCED = 1 << 3 /**< the clock was not set when it was measured; `emit` sees to it */
};

/** Levels of a log line. */
enum { CULVERT_LOG_ERROR = 0, CULVERT_LOG_WARN = 1, CULVERT_LOG_INFO = 2, CULVERT_LOG_DEBUG = 3 };

/** State of a connector's way to the outside. */
enum { CULVERT_LINK_DOWN = 0, CULVERT_LINK_CONNECTING = 1, CULVERT_LINK_UP = 2 };

/** How the node is run. */
enum {
  CULVERT_RUN_ON = 0,  /**< until it is stopped */
  CULVERT_RUN_ONCE = 1 /**< a source without an end makes one round, then its `poll` answers CULVERT_DONE */
};

/** Limits that the host enforces where a message enters. */
#define CULVERT_MAX_TOPIC 65535u
#define CULVERT_MAX_PAYLOAD 1048576u
#define CULVERT_MAX_PROPERTIES 32u
#define CULVERT_MAX_FIELDS 4096u

/** One value of a record. */
typedef struct culvert_field {
  uint32_t size;
  uint8_t type;    /**< CULVERT_NULL to CULVERT_BYTES: which member of `value` holds */
  uint8_t quality; /**< CULVERT_GOOD, CULVERT_UNCERTAIN or CULVERT_BAD */
  uint16_t zero;   /**< 0 */
  culvert_text name;
  culvert_text unit; /**< a UCUM code such as "Cel"; empty when there is none */
  union {
    uint8_t boolean; /**< 0 or 1 */
    int64_t i64;
    uint64_t u64;
    double f64;
    culvert_text text; /**< of CULVERT_STRING (UTF-8) and CULVERT_BYTES */
  } value;
} culvert_field;

/** A pair that travels with a message; MQTT user properties, and "mqtt.qos", "mqtt.retain" ("0" or "1"). */
typedef struct culvert_property {
  uint32_t size;
  uint32_t zero; /**< 0 */
  culvert_text name;
  culvert_text value;
} culvert_property;

/** One message: a record or a payload under a topic. */
typedef struct culvert_message {
  uint32_t size;
  uint32_t flags;     /**< CULVERT_RETAINED and its neighbours, or'ed */
  int64_t time_ns;    /**< when it was measured: nanoseconds since 1970 UTC; `emit` puts the present for 0 */
  uint64_t run_id;    /**< set by the host: with `seq` unique on a route; `emit` ignores it */
  uint64_t seq;       /**< set by the host, in steps of one on a route; a gap is loss; `emit` ignores it */
  culvert_text topic; /**< UTF-8, to CULVERT_MAX_TOPIC bytes, no control, '+', '#'; emitted empty: the node's `topic` */
  uint32_t kind;      /**< CULVERT_RECORD or CULVERT_PAYLOAD */
  uint32_t field_count;               /**< of a record, at most CULVERT_MAX_FIELDS */
  uint32_t property_count;            /**< at most CULVERT_MAX_PROPERTIES */
  uint32_t zero;                      /**< 0 */
  const culvert_field* fields;        /**< step through it by `fields[0].size` bytes */
  const culvert_property* properties; /**< step through it by `properties[0].size` bytes */
  culvert_text payload;               /**< of a payload; at most CULVERT_MAX_PAYLOAD bytes, may hold NUL */
  culvert_text content_type;          /**< of a payload, "application/json" for one; may be empty */
} culvert_message;

/** One option as the configuration gave it, or its default. */
typedef struct culvert_setting {
  uint32_t size;
  uint32_t given;   /**< 1 when the configuration names it, 0 for a default */
  culvert_text key; /**< "interval", "tls.ca"; of lists "url[0]", of lists of tables "subscribe[0].topic" */
  /** Canonical: durations in nanoseconds and sizes in bytes as decimal integers, "true" and "false", numbers in
   *  decimal, paths absolute, secrets already read. NUL-terminated as well. */
  culvert_text value;
} culvert_setting;

/** All options of a node, sorted by key. An option that is not given and has no default is absent. */
typedef struct culvert_settings {
  uint32_t size;
  uint32_t count;
  const culvert_setting* entries; /**< step through it by `entries[0].size` bytes */
} culvert_settings;

/**
 * Our side, one table for each node; the first argument of each function is the table itself.
 * All functions may be called from [any thread] between the start of `create` and the end of `destroy`, and none waits.
 */
typedef struct culvert_host {
  uint32_t size;
  uint32_t abi_minor; /**< CULVERT_ABI_MINOR of the host */
  void* context;      /**< the host's own */
  culvert_text node_name;
  culvert_text runtime_name;
  culvert_text state_dir; /**< a folder that outlives the process, NUL-terminated; may not exist before `start` */
  uint32_t run_mode;      /**< CULVERT_RUN_ON or CULVERT_RUN_ONCE */
  uint32_t zero;          /**< 0 */

  /**
   * Copies a message into every route that it matches, or into none.
   * `token`: 0, or a number of the source's choice that `acked` will name once, when the message has ended everywhere.
   * Called inside `process` on the node thread the message is a child of that input: it becomes visible when `process`
   * answers OK or PENDING, is thrown away otherwise, and `token` must be 0.
   * Answers CULVERT_OK; CULVERT_AGAIN when a route that must not lose it is full (`room` will be called once);
   * CULVERT_CLOSED when the node may not emit any more; CULVERT_REJECTED when the message breaks a rule above
   * (counted, and said by the host).
   */
  culvert_status (*emit)(const struct culvert_host* host, const culvert_message* message, uint64_t token);
  /**
   * Writes a line under the node's name. Level: CULVERT_LOG_ERROR and its neighbours. No line feed at the end.
   * Of lines that differ in nothing but numbers, unless these stand within 'ticks', one is written in 10 s, and then
   * the latest with the count. Debug lines are all written.
   */
  void (*log)(const struct culvert_host* host, uint32_t level, culvert_text line);
  /**
   * Says once why something did not work. With CULVERT_FAILED this instance ends after the present call; with any other
   * status but CULVERT_OK it counts as degraded until CULVERT_OK is reported.
   */
  void (*report)(const struct culvert_host* host, culvert_status status, culvert_text why);
  /** Tells the state of the way to the outside: CULVERT_LINK_DOWN, CONNECTING or UP, and to whom or why. */
  void (*set_link)(const struct culvert_host* host, uint32_t state, culvert_text detail);
  /**
   * Ends a message that `process` answered with CULVERT_PENDING: CULVERT_OK, CULVERT_REJECTED, or CULVERT_AGAIN to have
   * it offered again. A token that is stale, unknown or was completed before is counted and ignored.
   */
  void (*complete)(const struct culvert_host* host, uint64_t token, culvert_status status);
  /** Wakes the node thread: what was answered with CULVERT_AGAIN is offered again, and `poll` is called. */
  void (*ready)(const struct culvert_host* host);
  /** A table of the host by its name, "culvert.name/1", or NULL. */
  const void* (*get_extension)(const struct culvert_host* host, const char* name);
} culvert_host;

/** `poll` answers: call me when `ready` says so, not before. */
#define CULVERT_NEVER INT64_MAX
/** `poll` answers: this source will emit nothing more by itself. */
#define CULVERT_DONE (INT64_MAX - 1)

/**
 * One plugin. Functions that a plugin does not need may be NULL, but `create` and `destroy`, and `process` for a sink,
 * transform or connector. `node` is what `create` gave.
 */
typedef struct culvert_descriptor {
  uint32_t size;
  uint32_t facts_size; /**< in bytes, without the NUL */
  const char* facts;   /**< the same bytes as in the note that CULVERT_FACTS made */

  /** [main thread; node thread at a restart] Reads settings, opens nothing. CULVERT_OK, or CULVERT_FAILED, reported. */
  culvert_status (*create)(const culvert_host* host, const culvert_settings* settings, void** ret_node);
  /** [node thread] Opens files and sockets, starts threads. Answers as `create` does; need not wait for a far end. */
  culvert_status (*start)(void* node);
  /** [node thread] From now on emit nothing new; go on taking, completing and acknowledging. */
  void (*quiesce)(void* node);
  /** [node thread] Give up the outside. No call follows but `destroy`; the node's own threads are at rest after it. */
  void (*stop)(void* node);
  /** [main thread; node thread at a restart] Frees the node. After a failure `create` may follow, for a new one. */
  void (*destroy)(void* node);
  /**
   * [node thread] Takes one message. Answers
   * CULVERT_OK (done), CULVERT_PENDING (taken, `complete(token)` will follow), CULVERT_AGAIN (offer it again after
   * `ready` or a back-off of 10 ms to 1 s; only its route waits), CULVERT_REJECTED (never offer it again), or
   * CULVERT_FAILED (this instance cannot go on; the message stays).
   */
  culvert_status (*process)(void* node, const culvert_message* message, uint64_t token);
  /** [node thread] A burst of `process` calls is over: write out what was gathered. */
  void (*flush)(void* node);
  /**
   * [node thread] Work that is due. `now_ns` and the answer are on the monotonic clock. Answers when it wants to run
   * next, CULVERT_NEVER or CULVERT_DONE. Called first right after `start`, and after each `ready`.
   */
  int64_t (*poll)(void* node, int64_t now_ns);
  /** [node thread] After an `emit` that answered CULVERT_AGAIN: every route has room again. */
  void (*room)(void* node);
  /** [node thread] The message emitted with `token` has ended: CULVERT_OK, CULVERT_DROPPED or CULVERT_REJECTED. */
  void (*acked)(void* node, uint64_t token, culvert_status status);
  /** [main thread] A table of the plugin by its name, "culvert.name/1", or NULL. */
  const void* (*get_extension)(const char* name);
} culvert_descriptor;

/** What a shared object exports. */
typedef struct culvert_module {
  uint32_t size;
  uint32_t abi_minor; /**< CULVERT_ABI_MINOR that it was built with */
  uint32_t descriptor_count;
  uint32_t zero; /**< 0 */
  const culvert_descriptor* const* descriptors;
} culvert_module;

#define CULVERT_MODULE_SYMBOL "culvert_module_v1"
#define CULVERT_NOTE_SECTION ".note.culvert.facts.1"
#define CULVERT_NOTE_NAME "culvert.facts.1"

#if defined(__cplusplus)
#define CULVERT_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define CULVERT_EXPORT extern __attribute__((visibility("default")))
#endif

/**
 * Declares the facts of one plugin: `CULVERT_FACTS(facts, "id = 'lines'\n" ...);` makes the ELF note, and
 * CULVERT_FACTS_OF(facts) fills the first fields of the descriptor with the same bytes. The text is TOML; its keys
 * are listed in core/plugin/FACTS.md. Nothing but this text is read before the plugin runs.
 * The layout is that of an ELF note: name size, descriptor size, type, name (16 bytes), descriptor.
 */
#define CULVERT_FACTS(name_, ...)                                                        \
  __attribute__((section(CULVERT_NOTE_SECTION), used, aligned(4))) static const struct { \
    uint32_t name_size, text_size, type;                                                 \
    char name[sizeof(CULVERT_NOTE_NAME)];                                                \
    char text[sizeof(__VA_ARGS__)];                                                      \
  } name_ = {sizeof(CULVERT_NOTE_NAME), sizeof(__VA_ARGS__), 1, CULVERT_NOTE_NAME, __VA_ARGS__}
#define CULVERT_FACTS_OF(name_) (uint32_t)(sizeof((name_).text) - 1), (name_).text

#ifdef __cplusplus
}
#endif

#include <culvert/extensions.h>

#endif
