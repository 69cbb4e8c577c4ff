# shellcheck shell=bash
# Functions shared by the scripts; not a program.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# asks_for_help ARGUMENT…: is -h or --help among the arguments?
asks_for_help() {
  local argument
  for argument in "$@"; do
    case $argument in -h | --help) return 0 ;; esac
  done
  return 1
}

# jobs: compilers to run at once: one per processor and per 1.5 GB of free memory.
jobs() {
  local processors memory
  processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
  memory=$(awk '/^MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo 2>/dev/null || true)
  [ -n "$memory" ] && [ "$memory" -lt "$processors" ] && processors=$memory
  echo $((processors > 0 ? processors : 1))
}

# configure PRESET [-D…]: configures build/PRESET; prints only errors.
configure() {
  local log=$top/build/$1.configure.log
  mkdir -p "$top/build"
  if ! (cd "$top" && cmake --preset "$@") >"$log" 2>&1; then
    cat "$log" >&2
    echo "could not configure build/$1; see the error above" >&2
    return 1
  fi
}

# build PRESET [TARGET…]
build() {
  local preset=$1 tree=$top/build/$1 start=$SECONDS
  shift
  if ! cmake --build "$tree" --parallel "$(jobs)" ${1:+--target "$@"} >&2; then
    echo "could not build build/$preset; see the first error above" >&2
    return 1
  fi
  [ $((SECONDS - start)) -lt 5 ] || echo "built in $((SECONDS - start)) s" >&2
}
