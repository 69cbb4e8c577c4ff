#!/usr/bin/env python3
"""The bank on PostgreSQL compared with a conventional bank, against the same server in the same run.

The conventional bank is `sql-bank` of the baselines: HTTP, one SERIALIZABLE transaction per transfer,
retried on conflict. Without Go or wrk, pgbench runs that transaction without HTTP, which is faster than
the bank would be. Rounds alternate; the output has medians, and ratios to the better of the conventional
bank's two rates. The server is a durable one in a temporary folder. The goals: single transfers at 8
times the conventional rate, 30,000 per second in batches of 1,000, and one hot pair of accounts not
slower than many accounts.

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
    """The folder of PostgreSQL's programs; Debian does not put them on PATH."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    return str(found[-1]) + os.pathsep if found else ""


class Server:
    """A PostgreSQL server in a folder; for root it runs as another user."""

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
    """The conventional bank's program; None if it can't be built."""
    if not (BASELINE.is_dir() and shutil.which("go") and shutil.which("wrk")):
        return None
    program = pathlib.Path(folder, "sql-bank")
    built = subprocess.run(["go", "build", "-o", program, BASELINE / "main.go"],
                           env=os.environ | {"GOPATH": "/usr/share/gocode", "GO111MODULE": "off",
                                             "GOCACHE": f"{folder}/go-cache"})
    return program if built.returncode == 0 else None


def rate_of_sql_bank(server, program, options, connections):
    bank = subprocess.Popen([program], env=server.env | {
        "DSN": f"host={server.folder} user=bank dbname=other pool_max_conns=16"})
    try:
        time.sleep(0.5)
        out = server.run("wrk", "-t1", f"-c{connections}", f"-d{options.seconds:.0f}s", "-s",
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


def rate_of_node(bins, server, options, connections, *more):
    with node(bins, server) as (url, token):
        out = subprocess.run(
            [bins / "http_bench", "--target", url, "--token", token, "--seconds",
             str(options.seconds), "--connections", str(connections), *more],
            check=True, capture_output=True, text=True).stdout
        line = json.loads(out)
        return {key: line[key] for key in ("rate", "p50_ms", "p99_ms")}


def cases(bins, server, other, options):
    """The measurements by name: each returns {"rate", and "p99_ms" if known}."""
    def other_bank(connections):
        if other:
            return {"rate": rate_of_sql_bank(server, other, options, connections)}
        return {"rate": rate_of_sql(server, options)}

    def single(connections, *more):
        return rate_of_node(bins, server, options, connections, *more)

    few, many = options.connections
    return {"postgres_other_bank": lambda: other_bank(few),
            "postgres_transfers": lambda: single(few),
            "postgres_hot_accounts": lambda: single(few, "--accounts", "2"),
            "postgres_other_bank_of_many": lambda: other_bank(many),
            "postgres_transfers_of_many": lambda: single(many),
            "postgres_batches": lambda: single(8, "--batch", "1000", "--accounts", "10000")}


def rounds(bins, options, count):
    """Each round: a list of {"name", "rate", "p99_ms"}; each round starts with another case."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        place = pathlib.Path(folder, "server")
        place.mkdir()
        server = Server(str(place))
        try:
            measured = cases(bins, server, built_sql_bank(folder), options)
            names = list(measured)
            for n in range(count):
                turn = names[n % len(names):] + names[:n % len(names)]
                found = {name: measured[name]() for name in turn}
                yield [{"name": name} | found[name] for name in names]
        finally:
            server.close()


def add_options(parser):
    parser.add_argument("--connections", type=int, nargs=2, default=[64, 512],
                        help="Connections of few and of many clients; default: 64 512")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bins", nargs="?", type=pathlib.Path, default=TOP / "build/release/bin")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    add_options(parser)
    options = parser.parse_args()

    found = {}
    for lines in rounds(options.bins, options, options.rounds):
        for line in lines:
            found.setdefault(line["name"], []).append(line)
    middles = {name: statistics.median(line["rate"] for line in lines)
               for name, lines in found.items()}
    base = max(middles["postgres_other_bank"], middles["postgres_other_bank_of_many"])
    print("| | transfers/s | ratio | p99 ms | rounds |")
    print("|---|---|---|---|---|")
    for name, lines in found.items():
        p99 = statistics.median(line.get("p99_ms", 0) for line in lines)
        print(f"| {name} | {middles[name]:.0f} | {middles[name] / base:.1f} | {p99:.1f} "
              f"| {' '.join(format(line['rate'], '.0f') for line in lines)} |")


if __name__ == "__main__":
    main()
