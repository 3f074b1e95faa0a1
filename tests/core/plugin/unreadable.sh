#!/bin/sh
# SPDX-License-Identifier: MIT
# unreadable.sh PROGRAM PLUGIN: a plugin that its user may not read is refused in one clear line. Root reads everything,
# so that root takes another user's place first.
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cp "$2" "$folder/closed.so" && chmod 000 "$folder/closed.so" && chmod 755 "$folder" || exit 1
if [ "$(id -u)" -eq 0 ]; then
  # The program may stand where that user can't go, and so can its libraries' cache: it is copied to where it can.
  command -v setpriv >/dev/null 2>&1 || { echo "skipped: there is no 'setpriv' here"; exit 77; }
  cp "$1" "$folder/program" && chmod 755 "$folder/program" || exit 1
  said=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$folder/program" "$folder/closed.so")
else
  said=$("$1" "$folder/closed.so")
fi
test "$said" = "'$folder/closed.so' cannot be read: Permission denied" && exit 0
echo "it said: $said"
exit 1
