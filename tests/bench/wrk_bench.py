#!/usr/bin/env python3
"""Transfers per second of nodes under wrk, a client that nobody here wrote: one thread, on the same
processors as the node. Several builds are measured in alternating rounds of one run, each with a new
node and a new folder; the output has the medians, and each ratio to the first build.

    tests/bench/wrk_bench.py BUILD_BIN_FOLDER... [--rounds 5] [--seconds 6] [--cases 64,512,50,1000]

Cases: 64 and 512 connections with single transfers; batches of 50 on 64 connections and of 1,000 on 8.
`--node OPTION` (repeated) passes an option to every node.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
CASES = {"64": (64, 1), "512": (512, 1), "50": (64, 50), "1000": (8, 1000)}
ACCOUNTS = 10_000


def post(url, token, path, body):
    request = urllib.request.Request(
        url + path, json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def open_accounts(url, token, folder):
    """Opens and funds them; returns the file with their ids."""
    ids = [post(url, token, "/v1/accounts", {"type": "checking", "currency": "USD", "owner": "bench"})["id"]
           for _ in range(ACCOUNTS)]
    for n in range(0, ACCOUNTS, 1000):
        post(url, token, "/v1/transfers/batch",
             {"transfers": [{"from": "world", "to": i, "amount": 100_000_000, "currency": "USD"}
                            for i in ids[n:n + 1000]]})
    file = pathlib.Path(folder, "accounts")
    file.write_text("\n".join(ids) + "\n")
    return file


def wrk(url, variables, connections, seconds):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s",
                          HERE / "transfers.lua", url], env=os.environ | variables, check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def measure(bins, names, options):
    with tempfile.TemporaryDirectory() as folder:
        node = subprocess.Popen([pathlib.Path(bins, "bank-node"), "--port", "0", "--data-dir", folder,
                                 "--log-level", "warning", *options.node],
                                stdout=subprocess.PIPE, text=True)
        try:
            url = node.stdout.readline().split()[-1]
            token = pathlib.Path(folder, "admin.token").read_text().strip()
            variables = {"TOKEN": token, "ACCOUNTS": str(open_accounts(url, token, folder))}
            wrk(url, variables, 64, 2)
            found = {}
            for name in names:
                connections, batch = CASES[name]
                found[name] = wrk(url, variables | {"BATCH": str(batch)}, connections, options.seconds)
            return found
        finally:
            node.terminate()
            node.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bins", nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--node", action="append", default=[])
    options = parser.parse_args()
    names = options.cases.split(",")
    if unknown := [n for n in names if n not in CASES]:
        parser.error(f"unknown case {unknown[0]}; there are {', '.join(CASES)}")
    if not shutil.which("wrk"):
        parser.error("needs wrk, Debian's package wrk")
    rounds = []
    for n in range(options.rounds):
        rounds.append([measure(bins, names, options) for bins in options.bins])
        print(f"round {n + 1} of {options.rounds}", file=sys.stderr, flush=True)
    for name in names:
        for at, bins in enumerate(options.bins):
            mine = [r[at][name] for r in rounds]
            ratio = statistics.median(r[at][name]["rate"] / r[0][name]["rate"] for r in rounds)
            print(json.dumps({"case": name, "build": bins, "ratio": round(ratio, 2)} |
                             {key: statistics.median(m[key] for m in mine) for key in mine[0]}))


if __name__ == "__main__":
    main()
