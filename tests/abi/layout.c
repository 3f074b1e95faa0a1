/* SPDX-License-Identifier: MIT */
/* The layout of every struct at the boundary. A failing line here is a broken promise to plugins that are out there. */
#include <culvert/plugin.h>

#define IS(expression_, value_) _Static_assert((expression_) == (value_), #expression_ " is not " #value_)
#define AT(type_, member_, offset_) IS(offsetof(type_, member_), offset_)

IS(CULVERT_ABI_MAJOR, 1);
IS(CULVERT_ABI_MINOR, 0);
IS(CULVERT_OK, 0);
IS(CULVERT_PENDING, 1);
IS(CULVERT_AGAIN, 2);
IS(CULVERT_REJECTED, 3);
IS(CULVERT_CLOSED, 4);
IS(CULVERT_FAILED, 5);
IS(CULVERT_DROPPED, 6);
IS(CULVERT_NULL, 0);
IS(CULVERT_BOOL, 1);
IS(CULVERT_I64, 2);
IS(CULVERT_U64, 3);
IS(CULVERT_F64, 4);
IS(CULVERT_STRING, 5);
IS(CULVERT_BYTES, 6);
IS(CULVERT_GOOD, 0);
IS(CULVERT_UNCERTAIN, 1);
IS(CULVERT_BAD, 2);
IS(CULVERT_RECORD, 0);
IS(CULVERT_PAYLOAD, 1);
IS(CULVERT_RETAINED, 1);
IS(CULVERT_DUPLICATE, 2);
IS(CULVERT_HISTORICAL, 4);
IS(CULVERT_TIME_UNSYNCED, 8);
IS(CULVERT_LOG_ERROR, 0);
IS(CULVERT_LOG_WARN, 1);
IS(CULVERT_LOG_INFO, 2);
IS(CULVERT_LOG_DEBUG, 3);
IS(CULVERT_LINK_DOWN, 0);
IS(CULVERT_LINK_CONNECTING, 1);
IS(CULVERT_LINK_UP, 2);
IS(CULVERT_RUN_ON, 0);
IS(CULVERT_RUN_ONCE, 1);
IS(CULVERT_ENCODE_JSON, 0);
IS(CULVERT_ENCODE_TEXT, 1);
IS(CULVERT_SELFTEST_OK, 0);
IS(CULVERT_SELFTEST_FAILED, 1);
IS(CULVERT_SELFTEST_NOT_RUN, 2);
IS(CULVERT_STEP_OK, 0);
IS(CULVERT_STEP_WARNING, 1);
IS(CULVERT_STEP_FAILED, 2);
IS(CULVERT_STEP_NOT_DONE, 3);
IS(CULVERT_MAX_REASON, 256);
IS(CULVERT_MAX_COUNTERS, 64);
IS(CULVERT_NEVER, INT64_MAX);
IS(CULVERT_DONE, INT64_MAX - 1);

/* Where 64-bit numbers are aligned to 4 bytes (32-bit x86) the offsets are others, and of that machine alone. */
#if UINTPTR_MAX == UINT64_MAX
#define POINTERS(of_64_, of_32_) of_64_
#define CHECK_LAYOUT 1
#elif defined(__arm__) || defined(__mips__) || defined(__riscv)
#define POINTERS(of_64_, of_32_) of_32_
#define CHECK_LAYOUT 1
#endif

#ifdef CHECK_LAYOUT
IS(sizeof(culvert_text), 16);
AT(culvert_text, data, 0);
AT(culvert_text, size, 8);

IS(sizeof(culvert_field), 56);
AT(culvert_field, size, 0);
AT(culvert_field, type, 4);
AT(culvert_field, quality, 5);
AT(culvert_field, zero, 6);
AT(culvert_field, name, 8);
AT(culvert_field, unit, 24);
AT(culvert_field, value, 40);

IS(sizeof(culvert_property), 40);
AT(culvert_property, size, 0);
AT(culvert_property, zero, 4);
AT(culvert_property, name, 8);
AT(culvert_property, value, 24);

IS(sizeof(culvert_message), POINTERS(112, 104));
AT(culvert_message, size, 0);
AT(culvert_message, flags, 4);
AT(culvert_message, time_ns, 8);
AT(culvert_message, run_id, 16);
AT(culvert_message, seq, 24);
AT(culvert_message, topic, 32);
AT(culvert_message, kind, 48);
AT(culvert_message, field_count, 52);
AT(culvert_message, property_count, 56);
AT(culvert_message, zero, 60);
AT(culvert_message, fields, 64);
AT(culvert_message, properties, POINTERS(72, 68));
AT(culvert_message, payload, POINTERS(80, 72));
AT(culvert_message, content_type, POINTERS(96, 88));

IS(sizeof(culvert_setting), 40);
AT(culvert_setting, size, 0);
AT(culvert_setting, given, 4);
AT(culvert_setting, key, 8);
AT(culvert_setting, value, 24);

