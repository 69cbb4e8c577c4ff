"""Transfers per second of a node started in several variants, for scripts that measure a cost.

Rounds alternate between the variants, so that changes of the machine's speed affect all of them. The
output has the medians and their ratios to the first variant. It also has the node's processor time per
ledger entry, from start to end, which is comparable even on a busy machine.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]


def measure(bins, settings, options):
    """Transfers per second of a new node, and its processor time per entry in microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        node = subprocess.Popen([bins / "bank-node", "--port", "0", "--data-dir", folder],
                                env=os.environ | settings, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        try:
            url = node.stdout.readline().split()[-1]
            token = pathlib.Path(folder, "admin.token").read_text().strip()
            out = subprocess.run(
                [bins / "http_bench", "--target", url, "--token", token, "--seconds",
                 str(options.seconds), "--connections", str(options.connections)],
                check=True, capture_output=True, text=True).stdout
            ask = urllib.request.Request(url + "/v1/admin/money",
                                         headers={"Authorization": "Bearer " + token})
            entries = json.load(urllib.request.urlopen(ask))["sequence"]
        finally:
            node.terminate()
            used = os.wait4(node.pid, 0)[2]
        return json.loads(out)["rate"], (used.ru_utime + used.ru_stime) * 1e6 / entries


def rounds(bins, variants, options, count):
    """Each round: a list of {"name", "rate", "cpu_us"}; each round starts with another variant.
    `variants` maps names to environment variables of the node."""
    names = list(variants)
    for n in range(count):
        first = n % len(names)
        found = {name: measure(bins, variants[name], options)
                 for name in names[first:] + names[:first]}
        yield [{"name": name, "rate": found[name][0], "cpu_us": found[name][1]} for name in names]


def tell(description, rounds_of):
    """The main function of a script: reads options, runs `rounds_of(bins, options, count)`, prints a table."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("bins", nargs="?", type=pathlib.Path, default=TOP / "build/release/bin")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()

    found = {}
    for lines in rounds_of(options.bins, options, options.rounds):
        for line in lines:
            found.setdefault(line["name"], []).append((line["rate"], line["cpu_us"]))
    middles = {name: [statistics.median(column) for column in zip(*lines)]
               for name, lines in found.items()}
    base = next(iter(middles.values()))
    print("| | transfers/s | ratio | CPU us/entry | ratio | rounds |")
    print("|---|---|---|---|---|---|")
    for name, (per_second, cpu) in middles.items():
        told = " ".join(f"{r:.0f}/{c:.1f}" for r, c in found[name])
        print(f"| {name} | {per_second:.0f} | {per_second / base[0]:.3f} "
              f"| {cpu:.1f} | {cpu / base[1]:.3f} | {told} |")
