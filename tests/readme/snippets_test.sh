#!/usr/bin/env bash
# snippets_test.sh ROOT: every line of the README's C++ and CMake blocks stands, but for its
# indentation, in the program of tests/embedding/runtime, which is built and run there.
set -euo pipefail
cd "$1"

# block LANGUAGE: the lines of all README blocks in this language, without indentation.
block() {
  awk -v language="$1" '$0 == "```" language {inside = 1; next} /^```/ {inside = 0} inside' README.md |
    sed 's/^ *//; /^$/d'
}

failed=0
# stands_in FILE LANGUAGE
stands_in() {
  local line lines=0
  while IFS= read -r line; do
    lines=$((lines + 1))
    sed 's/^ *//' "$1" | grep -qxF -- "$line" && continue
    printf 'README.md: this line of a %s block is not in %s: %s\n' "$2" "$1" "$line"
    failed=1
  done < <(block "$2")
  [ $lines -gt 0 ] || { echo "README.md has no $2 block" && failed=1; }
}

stands_in tests/embedding/runtime/main.cpp cpp
stands_in tests/embedding/runtime/CMakeLists.txt cmake
exit $failed
