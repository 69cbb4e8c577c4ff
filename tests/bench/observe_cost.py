#!/usr/bin/env python3
"""The cost of observation: transfers per second without metrics, with them, and with traces.

The goals: a ratio of 0.93 with metrics, log and request log, and 0.98 of that with one trace in a
hundred kept (see node_variants.py for the method).

    tests/bench/observe_cost.py [BUILD_BIN_FOLDER] [--rounds 7] [--seconds 4] [--connections 64]
"""
import http.server
import threading

import node_variants


class Collector(http.server.BaseHTTPRequestHandler):
    """Accepts spans and discards them."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def rounds(bins, options, count):
    """See node_variants.rounds."""
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    traces = {"BANK_TRACE_ENDPOINT": f"http://127.0.0.1:{collector.server_port}/v1/traces",
              "BANK_TRACE_PER_MILLE": "10"}
    variants = {"node_not_watched": {"BANK_METRICS_ENABLED": "false"}, "node_watched": {},
                "node_traced": traces}
    try:
        yield from node_variants.rounds(bins, variants, options, count)
    finally:
        collector.shutdown()


if __name__ == "__main__":
    node_variants.tell(__doc__.splitlines()[0], rounds)
