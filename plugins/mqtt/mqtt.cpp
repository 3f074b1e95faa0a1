// SPDX-License-Identifier: MIT
#include "connector.hpp"
#include "facts.hpp"

#include <culvert/plugin.hpp>

CULVERT_PLUGIN(culvert::mqtt::Connector, facts)
