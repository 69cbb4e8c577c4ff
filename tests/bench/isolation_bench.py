#!/usr/bin/env python3
"""What an honest caller feels of a hostile one. Each attack comes from one address, without a token or
with one customer's, against a node at its defaults. An honest caller reads an account and makes a
transfer, one after the other, alone and then beside the attack: the output has its p50 and p99, what
was refused, and the node's memory and disk.

    tests/bench/isolation_bench.py [BUILD_BIN_FOLDER...] [--seconds 5] [--attacks idle,livez,...]
"""
import argparse
import contextlib
import http.client
import json
import multiprocessing
import pathlib
import resource
import selectors
import socket
import statistics
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]


class Bank:
    """A client over one kept connection."""

    def __init__(self, port, token):
        self.port, self.token, self.connection = port, token, None

    def call(self, method, path, body=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None, fields)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.will_close:
                self.connection.close()
                self.connection = None
            return answer.status, text
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return 0, b""

    def made(self, path, body):
        status, text = self.call("POST", path, body)
        assert status in (200, 201, 202), (status, text[:300])
        return json.loads(text)


class Node:
    def __init__(self, programs):
        self.folder = tempfile.TemporaryDirectory()
        command = [programs / "bank-node", "--port", "0", "--data-dir", self.folder.name]
        self.log = open(pathlib.Path(self.folder.name, "log"), "wb")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port = int(self.process.stdout.readline().split(":")[-1])
        self.admin = Bank(self.port, pathlib.Path(self.folder.name, "admin.token").read_text().strip())
        self.customer = self.admin.made("/v1/admin/tokens", {"role": "customer", "owner": "mallory"})["secret"]

    def account(self, owner):
        return self.admin.made("/v1/accounts", {"type": "checking", "currency": "USD", "owner": owner})["id"]

    def rss(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) // 1024
        return -1

    def disk(self):
        return {p.name: round(p.stat().st_size / 1e6, 1) for p in pathlib.Path(self.folder.name).iterdir() if p.is_file()}

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()


# -- attacks: each runs in a process of its own until it is killed ------------------------------------

def connect(port):
    s = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=("127.0.0.2", 0))
    s.setblocking(False)
    return s


def attack(port, connections, wanted, begin, go_on):
    """Keeps this many connections open; calls `go_on` when one is ready to read or write."""
    watch = selectors.DefaultSelector()

    def open_one():
        with contextlib.suppress(OSError):
            s = connect(port)
            begin(s)
            watch.register(s, wanted)

    for _ in range(connections):
        open_one()
    while True:
        for key, _ in watch.select(1):
            try:
                go_on(key.fileobj)
            except BlockingIOError:
                pass
            except OSError:
                watch.unregister(key.fileobj)
                key.fileobj.close()
                open_one()


def send_and_never_read(port, connections, data, again=True):
    """Keeps the connections full of requests, or sends `data` once."""
    left = {}

    def send(s):
        if not left[s]:
            if not again:
                return time.sleep(0.01)
            left[s] = data
        left[s] = left[s][s.send(left[s]):]

    attack(port, connections, selectors.EVENT_WRITE, lambda s: left.update({s: data}), send)


def ask_in_a_loop(port, connections, path):
    """Each connection asks, reads, and asks again."""
    data = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()

    def read(s):
        text = s.recv(1 << 20)
        if not text:
            raise ConnectionError
        if len(text) < 1 << 16:
            s.send(data)

    attack(port, connections, selectors.EVENT_READ, lambda s: s.send(data), read)


def idle(node):
    held = []
    while True:
        try:
            while len(held) < 10_300:
                held.append(connect(node.port))
        except OSError:
            pass
        time.sleep(0.5)
        held = [s for s in held if is_open(s)]


def is_open(s):
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def livez(node):
    send_and_never_read(node.port, 400, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)


def metrics(node):
    ask_in_a_loop(node.port, 20, "/metrics")


def openapi(node):
    ask_in_a_loop(node.port, 20, "/openapi.json")


def paths(node):
    ask_in_a_loop(node.port, 20, "/" + "a" * 8_000)


def statements(node):
    path = f"/v1/accounts/{node.fat}/statement"
    data = f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {node.customer}\r\n\r\n".encode()
    send_and_never_read(node.port, 12, data, again=False)


def batches(node):
    bank = Bank(node.port, node.customer)
    items = [{"from": node.mine[0], "to": node.mine[1], "amount": 1, "currency": "USD"} for _ in range(8_190)]
    while True:
        bank.call("POST", "/v1/transfers/batch", {"transfers": items})


def jobs(node):
    bank = Bank(node.port, node.customer)
    while True:
        bank.call("POST", "/v1/jobs", {"kind": "statement", "parameters": {"account": node.fat}})


ATTACKS = {"none": None, "idle": idle, "livez": livez, "metrics": metrics, "openapi": openapi, "paths": paths,
           "statements": statements, "batches": batches, "jobs": jobs}


def prepare(node, attack):
    node.mine = [node.account("mallory"), node.account("mallory")]
    for a in node.mine:
        node.admin.made("/v1/transfers", {"from": "world", "to": a, "amount": 10**9, "currency": "USD"})
    node.fat = node.mine[0]
    if attack in ("statements", "jobs"):
        note = {f"k{i}": "x" * 500 for i in range(20)}
        fat = {"from": "world", "to": node.fat, "amount": 1, "currency": "USD", "metadata": note}
        for _ in range(14):
            node.admin.made("/v1/transfers/batch", {"transfers": [fat] * 700})


def honest(node, seconds):
    """Its latencies in ms, and how many requests were not answered as they should be."""
    bank = Bank(node.port, node.admin.made("/v1/admin/tokens", {"role": "admin", "owner": "honest"})["secret"])
    times, wrong, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        body = {"from": "world", "to": node.honest, "amount": 1, "currency": "USD"}
        for method, path, sent in (("GET", f"/v1/accounts/{node.honest}", None), ("POST", "/v1/transfers", body)):
            began = time.perf_counter()
            status, _ = bank.call(method, path, sent)
            times.append((time.perf_counter() - began) * 1e3)
            wrong += status not in (200, 201)
        time.sleep(0.002)
    times.sort()
    return {"n": len(times), "p50_ms": round(statistics.median(times), 2),
            "p99_ms": round(times[int(len(times) * 0.99)], 2), "wrong": wrong}


def measure(programs, name, seconds):
    node = Node(programs)
    try:
        prepare(node, name)
        node.honest = node.account("honest")
        alone = honest(node, seconds)
        attacker = None
        if ATTACKS[name] is not None:
            attacker = multiprocessing.Process(target=ATTACKS[name], args=(node,), daemon=False)
            attacker.start()
            time.sleep(1.5)
        beside = honest(node, seconds)
        found = {"attack": name, "build": str(programs), "alone": alone, "beside": beside,
                 "p99_ratio": round(beside["p99_ms"] / alone["p99_ms"], 1), "peak_mb": node.rss(), "disk_mb": node.disk(),
                 "lives": node.process.poll() is None}
        if attacker is not None:
            attacker.kill()
            attacker.join()
        return found
    finally:
        node.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="*", type=pathlib.Path, default=[TOP / "build/release/bin"])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--attacks", default=",".join(ATTACKS))
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for name in options.attacks.split(","):
        for programs in options.programs:
            print(json.dumps(measure(programs, name, options.seconds)), flush=True)


if __name__ == "__main__":
    main()
