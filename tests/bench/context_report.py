"""The part `context` of the benchmarks: Lifeline compared with Go, in nanoseconds, as a table.

Go's benchmarks run in the same rounds if `go` is installed and they are found; else the figures recorded
in config/bench/context.json are used. A figure is the best of the rounds, because other work on the
machine can only make it slower.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
USUAL_GO_DIR = TOP.parent / "shared" / "baselines" / "go-context"
GOAL_OF_GO = 0.5


def go_benchmarks(options, folder):
    """A Go module with Go's benchmarks and the missing cases; None without Go."""
    source = Path(options.go_context_dir or USUAL_GO_DIR)
    if shutil.which("go") is None or not source.is_dir():
        return None
    module = folder / "go-context"
    shutil.rmtree(module, ignore_errors=True)
    shutil.copytree(source, module)
    shutil.copy(TOP / "tests" / "bench" / "go_context" / "more_test.go", module)
    return module


def our_round(program):
    found = json.loads(subprocess.run(
        [program, "--benchmark_format=json", "--benchmark_min_time=0.3"], check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout)
    for case in found["benchmarks"]:
        name = re.sub(r"/(real_time|iterations:\d+)", "", case["name"])
        per_item = 1e9 / case["items_per_second"] if "items_per_second" in case else None
        yield name, case.get("bytes", per_item)


def go_round(module):
    text = subprocess.run(["go", "test", "-bench", ".", "-benchtime", "0.3s"], cwd=module,
                          check=True, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "GOFLAGS": "-mod=mod"}).stdout
    for name, ns in re.findall(r"^Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op", text, re.M):
        yield name, float(ns)


def keep_best(best, lines):
    for name, cost in lines:
        best[name] = min(cost, best.get(name, cost))


def goal_of(known, ours, go_ns):
    """The highest cost allowed: a figure, a multiple of another measurement, or half of Go's cost."""
    goal = known.get("goal", {})
    other = ours.get(goal.get("of"))
    if "at_most" in goal:
        return goal["at_most"]
    if other is not None:
        return goal.get("times", 1) * other + goal.get("plus", 0)
    return go_ns and GOAL_OF_GO * go_ns


def measure(options, program, folder, say):
    table = json.loads((TOP / "config" / "bench" / "context.json").read_text())
    module = go_benchmarks(options, folder)
    ours, go_now = {}, {}
    for number in range(options.rounds):
        say(f"round {number + 1} of {options.rounds}: context")
        keep_best(ours, our_round(program))
        if module:
            keep_best(go_now, go_round(module))
    rows = []
    for name, known in table["measures"].items():
        go_ns = go_now.get(known.get("go"), table["go_ns"].get(known.get("go")))
        goal = goal_of(known, ours, go_ns)
        half_of_go = go_ns is None or ours[name] <= GOAL_OF_GO * go_ns
        rows.append({"name": name, "what": known["what"], "cost": ours[name], "go_ns": go_ns,
                     "go_recorded": go_ns is not None and known["go"] not in go_now,
                     "goal": goal, "met": None if goal is None
                     else bool(ours[name] <= goal and half_of_go)})
    return {"go_measured": bool(module), "go_recorded_on": table["machine"], "rows": rows}


def number(value, digits=1):
    return "" if value is None else f"{value:,.{digits}f}"


def markdown(costs, rounds):
    theirs = ("measured in the same rounds" if costs["go_measured"]
              else f"recorded on {costs['go_recorded_on']}")
    lines = [f"Contexts: ns per operation, best of {rounds} rounds; Go's figures {theirs}.", "",
             "| measured | ns | Go | of Go's | at most | |", "|---|--:|--:|--:|--:|---|"]
    for row in costs["rows"]:
        go_ns, goal = row["go_ns"], row["goal"]
        recorded = "*" if row["go_recorded"] and costs["go_measured"] else ""
        verdict = {True: "met", False: "missed", None: ""}[row["met"]]
        lines.append(f"| {row['what']} | {number(row['cost'])} | {number(go_ns)}{recorded} "
                     f"| {number(go_ns and row['cost'] / go_ns, 2)} | {number(goal)} "
                     f"| {verdict} |")
    if any(row["go_recorded"] for row in costs["rows"]) and costs["go_measured"]:
        lines += ["", f"\\* recorded on {costs['go_recorded_on']}"]
    return "\n".join(lines) + "\n"
