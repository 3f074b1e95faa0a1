/* SPDX-License-Identifier: MIT */
/* The header alone, twice. */
#include <culvert/plugin.h>

int culvert_header_compiles;
