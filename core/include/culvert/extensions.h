/* SPDX-License-Identifier: MIT */
/**
 * The extensions that there are, of the host and of plugins: tables that one side asks the other for by name, with
 * `get_extension`. Each may be absent. The rules of plugin.h, which includes this file, hold here too.
 */
#ifndef CULVERT_EXTENSIONS_H
#define CULVERT_EXTENSIONS_H

#include <culvert/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Extension of the host: renders a template such as "{node}: {value} {unit}" from a message. */
#define CULVERT_EXT_TEMPLATE "culvert.template/1"
typedef struct culvert_template_v1 {
  uint32_t size;
  uint32_t zero; /**< 0 */
  /**
   * [any thread] Writes at most `capacity` bytes of the rendered text and answers its whole size in bytes, or -1 when
   * the template is not one. Names: value unit time node runtime topic seq, field.NAME, property.NAME, and the
   * record's field names; `{{` and `}}` are braces. `seq` is the message's own; `topic` too, or the one that the node's
   * messages get when it has none.
   */
  int64_t (*render)(const culvert_host* host, culvert_text text, const culvert_message* message, char* ret_text,
                    uint64_t capacity);
} culvert_template_v1;

/** Extension of the host: a message's record as bytes, the same as a route makes for a sink that takes payloads only.
 */
#define CULVERT_EXT_ENCODE "culvert.encode/1"
enum {
  CULVERT_ENCODE_JSON = 0, /**< {"time":"2026-11-23T10:00:00.123Z","value":41.2,"unit":"Cel","quality":"good"} */
  CULVERT_ENCODE_TEXT = 1  /**< 41.2 Cel */
};
typedef struct culvert_encode_v1 {
  uint32_t size;
  uint32_t zero; /**< 0 */
  /**
   * [any thread] Writes at most `capacity` bytes of the encoded record and answers its whole size in bytes, or -1 when
   * the message is no record or the format, CULVERT_ENCODE_JSON or its neighbour, is unknown.
   */
  int64_t (*encode)(const culvert_host* host, uint32_t format, const culvert_message* message, char* ret_text,
                    uint64_t capacity);
} culvert_encode_v1;

/** Extension of the host: why a message is rejected. On a durable route it is kept with the dead letter. */
#define CULVERT_EXT_REASON "culvert.reason/1"
/** Bytes; what is behind them is left out. */
#define CULVERT_MAX_REASON 256u
typedef struct culvert_reason_v1 {
  uint32_t size;
  uint32_t zero; /**< 0 */
  /**
   * [any thread] Why the message with that token will be rejected, UTF-8, for people: to be called before `process` or
   * `complete` says CULVERT_REJECTED. Without it the reason is "rejected by its reader".
   */
  void (*explain)(const culvert_host* host, uint64_t token, culvert_text reason);
} culvert_reason_v1;

/**
 * Extension of a plugin: tries its rules for TLS against the library that is installed here, with servers that it plays
 * itself, good ones and bad ones. Needs no node and no configuration, and opens nothing.
 */
#define CULVERT_EXT_TLS_SELFTEST "culvert.tls_selftest/1"
enum {
  CULVERT_SELFTEST_OK = 0,     /**< what happened is what was expected */
  CULVERT_SELFTEST_FAILED = 1, /**< it is not */
  CULVERT_SELFTEST_NOT_RUN = 2 /**< the library cannot play that server: nothing is known */
};
typedef struct culvert_selftest_case {
  uint32_t size;
  uint32_t verdict;      /**< CULVERT_SELFTEST_OK or its neighbour */
  culvert_text name;     /**< "clone": without spaces, the same in every version */
  culvert_text tried;    /**< "a certificate for another name" */
  culvert_text expected; /**< "refused" */
  culvert_text happened; /**< "refused: certificate is for 'other.test', not 'plant.test'"; or why it was not run */
} culvert_selftest_case;
typedef struct culvert_tls_selftest_v1 {
  uint32_t size;
  uint32_t zero; /**< 0 */
  /** [main thread] Name and version of the library that is loaded, "wolfSSL 5.5.4"; valid until the process ends. */
  culvert_text (*library)(void);
  /**
   * [main thread] Calls `report` with `context` for each case as it ends. Answers CULVERT_OK when all cases were
   * reported, whatever their verdicts; CULVERT_FAILED when it could not go on.
   */
  culvert_status (*run)(void* context, void (*report)(void* context, const culvert_selftest_case* one));
} culvert_tls_selftest_v1;

