#!/usr/bin/env python3
"""Runs the benchmark programs and prints each figure beside its baseline and its goal.

Started by scripts/bench, which builds first. Every program runs once per round; a figure is the median
of the rounds. config/bench/baselines.json lists the measurements, baselines and goals; contexts have a
table of their own (context_report.py).
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import context_report
import guards_cost
import observe_cost
import postgres_bench

TOP = Path(__file__).resolve().parents[2]
BIN = TOP / "build" / "release" / "bin"
OUT = TOP / "build" / "bench"


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **options):
    """The standard output of a program, which must end with status 0."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True,
                          cwd=TOP, env={**os.environ, "TMPDIR": str(OUT / "files"),
                                        "BENCH_DIR": str(OUT / "files")}, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} ended with status {done.returncode}")
    return done.stdout


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@contextlib.contextmanager
def node(*more):
    """A node on a free port with an empty folder: its address, an admin token, its process id."""
    data = OUT / "files" / "node"
    shutil.rmtree(data, ignore_errors=True)
    process = subprocess.Popen([BIN / "bank-node", "--port", "0", "--data-dir", data,
                                "--log-level", "warning", *more],
                               stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if found := re.match(r"listening on (http://\S+)", line):
                break
        else:
            raise RuntimeError(f"the node did not start: status {process.wait()}")
        yield found[1], (data / "admin.token").read_text().strip(), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=60) != 0:
            say(f"the node stopped with status {process.returncode}")
        shutil.rmtree(data, ignore_errors=True)


# Each of these returns a list of {"name", "rate", and "p50_ms", "p99_ms" if known}.

def http_round(options):
    with node() as (address, token, _):
        bench = [BIN / "http_bench", "--target", address, "--token", token, "--seconds",
                 options.seconds]
        return (json_lines(run([*bench, "--connections", 64]))
                + json_lines(run([*bench, "--connections", 8, "--batch", 1000])))


def events_round(options):
    with node("--events-streams-per-caller", "5000") as (address, token, pid):
        return json_lines(run([BIN / "events_bench", "--target", address, "--token", token,
                               "--pid", pid, "--seconds", options.seconds]))


def ledger_round(_):
    return json_lines(run([BIN / "ledger_bench"]))


def replay_round(options):
    report = OUT / "files" / "replay"
    books = ["--replay-dir", options.replay_dir] if options.replay_dir else []
    run([BIN / "bank-driver", "run", "config/scenarios/replay.json", "--spawn", "--quiet",
         "--report", report, *books])
    found = json.loads((report / "report.json").read_text())
    return [{"name": "replay", "rate": found["transfers_per_second"],
             "p50_ms": found["p50_ms"], "p99_ms": found["p99_ms"]}]


def ask_round(_):
    return json_lines(run([BIN / "ask_bench", 1, 200_000], stderr=subprocess.DEVNULL))


def work_round(_):
    return json_lines(run([BIN / "work_bench"]))


def driver_round(_):
    return json_lines(run([BIN / "driver_bench"]))


def guards_round(_):
    return json_lines(run([BIN / "guards_bench"], stderr=subprocess.DEVNULL))


def bus_round(_):
    return json_lines(run([BIN / "bus_bench"]))


def storage_round(_):
    found = json.loads(run([BIN / "storage_bench", "--benchmark_format=json",
                            "--benchmark_filter=commit<sqlite"], stderr=subprocess.DEVNULL))
    return [{"name": re.sub(r"/(min_time:[^/]*|manual_time)", "", case["name"]),
             "rate": case["items_per_second"],
             "p50_ms": case["p50_us"] / 1000, "p99_ms": case["p99_us"] / 1000}
            for case in found["benchmarks"]]


def observe_round(options):
    settings = argparse.Namespace(seconds=min(options.seconds, 4), connections=64)
    return [*observe_cost.rounds(BIN, settings, 1)][0]


def guarded_round(options):
    settings = argparse.Namespace(seconds=min(options.seconds, 4), connections=64)
    return [*guards_cost.rounds(BIN, settings, 1)][0]


def postgres_round(options):
    settings = argparse.Namespace(seconds=options.seconds, connections=[64, 512])
    return [*postgres_bench.rounds(BIN, settings, 1)][0]


PROGRAMS = {"ask": ("ask_bench", ask_round), "bus": ("bus_bench", bus_round),
            "driver": ("driver_bench", driver_round), "events": ("events_bench", events_round),
            "guarded": ("http_bench", guarded_round), "guards": ("guards_bench", guards_round),
            "http": ("http_bench", http_round),
            "ledger": ("ledger_bench", ledger_round), "observe": ("http_bench", observe_round),
            "postgres": ("http_bench", postgres_round), "replay": ("bank-driver", replay_round),
            "storage": ("storage_bench", storage_round), "work": ("work_bench", work_round)}
PARTS = [*PROGRAMS, "context"]


def measure(options):
    """Each figure's medians over the rounds, by name, in the order of their first appearance."""
    found = {}
    for number in range(options.rounds):
        for part in [part for part in options.parts if part in PROGRAMS]:
            program, one_round = PROGRAMS[part]
            if not (BIN / program).exists():
                say(f"{program} is not built: skipped")
                continue
            say(f"round {number + 1} of {options.rounds}: {part}")
            for line in one_round(options):
                found.setdefault(line["name"], []).append(line)
    return {name: {key: statistics.median(line[key] for line in lines)
                   for key in ("rate", "p50_ms", "p99_ms") if key in lines[0]}
            | {"rounds": [line["rate"] for line in lines],
               "errors": sum(line.get("errors", 0) + line.get("failed", 0) for line in lines)}
            for name, lines in found.items()}


