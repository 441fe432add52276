#!/usr/bin/env python3
"""Rows of 1 KiB added to a .npy: against the disk, and beside SQLite and a header rewritten whole.

usage: append_report.py APPEND_BENCH [MIB]

The first table: MIB (default 512) in rows of 1 KiB, committed in groups, each commit waiting for the
disk, against plain writes of 1 MiB and one fdatasync of as many bytes, in turns. The second: what one
commit of one row costs. SQLite is Python's: a prepared INSERT of a blob of 1 KiB and a COMMIT, some
microseconds of which are Python's own. npy-append-array's protocol (the row written behind the data,
then the whole header rewritten, no sync) is re-enacted in C++: it promises nothing if power is lost,
and a reader can meet half a header.
"""
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

from machine import machine_line

RUNS = 5


def median(values):
    return sorted(values)[len(values) // 2]


def seconds(bench, *words):
    os.sync()
    run = subprocess.run([bench, *map(str, words)], check=True, stdout=subprocess.PIPE)
    return float(run.stdout)


def sqlite_seconds(path, count, journal, synchronous):
    for name in (path, path + "-wal", path + "-shm", path + "-journal"):
        if os.path.exists(name):
            os.unlink(name)
    os.sync()
    base = sqlite3.connect(path, isolation_level=None)
    base.execute(f"PRAGMA journal_mode={journal}")
    base.execute(f"PRAGMA synchronous={synchronous}")
    base.execute("CREATE TABLE rows (bytes BLOB)")
    row = bytes(1024)
    start = time.perf_counter()
    for _ in range(count):
        base.execute("BEGIN")
        base.execute("INSERT INTO rows VALUES (?)", (row,))
        base.execute("COMMIT")
    took = time.perf_counter() - start
    if base.execute("SELECT count(*), sum(length(bytes)) FROM rows").fetchone() != (count, count << 10):
        raise SystemExit("SQLite: wrong answer")
    base.close()
    return took


def groups(bench, path, size):
    print(f"| {size} MiB in rows of 1 KiB | seconds | MiB/s | of the disk's rate |")
    print("|---|---|---|---|", flush=True)
    works = {"plain writes, one fdatasync": ["disk", path, size]}
    for rows in (1024, 16384, 131072):
        works[f"a commit each {rows} rows"] = ["group", path, size, rows]
    times = {name: [] for name in works}
    for _ in range(RUNS):
        for name, words in works.items():
            times[name].append(seconds(bench, *words))
    disk = median(times["plain writes, one fdatasync"])
    for name, taken in times.items():
        share = disk / median(taken)
        target = " (missed: >= 0.5)" if "131072" in name and share < 0.5 else ""
        print(f"| {name} | {median(taken):.2f} | {size / median(taken):.0f} | {share:.2f}{target} |")


def commits(bench, path):
    print("\n| one row of 1 KiB a commit | waits for the disk | us a commit |")
    print("|---|---|---|", flush=True)
    for waits, count in (("yes", 300), ("no", 30000)):
        option, level = ("sync", "FULL") if waits == "yes" else ("none", "OFF")
        works = [("quarry", lambda: seconds(bench, "commits", path, count, option))]
        for journal in ("WAL", "DELETE"):
            works.append((f"SQLite, {'WAL' if journal == 'WAL' else 'rollback journal'}",
                          lambda journal=journal: sqlite_seconds(path + ".db", count, journal, level)))
        if waits == "no":
            works.append(("npy-append-array's protocol",
                          lambda: seconds(bench, "header", path, count)))
        for name, work in works:
            taken = median([work() for _ in range(RUNS)])
            print(f"| {name} | {waits} | {taken / count * 1e6:.1f} |", flush=True)


def main():
    bench = os.path.abspath(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 512
    print(f"{machine_line()}; SQLite {sqlite3.sqlite_version}; medians of {RUNS}\n")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as directory:
        path = os.path.join(directory, "rows.npy")
        groups(bench, path, size)
        commits(bench, path)


if __name__ == "__main__":
    main()