IS(sizeof(culvert_settings), POINTERS(16, 12));
AT(culvert_settings, size, 0);
AT(culvert_settings, count, 4);
AT(culvert_settings, entries, 8);

IS(sizeof(culvert_host), POINTERS(128, 104));
AT(culvert_host, size, 0);
AT(culvert_host, abi_minor, 4);
AT(culvert_host, context, 8);
AT(culvert_host, node_name, 16);
AT(culvert_host, runtime_name, 32);
AT(culvert_host, state_dir, 48);
AT(culvert_host, run_mode, 64);
AT(culvert_host, zero, 68);
AT(culvert_host, emit, 72);
AT(culvert_host, log, POINTERS(80, 76));
AT(culvert_host, report, POINTERS(88, 80));
AT(culvert_host, set_link, POINTERS(96, 84));
AT(culvert_host, complete, POINTERS(104, 88));
AT(culvert_host, ready, POINTERS(112, 92));
AT(culvert_host, get_extension, POINTERS(120, 96));

IS(sizeof(culvert_descriptor), POINTERS(104, 56));
AT(culvert_descriptor, size, 0);
AT(culvert_descriptor, facts_size, 4);
AT(culvert_descriptor, facts, 8);
AT(culvert_descriptor, create, POINTERS(16, 12));
AT(culvert_descriptor, start, POINTERS(24, 16));
AT(culvert_descriptor, quiesce, POINTERS(32, 20));
AT(culvert_descriptor, stop, POINTERS(40, 24));
AT(culvert_descriptor, destroy, POINTERS(48, 28));
AT(culvert_descriptor, process, POINTERS(56, 32));
AT(culvert_descriptor, flush, POINTERS(64, 36));
AT(culvert_descriptor, poll, POINTERS(72, 40));
AT(culvert_descriptor, room, POINTERS(80, 44));
AT(culvert_descriptor, acked, POINTERS(88, 48));
AT(culvert_descriptor, get_extension, POINTERS(96, 52));

IS(sizeof(culvert_module), POINTERS(24, 20));
AT(culvert_module, size, 0);
AT(culvert_module, abi_minor, 4);
AT(culvert_module, descriptor_count, 8);
AT(culvert_module, zero, 12);
AT(culvert_module, descriptors, 16);

IS(sizeof(culvert_template_v1), POINTERS(16, 12));
AT(culvert_template_v1, size, 0);
AT(culvert_template_v1, zero, 4);
AT(culvert_template_v1, render, 8);

IS(sizeof(culvert_encode_v1), POINTERS(16, 12));
AT(culvert_encode_v1, size, 0);
AT(culvert_encode_v1, zero, 4);
AT(culvert_encode_v1, encode, 8);

IS(sizeof(culvert_selftest_case), 72);
AT(culvert_selftest_case, size, 0);
AT(culvert_selftest_case, verdict, 4);
AT(culvert_selftest_case, name, 8);
AT(culvert_selftest_case, tried, 24);
AT(culvert_selftest_case, expected, 40);
AT(culvert_selftest_case, happened, 56);

IS(sizeof(culvert_tls_selftest_v1), POINTERS(24, 16));
AT(culvert_tls_selftest_v1, size, 0);
AT(culvert_tls_selftest_v1, zero, 4);
AT(culvert_tls_selftest_v1, library, 8);
AT(culvert_tls_selftest_v1, run, POINTERS(16, 12));
IS(sizeof(culvert_finding), 72);
AT(culvert_finding, size, 0);
AT(culvert_finding, result, 4);
AT(culvert_finding, subject, 8);
AT(culvert_finding, step, 24);
AT(culvert_finding, detail, 40);
AT(culvert_finding, hint, 56);

IS(sizeof(culvert_diagnosis), POINTERS(40, 32));
AT(culvert_diagnosis, size, 0);
AT(culvert_diagnosis, zero, 4);
AT(culvert_diagnosis, topic, 8);
AT(culvert_diagnosis, context, 24);
AT(culvert_diagnosis, report, POINTERS(32, 28));

IS(sizeof(culvert_counters_v1), POINTERS(16, 12));
AT(culvert_counters_v1, size, 0);
AT(culvert_counters_v1, zero, 4);
AT(culvert_counters_v1, read, 8);

IS(sizeof(culvert_doctor_v1), POINTERS(16, 12));
AT(culvert_doctor_v1, size, 0);
AT(culvert_doctor_v1, zero, 4);
AT(culvert_doctor_v1, diagnose, 8);

IS(sizeof(culvert_reason_v1), POINTERS(16, 12));
AT(culvert_reason_v1, size, 0);
AT(culvert_reason_v1, zero, 4);
AT(culvert_reason_v1, explain, 8);

IS(sizeof(culvert_reconfigure_v1), POINTERS(16, 12));
AT(culvert_reconfigure_v1, size, 0);
AT(culvert_reconfigure_v1, zero, 4);
AT(culvert_reconfigure_v1, reconfigure, 8);
#endif

int culvert_layout_is_pinned;
