#!/usr/bin/env python3
"""What the guards cost: transfers a second of a node without limits, admission and cache, and with.

Rounds of the two take turns, so that a machine that grows slow or fast hits both; what is told are the
medians and their ratio. The goal: 0.95. Of limits the node's own is set, far above what comes, since
the bench comes as an admin, whom no other binds. Beside the rate stands the processor's time for each
entry of the ledger: on a machine that others use too, that is what can be compared.

    tests/bench/guards_cost.py [BUILD_BIN_FOLDER] [--rounds 7] [--seconds 4] [--connections 64]
"""
import argparse
import pathlib
import statistics

import observe_cost

TOP = pathlib.Path(__file__).resolve().parents[2]
VARIANTS = {
    "node_unguarded": {"BANK_RATE_LIMIT_PER_SECOND": "0", "BANK_ADMISSION_IN_WORK": "0",
                       "BANK_CACHE_ENTRIES": "0"},
    "node_guarded": {"BANK_RATE_LIMIT_NODE_PER_SECOND": "10000000"},
}


def rounds(bins, options, count):
    """Each round: a list of {"name", "rate", "cpu_us"}; rounds begin at the other variant each time."""
    names = list(VARIANTS)
    for n in range(count):
        found = {name: observe_cost.rate(bins, VARIANTS[name], options)
                 for name in names[n % 2:] + names[:n % 2]}
        yield [{"name": name, "rate": found[name][0], "cpu_us": found[name][1]} for name in names]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bins", nargs="?", type=pathlib.Path, default=TOP / "build/release/bin")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()

    found = {name: [] for name in VARIANTS}
    for lines in rounds(options.bins, options, options.rounds):
        for line in lines:
            found[line["name"]].append((line["rate"], line["cpu_us"]))
    middles = {name: [statistics.median(column) for column in zip(*lines)]
               for name, lines in found.items()}
    base = middles["node_unguarded"]
    print("| | transfers/s | ratio | CPU us/entry | ratio | rounds |")
    print("|---|---|---|---|---|---|")
    for name, (per_second, cpu) in middles.items():
        told = " ".join(f"{r:.0f}/{c:.1f}" for r, c in found[name])
        print(f"| {name} | {per_second:.0f} | {per_second / base[0]:.3f} "
              f"| {cpu:.1f} | {cpu / base[1]:.3f} | {told} |")


if __name__ == "__main__":
    main()
