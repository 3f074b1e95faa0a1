// SPDX-License-Identifier: MIT
/// What root may do beyond others, in parts: a child that root has started keeps only those by which a plugin reaches
/// its files, its network and its devices as it does in the process of the runtime. Main thread, before there are
/// others.
#pragma once

#include "core/isolation/confinement.hpp"

namespace culvert::isolation {

/// Of a process without rights of root it takes none. Throws std::system_error.
void drop_capabilities(const Confinement& confinement);

}  // namespace culvert::isolation
