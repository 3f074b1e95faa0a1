// SPDX-License-Identifier: MIT
/// Parts of a journal as they go over the control socket, both ways; CONTROL.md has the keys. Pure, any thread.
#pragma once

#include "core/control/protocol.hpp"
#include "core/journal/part.hpp"

namespace culvert::control {

Json to_json(const journal::Part<journal::Row>& part);
Json to_json(const journal::Part<journal::Dead>& part);

/// What `json` holds, which was asked for with `after`. Throw Refusal when it is no such part, or leads nowhere.
journal::Part<journal::Row> read_messages(const Json& json, int64_t after);
journal::Part<journal::Dead> read_dead(const Json& json, int64_t after);

}  // namespace culvert::control