/** Extension of a plugin: walks the way to the outside once, for `culvert doctor`; its node may run meanwhile. */
#define CULVERT_EXT_DOCTOR "culvert.doctor/1"
enum {
  CULVERT_STEP_OK = 0,
  CULVERT_STEP_WARNING = 1, /**< it works, and yet somebody should look at it */
  CULVERT_STEP_FAILED = 2,
  CULVERT_STEP_NOT_DONE = 3 /**< it needs a step that failed */
};
typedef struct culvert_finding {
  uint32_t size;
  uint32_t result;      /**< CULVERT_STEP_OK and its neighbours */
  culvert_text subject; /**< whose way is walked, "mqtts://broker.example:8883"; empty for what belongs to none */
  culvert_text step;    /**< what is looked at, in a word: "name", "TLS" */
  culvert_text detail;  /**< what was found, in one line, or which step is missing */
  culvert_text hint;    /**< what can be done about it; may be empty */
} culvert_finding;
typedef struct culvert_diagnosis {
  uint32_t size;
  uint32_t zero;      /**< 0 */
  culvert_text topic; /**< where a test message may be published; empty: the plugin chooses */
  void* context;      /**< for `report` */
  /** [main thread] Takes one step, in the order in which they are to be read; called by `diagnose` only. */
  void (*report)(void* context, const culvert_finding* finding);
} culvert_diagnosis;
typedef struct culvert_doctor_v1 {
  uint32_t size;
  uint32_t zero; /**< 0 */
  /**
   * [main thread] Walks every way that the settings name; no node is created. Waits for far ends, bounded by time-outs
   * of the settings. Of `host` only names, `state_dir` and `log` are of use. Writes, makes and locks no file, leaves
   * nothing at the far end. Answers CULVERT_OK, or CULVERT_FAILED when a step failed or nothing could be looked at.
   */
  culvert_status (*diagnose)(const culvert_host* host, const culvert_settings* settings,
                             const culvert_diagnosis* diagnosis);
} culvert_doctor_v1;

/** Extension of a plugin: what its node has counted, shown by `culvert status` beside the host's own counters. */
#define CULVERT_EXT_COUNTERS "culvert.counters/1"
/** Of one node; what comes behind them is ignored. */
#define CULVERT_MAX_COUNTERS 64u
typedef struct culvert_counters_v1 {
  uint32_t size;
  uint32_t zero; /**< 0 */
  /**
   * [node thread] Calls `add` with `context` for each counter, in the order in which people are to read them: always
   * the same names, each once, of 1 to 64 lower-case letters, digits and '_'; other names are ignored. A value counts
   * from `create` on and never falls. Called after `start` and before `stop`, about once a second; must not wait.
   */
  void (*read)(void* node, void* context, void (*add)(void* context, culvert_text name, uint64_t value));
} culvert_counters_v1;

/** Extension of a plugin: takes new values of those options that its facts call `live` while its node runs. */
#define CULVERT_EXT_RECONFIGURE "culvert.reconfigure/1"
typedef struct culvert_reconfigure_v1 {
  uint32_t size;
  uint32_t zero; /**< 0 */
  /**
   * [node thread] All settings, as `create` gets them: they differ from the last ones in `live` options only. Must not
   * wait: what it takes a far end for is done later. CULVERT_OK, or CULVERT_REJECTED when nothing of it is taken.
   */
  culvert_status (*reconfigure)(void* node, const culvert_settings* settings);
} culvert_reconfigure_v1;

#ifdef __cplusplus
}
#endif
#endif
