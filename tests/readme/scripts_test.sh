#!/usr/bin/env bash
# scripts_test.sh ROOT: scripts must handle help and wrong arguments before they install, build or start
# anything. The programs on their PATH only record that they were called.
set -uo pipefail
cd "$1" || exit 1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
called=$folder/called
mkdir "$folder/bin"
for program in apt-get sudo npm cmake ctest ninja make c++ g++ clang-format-14 clang-tidy-14; do
  printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit 1\n' "$program" "$called" >"$folder/bin/$program"
  chmod +x "$folder/bin/$program"
done

failed=0
# expect STATUS TEXT COMMAND…: checks exit status and output, and that none of these programs is called.
expect() {
  local status=$1 text=$2 said was
  shift 2
  : >"$called"
  said=$(PATH=$folder/bin:$PATH "$@" 2>&1 </dev/null)
  was=$?
  if [ "$was" != "$status" ] || [ -s "$called" ] || [[ $said != *"$text"* ]]; then
    printf '%s: status %s, not %s; called: %s; said:\n%s\n' "$*" "$was" "$status" "$(cat "$called")" "$said"
    failed=1
  fi
}

for help in -h --help; do
  for script in scripts/run scripts/test scripts/bench scripts/check scripts/setup .ci/run; do
    expect 0 "$script" $script $help
  done
  expect 0 scripts/run scripts/run --port 0 $help
  expect 0 scripts/test scripts/test --preset asan -R some_test $help
  expect 0 scripts/bench scripts/bench http $help
  expect 0 scripts/check scripts/check static $help
  expect 0 scripts/setup scripts/setup run $help
done
# Without a built node, the help names the file that explains the options.
mkdir "$folder/copy" && cp -r scripts "$folder/copy"
expect 0 config/node.json "$folder/copy/scripts/run" --help

expect 2 "'colour'" scripts/check colour
expect 2 "'colour'" scripts/check format colour
expect 2 "fix takes no other arguments" scripts/check fix format
expect 2 "'colour'" scripts/setup run colour
expect 2 "'colour'" scripts/bench colour
expect 2 "--rounds" scripts/bench --rounds many
expect 2 "'colour'" scripts/test --preset colour
expect 2 "''" scripts/test --preset
expect 2 "colour" .ci/run colour

# Check of the test itself: without --help, a program is called and recorded.
: >"$called"
PATH=$folder/bin:$PATH scripts/run >/dev/null 2>&1 </dev/null && failed=1
[ -s "$called" ] || { echo "scripts/run begins nothing, so this test proves nothing" && failed=1; }
exit $failed
