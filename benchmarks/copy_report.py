#!/usr/bin/env python3
"""Files into new files, whole processes: quarry beside cp, h5dump and NumPy in one run, as tables.

usage: copy_report.py QUARRY [MIB]

Inputs of MIB (default 1024) are in the page cache (warm) or dropped from it before each run (cold,
which wants root). Every output is compared with NumPy's before the clock counts. A second table
tells the ways to and from the disk apart (--io), a third one transposes files larger than the memory
of a control group (v1, root) beside cp in the same group.
"""
import os
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

from machine import machine_line

MIB = 1 << 20
RUNS = 5
GROUPS = "/sys/fs/cgroup/memory"


def make_input(path, dtype, shape):
    """Small whole numbers, which all types hold, written in parts."""
    out = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    rows = max(1, (16 * MIB) // out[:1].nbytes)
    for first in range(0, shape[0], rows):
        part = out[first:first + rows]
        part[...] = ((np.arange(part.size, dtype="u4") + first) % 100).reshape(part.shape)
    out.flush()


def drop_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as caches:
        caches.write("3")


class Group:
    """A control group that `command` runs in; None of a limit is no group."""

    def __init__(self, limit_bytes=None):
        self.path = None
        if limit_bytes is not None:
            self.path = f"{GROUPS}/quarry_bench_{os.getpid()}"
            os.mkdir(self.path)
            self.write("memory.limit_in_bytes", limit_bytes)

    def write(self, name, value):
        with open(f"{self.path}/{name}", "w", encoding="ascii") as file:
            file.write(str(value))

    def peak(self):
        with open(f"{self.path}/memory.max_usage_in_bytes", encoding="ascii") as file:
            return int(file.read())

    def enter(self):
        if self.path:
            self.write("cgroup.procs", os.getpid())

    def close(self):
        if self.path:
            self.write("memory.force_empty", 0)
            os.rmdir(self.path)


def seconds(command, output, limit_bytes=None):
    """Wall time of a process, and the peak of its group's memory."""
    if os.path.exists(output):
        os.unlink(output)
    group = Group(limit_bytes)
    try:
        start = time.perf_counter()
        subprocess.run(command, check=True, preexec_fn=group.enter, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start, group.peak() if group.path else 0
    finally:
        group.close()


def median_seconds(command, output, cold, limit_bytes=None):
    times = []
    for _ in range(RUNS):
        if cold:
            drop_caches()
        else:
            os.sync()
        times.append(seconds(command, output, limit_bytes)[0])
    return sorted(times)[RUNS // 2]


def equal(path, expected):
    found = np.load(path, mmap_mode="r")
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return False
    rows = max(1, (16 * MIB) // max(1, expected[:1].nbytes))
    return all(np.array_equal(found[i:i + rows], expected[i:i + rows])
               for i in range(0, len(expected), rows))


def numpy_command(source, expression, output):
    return [sys.executable, "-c",
            f"import numpy as np; m = np.load({source!r}, mmap_mode='r'); "
            f"np.save({output!r}, {expression})"]


def end_to_end(quarry, directory, size, cold):
    source, output, written = (f"{directory}/{name}" for name in ("in.npy", "out.npy", "written"))
    count = size * MIB // 4
    make_input(source, ">f4", (count,))
    with h5py.File(f"{directory}/in.h5", "w") as file:
        file["d"] = np.load(source, mmap_mode="r")
    half = count // 2
    works = [
        ("contiguous slice", ["slice", source, f"{half // 2}:{half // 2 + half}"],
         f"m[{half // 2}:{half // 2 + half}]", 1.0),
        ("byte swap", ["convert", source, "--byteorder", "little"], "m.astype('<f4')", 0.8),
        ("swap and cast to f8", ["convert", source, "--dtype", "<f8"], "m.astype('<f8')", 0.8),
        ("swap and cast to i2", ["convert", source, "--dtype", "<i2", "--casting", "unsafe"],
         "m.astype('<i2')", 0.8),
    ]
    h5dump = ["h5dump", "-d", "/d", "-b", "LE", "-o", written, f"{directory}/in.h5"]
    mapped = np.load(source, mmap_mode="r")
    for name, arguments, expression, least in works:
        command = [quarry, *arguments, "-o", output]
        seconds(command, output)
        if not equal(output, eval(expression, {"m": mapped})):  # pylint: disable=eval-used
            raise SystemExit(f"{name}: wrong answer")
        os.rename(output, written)
        ours = median_seconds(command, output, cold)
        copy = median_seconds(["cp", written, output], output, cold)
        theirs = median_seconds(numpy_command(source, expression, output), output, cold)
        dump = median_seconds(h5dump, written, cold) if name == "byte swap" else None
        missed = "" if copy / ours >= least else "missed: "
        print(f"| {name} | {'cold' if cold else 'warm'} | {ours:.2f} | {copy:.2f} | {theirs:.2f} "
              f"| {f'{dump:.2f}' if dump else ''} | {copy / ours:.2f} ({missed}>= {least:g}) "
              f"| {theirs / ours:.1f} | {f'{dump / ours:.1f}' if dump else ''} |", flush=True)


def ways(quarry, directory, size, cold):
    """The same works by every --io."""
    source, output = (f"{directory}/{name}" for name in ("in.npy", "out.npy"))
    rows = size * MIB // 4096
    make_input(source, ">f4", (rows, 1024))
    mapped = np.load(source, mmap_mode="r")
    works = [
        ("contiguous slice", ["slice", source, f"{rows // 4}:{rows // 4 * 3}"],
         mapped[rows // 4:rows // 4 * 3]),
        ("byte swap", ["convert", source, "--byteorder", "little"], mapped),
        ("transpose", ["convert", source, "--transpose"], mapped.T),
    ]
    for name, arguments, expected in works:
        times = []
        for method in ["auto", "mmap", "pread", "direct"]:
            command = [quarry, *arguments, "--io", method, "-o", output]
            seconds(command, output)
            found = np.load(output, mmap_mode="r")
            if found.shape != expected.shape or any(
                    not np.array_equal(found[i], expected[i]) for i in range(0, len(found), 997)):
                raise SystemExit(f"{name} by {method}: wrong answer")
            times.append(median_seconds(command, output, cold))
        columns = " | ".join(f"{each:.2f}" for each in times)
        print(f"| {name} | {'cold' if cold else 'warm'} | {columns} |", flush=True)


def in_small_memory(quarry, directory, rows, limit, most):
    """A transpose beside cp of the same file in a group of `limit` bytes; `most` times its time."""
    source, output = (f"{directory}/{name}" for name in ("in.npy", "out.npy"))
    make_input(source, "<f4", (rows, 1024))
    command = [quarry, "convert", source, "--transpose", "-o", output]
    drop_caches()
    peak = seconds(command, output, limit)[1]
    found = np.load(output, mmap_mode="r")
    mapped = np.load(source, mmap_mode="r")
    if found.shape != (1024, rows) or any(
            not np.array_equal(found[:, i], mapped[i]) for i in range(0, rows, 4999)):
        raise SystemExit("transpose: wrong answer")
    ours = median_seconds(command, output, True, limit)
    copy = median_seconds(["cp", source, output], output, True, limit)
    wanted = "" if most is None else f" ({'' if ours / copy <= most else 'missed: '}<= {most})"
    print(f"| {rows} x 1024 f4, {rows * 4096 // MIB} MiB | {limit // MIB} MiB | {peak // MIB} MiB "
          f"| {ours:.1f} | {copy:.1f} | {ours / copy:.2f}{wanted} |", flush=True)


def main():
    quarry = os.path.abspath(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    is_root = os.geteuid() == 0
    print(f"{machine_line()}; {size} MiB of input, whole processes, seconds, medians of {RUNS}\n")
    print("| work | cache | quarry | cp of what is written | np.save | h5dump -b LE "
          "| against cp | against NumPy | against h5dump |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for cold in [False, True] if is_root else [False]:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as directory:
            end_to_end(quarry, directory, size, cold)
    print("\n| work | cache | auto | mmap | pread | direct |")
    print("|---|---|---|---|---|---|", flush=True)
    for cold in [False, True] if is_root else [False]:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as directory:
            ways(quarry, directory, size, cold)
    if not (is_root and os.path.isdir(GROUPS)):
        print("\nno table of small memory: it wants root and control groups of version 1")
        return
    print("\n| transpose | memory | peak | quarry | cp | times cp |")
    print("|---|---|---|---|---|---|", flush=True)
    for rows, limit, most in [(524288, 256 * MIB, 3), (262144, 96 * MIB, None)]:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as directory:
            in_small_memory(quarry, directory, rows, limit, most)


if __name__ == "__main__":
    main()
