#!/bin/sh
# SPDX-License-Identifier: MIT
# compile.sh COMPILER ARGUMENT...: whether it compiles without a warning. 77, a skip, where there is no such compiler.
if ! command -v "$1" >/dev/null 2>&1; then
  echo "skipped: there is no '$1' here"
  exit 77
fi
exec "$@" -Wall -Wextra -Wpedantic -Wshadow -Wcast-align -Werror -fsyntax-only