def judge(name, figures, table):
    """A row of the report: a figure, its baseline, and whether it meets its goal."""
    known = table["measures"].get(name, {})
    baseline = table["baselines"].get(known.get("baseline"))
    goal = known.get("goal", {})
    mine = figures[name]
    wanted = goal.get("rate")
    if "times_baseline" in goal:
        wanted = goal["times_baseline"] * baseline["value"]
    if "rate_of" in goal:
        wanted = figures.get(goal["rate_of"], {}).get("rate")
    if "times_rate_of" in goal:
        wanted = max(factor * figures[other]["rate"]
                     for other, factor in goal["times_rate_of"].items())
    met = None if wanted is None else bool(
        mine["rate"] >= wanted and mine.get("p99_ms", 0) <= goal.get("p99_ms", float("inf"))
        and mine["errors"] == 0)
    return {"name": name, "what": known.get("what", name), **mine,
            "baseline": baseline and baseline["value"],
            "baseline_what": baseline and baseline["what"],
            "ratio": baseline and round(mine["rate"] / baseline["value"], 2),
            "goal_rate": wanted, "goal_p99_ms": goal.get("p99_ms"), "met": met}


def fdatasync_us(folder):
    """The median time of a small durable write here: the lower limit for a commit."""
    file = folder / "fdatasync"
    times = []
    with open(file, "wb", buffering=0) as out:
        for _ in range(200):
            begin = time.perf_counter()
            out.write(b"x" * 4096)
            os.fdatasync(out.fileno())
            times.append(time.perf_counter() - begin)
    file.unlink()
    return round(statistics.median(times) * 1e6)


def number(value, digits=0):
    return "" if value is None else f"{value:,.{digits}f}"


def remark(row):
    """The last column: whether the goal is met, and the number of failures."""
    errors = f"{row['errors']:,} failed" if row["errors"] else ""
    goal = {True: "met", False: "missed", None: ""}[row["met"]]
    return ", ".join(filter(None, (goal, errors)))


def measure_contexts(options):
    program = BIN / "context_bench"
    if "context" not in options.parts:
        return None
    if not program.exists():
        say("context_bench is not built: skipped")
        return None
    return context_report.measure(options, program, OUT / "files", say)


def markdown(report, table):
    tables = []
    if report["figures"]:
        tables.append(markdown_of_rates(report, table))
    if report["contexts"]:
        tables.append(context_report.markdown(report["contexts"], report["rounds"]))
    return "\n".join(tables)


def markdown_of_rates(report, table):
    lines = [f"Measured here: {report['cores']} cores, fdatasync {report['fdatasync_us']} µs, medians of "
             f"{report['rounds']} rounds. Baselines: measured on {table['machine']}.", "",
             "| measured | /s | p50 ms | p99 ms | baseline | /s | ratio | goal | |",
             "|---|--:|--:|--:|---|--:|--:|--:|---|"]
    for row in report["figures"]:
        goal = number(row["goal_rate"])
        if row["goal_p99_ms"]:
            goal += f", p99 {row['goal_p99_ms']} ms"
        lines.append(f"| {row['what']} | {number(row['rate'])} | {number(row.get('p50_ms'), 2)} "
                     f"| {number(row.get('p99_ms'), 2)} | {row['baseline_what'] or ''} "
                     f"| {number(row['baseline'])} | {number(row['ratio'], 2)} | {goal} "
                     f"| {remark(row)} |")
    return "\n".join(lines) + "\n"


def read_options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="part",
                        help=f"Parts to run: {', '.join(PARTS)}; default: all")
    parser.add_argument("--rounds", type=int, default=3, help="Rounds of each part; default: 3")
    parser.add_argument("--seconds", type=int, default=10, help="Seconds of HTTP load per round; default: 10")
    parser.add_argument("--replay-dir", help="Folder of recorded books to replay; default: the sample books")
    parser.add_argument("--go-context-dir", help="Folder of a Go module with benchmarks of Go's context; default: recorded figures")
    parser.add_argument("--bin-dir", help="Folder of the programs; default: build/release/bin")
    parser.add_argument("--check-arguments", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"unknown part '{part}'; allowed: {', '.join(PARTS)}")
    if options.check_arguments:
        sys.exit(0)
    options.parts = options.parts or PARTS
    if options.replay_dir:
        options.replay_dir = Path(options.replay_dir).resolve()
    return options


def main():
    global BIN
    options = read_options()
    BIN = Path(options.bin_dir).resolve() if options.bin_dir else BIN
    table = json.loads((TOP / "config" / "bench" / "baselines.json").read_text())
    (OUT / "files").mkdir(parents=True, exist_ok=True)
    figures = measure(options)
    contexts = measure_contexts(options)
    report = {"cores": os.cpu_count(), "fdatasync_us": fdatasync_us(OUT / "files"),
              "rounds": options.rounds, "replay_dir": str(options.replay_dir or ""),
              "figures": [judge(name, figures, table) for name in figures],
              "contexts": contexts}
    shutil.rmtree(OUT / "files")
    (OUT / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (OUT / "report.md").write_text(markdown(report, table))
    print(markdown(report, table), end="")


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, OSError) as error:
        sys.exit(f"bench: {error}")
