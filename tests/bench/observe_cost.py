#!/usr/bin/env python3
"""What it costs that the node is watched: transfers a second without, with, and with traces.

Rounds of the three take turns, so that a machine that grows slow or fast hits all of them; what is
told are the medians and their ratios to the first. The goals: 0.93 with metrics, log and request log,
0.98 of that with one trace in a hundred kept. Beside the rate stands the processor's time that the
node took for each entry of its ledger, from its start to its end: on a machine that others use too,
that is what can be compared.

    tests/bench/observe_cost.py [BUILD_BIN_FOLDER] [--rounds 7] [--seconds 4] [--connections 64]
"""
import argparse
import http.server
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes spans and forgets them."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def rate(bins, settings, options):
    """Transfers a second of a node of its own, and microseconds of its processor for each entry."""
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


def rounds(bins, options, count):
    """Each round: a list of {"name", "rate", "cpu_us"}; rounds begin at another variant each time."""
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    traces = {"BANK_TRACE_ENDPOINT": f"http://127.0.0.1:{collector.server_port}/v1/traces",
              "BANK_TRACE_PER_MILLE": "10"}
    variants = {"node_not_watched": {"BANK_METRICS_ENABLED": "false"}, "node_watched": {},
                "node_traced": traces}
    names = list(variants)
    try:
        for n in range(count):
            found = {}
            for name in names[n % 3:] + names[:n % 3]:
                found[name] = rate(bins, variants[name], options)
            yield [{"name": name, "rate": found[name][0], "cpu_us": found[name][1]}
                   for name in names]
    finally:
        collector.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bins", nargs="?", type=pathlib.Path, default=TOP / "build/release/bin")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()

    found = {}
    for lines in rounds(options.bins, options, options.rounds):
        for line in lines:
            found.setdefault(line["name"], []).append((line["rate"], line["cpu_us"]))
    middles = {name: [statistics.median(column) for column in zip(*lines)]
               for name, lines in found.items()}
    base = middles["node_not_watched"]
    print("| | transfers/s | ratio | CPU us/entry | ratio | rounds |")
    print("|---|---|---|---|---|---|")
    for name, (per_second, cpu) in middles.items():
        told = " ".join(f"{r:.0f}/{c:.1f}" for r, c in found[name])
        print(f"| {name} | {per_second:.0f} | {per_second / base[0]:.3f} "
              f"| {cpu:.1f} | {cpu / base[1]:.3f} | {told} |")


if __name__ == "__main__":
    main()
