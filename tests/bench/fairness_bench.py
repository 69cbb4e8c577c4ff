#!/usr/bin/env python3
"""How a heavy caller (hundreds of connections, no think time) delays a light one.

Each round measures the light caller's p99 alone and then beside the heavy one, against one node; then
the same with a node without limits per caller. The output has the medians of the rounds. The goal:
p99 beside the heavy caller at most 20 % above p99 alone.

    tests/bench/fairness_bench.py [BUILD_BIN_FOLDER] [--rounds 3] [--seconds 3] [--greedy 300]
"""
import argparse
import contextlib
import json
import pathlib
import statistics
import subprocess
import tempfile
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def node(programs, *more):
    """A running node in a folder of its own: its address and an admin token."""
    with tempfile.TemporaryDirectory() as folder:
        command = [programs / "bank-node", "--port", "0", "--data-dir", folder, "--log-level", "error", *more]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            url = process.stdout.readline().split()[-1]
            yield url, (pathlib.Path(folder) / "admin.token").read_text().strip()
        finally:
            process.terminate()
            process.wait()


def token_of(url, admin, owner):
    wish = json.dumps({"role": "admin", "owner": owner}).encode()
    fields = {"Authorization": f"Bearer {admin}", "Content-Type": "application/json"}
    asked = urllib.request.Request(f"{url}/v1/admin/tokens", wish, fields)
    return json.load(urllib.request.urlopen(asked))["secret"]


def load(programs, url, token, connections, seconds, accounts=20):
    return subprocess.Popen(
        [programs / "http_bench", "--target", url, "--token", token, "--connections", str(connections),
         "--seconds", str(seconds), "--warm-up", "0.5", "--accounts", str(accounts)],
        stdout=subprocess.PIPE, text=True)


def result(process):
    return json.loads(process.communicate()[0])


def measure(programs, options, *more):
    alone, beside = [], []
    with node(programs, *more) as (url, admin):
        light, greedy = token_of(url, admin, "light"), token_of(url, admin, "greedy")
        for _ in range(options.rounds):
            alone.append(result(load(programs, url, light, options.light, options.seconds)))
            other = load(programs, url, greedy, options.greedy, 3600, 200)
            time.sleep(1)  # until its accounts are open
            beside.append(result(load(programs, url, light, options.light, options.seconds)))
            if other.poll() is not None:
                raise RuntimeError("the heavy caller ended before the light one")
            other.terminate()
            other.wait()
    p99 = [statistics.median(r["p99_ms"] for r in all) for all in (alone, beside)]
    return {"alone_p99_ms": p99[0], "beside_p99_ms": p99[1], "ratio": round(p99[1] / p99[0], 2),
            "alone_p50_ms": statistics.median(r["p50_ms"] for r in alone),
            "beside_p50_ms": statistics.median(r["p50_ms"] for r in beside)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="?", type=pathlib.Path, default=TOP / "build/release/bin")
    parser.add_argument("--rounds", type=int, default=3, help="Rounds; default: 3")
    parser.add_argument("--seconds", type=float, default=3, help="Seconds per measurement; default: 3")
    parser.add_argument("--light", type=int, default=2, help="Connections of the light caller; default: 2")
    parser.add_argument("--greedy", type=int, default=300, help="Connections of the heavy caller; default: 300")
    options = parser.parse_args()
    print(json.dumps({"name": "fairness", "guarded": measure(options.programs, options),
                      "unguarded": measure(options.programs, options, "--admission-concurrent-per-caller", "0")}))


if __name__ == "__main__":
    main()
