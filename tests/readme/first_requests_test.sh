#!/usr/bin/env bash
# first_requests_test.sh README NODE: starts the node in an empty folder, on a free port, and runs the
# README's block of curl lines against it. Each must succeed, and the last one must show the balance.
set -euo pipefail
readme=$1 node=$2

folder=$(mktemp -d)
cd "$folder"
exec {output}< <(exec "$node" --demo --port 0 2>node.log)
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$folder"' EXIT

if ! read -r _ _ address <&"$output"; then
  cat node.log >&2
  exit 1
fi

# The block between ```sh and ``` that contains curl, with this node's address.
block=$(awk '/^```/ {if (text ~ /curl/) printf "%s", text; text = ""; next} {text = text $0 "\n"}' "$readme" |
  grep -E '^(auth=|curl )')
block=${block//http:\/\/127.0.0.1:8080/$address}
curl() { command curl --silent --show-error --fail-with-body "$@" && echo; }

eval "$block" | tee answers
grep -q '"available":12500' answers
[ "$(wc -l <answers)" = 3 ]

kill "$pid"
tail --pid="$pid" -f /dev/null
