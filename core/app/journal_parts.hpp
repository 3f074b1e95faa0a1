// SPDX-License-Identifier: MIT
/// The parts of `culvert journal`, a file each. All throw JournalError; what they answer is the exit code. Main thread.
#pragma once

#include "core/app/journal_places.hpp"

namespace culvert {

int list_journals(const JournalPlace& place, bool as_json);
int drop_journal(const JournalPlace& place, const journal::Listed& listed, bool all);

}  // namespace culvert
