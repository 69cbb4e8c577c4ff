#!/usr/bin/env python3
"""A bank on PostgreSQL beside one written the common way, against the same server in the same run.

The other bank is `sql-bank` of the baselines: HTTP, one SERIALIZABLE transaction per transfer, repeated
on conflict. Where no Go or wrk is installed, pgbench runs that transaction without any HTTP before it,
which is faster than the bank would be. Rounds take turns; what is told are medians. The server is one
of its own, in a temporary folder, durable. The goals: single transfers 8 times the other's, 30,000 in
batches of 1,000, and one hot pair of accounts not slower than many.

    tests/bench/postgres_bench.py [BUILD_BIN_FOLDER] [--rounds 3] [--seconds 5]
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BASELINE = TOP.parent / "shared" / "baselines" / "sql-bank"
ACCOUNTS = 100_000
SCHEMA = f"""
create table acct(id bigint primary key, balance bigint not null check (balance >= 0));
insert into acct select g, 1000000 from generate_series(1, {ACCOUNTS}) g;
create table xfer(id bigserial primary key, src bigint, dst bigint, amount bigint, kind text,
                  at timestamptz default now());
"""
TRANSFER = f"""
\\set a random(1, {ACCOUNTS})
\\set b random(1, {ACCOUNTS})
begin isolation level serializable;
select balance from acct where id = :a;
select balance from acct where id = :b;
update acct set balance = balance - 1 where id = :a;
update acct set balance = balance + 1 where id = :b;
insert into xfer(src, dst, amount, kind) values (:a, :b, 1, 'transfer');
commit;
"""


def programs():
    """Where PostgreSQL's programs are; Debian keeps the server's off the path."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    return str(found[-1]) + os.pathsep if found else ""


class Server:
    """A PostgreSQL server in a folder; it refuses to run as root, so then as another user."""

    def __init__(self, folder):
        self.folder = folder
        self.env = os.environ | {"PATH": programs() + os.environ["PATH"], "PGHOST": folder,
                                 "PGUSER": "bank", "PGDATABASE": "postgres"}
        self.as_user = []
        if os.geteuid() == 0:
            self.as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
        self.run(*self.as_user, "initdb", "-D", f"{folder}/data", "-U", "bank", "-A", "trust",
                 "-E", "UTF8", "--locale=C")
        self.run(*self.as_user, "pg_ctl", "-D", f"{folder}/data", "-l", f"{folder}/log", "-w", "-o",
                 f"-k '{folder}' -c listen_addresses='' -c shared_buffers=256MB"
                 " -c max_wal_size=4GB", "start")
        self.run("createdb", "other")
        self.run("psql", "-q", "other", "-c", SCHEMA)

    def run(self, *command):
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.env,
                              cwd="/").stdout

    def close(self):
        self.run(*self.as_user, "pg_ctl", "-D", f"{self.folder}/data", "-m", "fast", "stop")

    def new_database(self):
        name = f"bank_{time.monotonic_ns()}"
        self.run("createdb", name)
        return f"host={self.folder} user=bank dbname={name}"


def built_sql_bank(folder):
    """The other bank's program; None where it can't be built."""
    if not (BASELINE.is_dir() and shutil.which("go") and shutil.which("wrk")):
        return None
    program = pathlib.Path(folder, "sql-bank")
    built = subprocess.run(["go", "build", "-o", program, BASELINE / "main.go"],
                           env=os.environ | {"GOPATH": "/usr/share/gocode", "GO111MODULE": "off",
                                             "GOCACHE": f"{folder}/go-cache"})
    return program if built.returncode == 0 else None


def rate_of_sql_bank(server, program, options):
    bank = subprocess.Popen([program], env=server.env | {
        "DSN": f"host={server.folder} user=bank dbname=other pool_max_conns=16"})
    try:
        time.sleep(0.5)
        out = server.run("wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds:.0f}s", "-s",
                         str(BASELINE / "load.lua"), "http://127.0.0.1:9912/transfers")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    finally:
        bank.terminate()
        bank.wait()


def rate_of_sql(server, options):
    script = pathlib.Path(server.folder, "transfer.sql")
    script.write_text(TRANSFER)
    script.chmod(0o644)
    out = server.run("pgbench", "-n", "-c", "16", "-j", "2", "-T", f"{options.seconds:.0f}", "-M",
                     "prepared", "--max-tries=20", "-f", str(script), "other")
    return float(re.search(r"tps = ([\d.]+)", out)[1])


@contextlib.contextmanager
def node(bins, server):
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [bins / "bank-node", "--port", "0", "--data-dir", folder, "--store", "postgres",
             "--postgres-url", server.new_database()],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            url = process.stdout.readline().split()[-1]
            yield url, pathlib.Path(folder, "admin.token").read_text().strip()
        finally:
            process.terminate()
            process.wait()


def rate_of_node(bins, server, options, *more, connections=None):
    with node(bins, server) as (url, token):
        out = subprocess.run(
            [bins / "http_bench", "--target", url, "--token", token, "--seconds",
             str(options.seconds), "--connections", str(connections or options.connections), *more],
            check=True, capture_output=True, text=True).stdout
        return json.loads(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bins", nargs="?", type=pathlib.Path, default=TOP / "build/release/bin")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        place = pathlib.Path(folder, "server")
        place.mkdir()
        server = Server(str(place))
        try:
            other = built_sql_bank(folder)
            cases = {
                "the other bank" if other else "the other bank's SQL alone":
                    lambda: {"rate": rate_of_sql_bank(server, other, options) if other
                             else rate_of_sql(server, options)},
                "single transfers": lambda: rate_of_node(options.bins, server, options),
                "single, two hot accounts":
                    lambda: rate_of_node(options.bins, server, options, "--accounts", "2"),
                "batches of 1,000":
                    lambda: rate_of_node(options.bins, server, options, "--batch", "1000",
                                         "--accounts", "10000", connections=8),
            }
            found = {name: [] for name in cases}
            for n in range(options.rounds):
                names = list(cases)
                for name in names[n % len(names):] + names[:n % len(names)]:
                    found[name].append(cases[name]())
        finally:
            server.close()
    base = None
    print("| | transfers/s | ratio | p99 ms | rounds |")
    print("|---|---|---|---|---|")
    for name, rounds in found.items():
        middle = statistics.median(r["rate"] for r in rounds)
        base = base or middle
        p99 = statistics.median(r.get("p99_ms", 0) for r in rounds)
        print(f"| {name} | {middle:.0f} | {middle / base:.1f} | {p99:.1f} "
              f"| {' '.join(format(r['rate'], '.0f') for r in rounds)} |")


if __name__ == "__main__":
    main()
