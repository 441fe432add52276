#!/usr/bin/env python3
"""An array handed from one process to another: by a shared array of quarry, through a pipe, and
through Python's multiprocessing.shared_memory with NumPy, in one run, as a table.

usage: share_report.py SHARE_BENCH

The reader is there and waits; all memory was touched before. What arrives is compared before the
clock counts.
"""
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing import shared_memory

import numpy as np

from machine import machine_line

SIZES = (64 << 10, 1 << 20, 64 << 20)
RUNS = 11


def frame_of(size):
    return np.arange(1, size // 8 + 1, dtype="u8")


def median(values):
    return sorted(values)[len(values) // 2]


def ours(bench, size):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        run = subprocess.run([bench, directory, str(size)], check=True, capture_output=True,
                             text=True)
    return json.loads(run.stdout)


def read_all(descriptor, into):
    view = memoryview(into).cast("B")
    while view:
        view = view[os.readv(descriptor, [view]):]


def write_all(descriptor, array):
    view = memoryview(array).cast("B")
    while view:
        view = view[os.write(descriptor, view):]


def pipe_reader(data, answers, size):
    into = np.zeros(size // 8, "u8")
    expected = frame_of(size)
    for _ in range(RUNS + 1):
        read_all(data, into)
        os.write(answers, time.perf_counter_ns().to_bytes(8, "little"))
        os.write(answers, b"y" if np.array_equal(into, expected) else b"n")


def answered(answers):
    if os.read(answers, 1) != b"y":
        raise SystemExit("wrong answer")


def pipe_ns(size):
    """From the first write to the last byte being there, which the reader says."""
    data, answers = os.pipe(), os.pipe()
    reader = multiprocessing.Process(target=pipe_reader, args=(data[0], answers[1], size))
    reader.start()
    frame = frame_of(size)
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter_ns()
        write_all(data[1], frame)
        end = int.from_bytes(os.read(answers[0], 8), "little")
        times.append(end - start)
        answered(answers[0])
    reader.join()
    for descriptor in data + answers:
        os.close(descriptor)
    return median(times[1:])


def shared_memory_ns(size):
    """A copy into the block, which is what keeps the writer's array its own; the reader's view of it
    costs nothing then, and holds nothing."""
    block = shared_memory.SharedMemory(create=True, size=size)
    try:
        into = np.ndarray(size // 8, "u8", block.buf)
        frame = frame_of(size)
        into[:] = frame
        if not np.array_equal(into, frame):
            raise SystemExit("wrong answer")
        times = []
        for _ in range(RUNS):
            start = time.perf_counter_ns()
            into[:] = frame
            times.append(time.perf_counter_ns() - start)
        del into
        return median(times)
    finally:
        block.close()
        block.unlink()


def us(nanoseconds):
    return f"{nanoseconds / 1000:.1f}"


def target(nanoseconds, most_us):
    good = nanoseconds < most_us * 1000
    return f"{us(nanoseconds)} ({'' if good else 'missed: '}< {most_us})"


def size_text(size):
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def main():
    bench = sys.argv[1]
    print(f"{machine_line()}; microseconds, medians; memory was touched before\n")
    print("| version | hand-over | hold and let go | its system calls alone "
          "| a sleeping reader has it | memcpy | pipe | shared_memory, NumPy copy |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for size in SIZES:
        found = ours(bench, size)
        print(f"| {size_text(size)} | {target(found['hand_over_ns'], 10)} "
              f"| {target(found['pin_ns'], 3)} | {us(found['calls_ns'])} "
              f"| {us(found['wake_ns'])} "
              f"| {us(found['memcpy_ns'])} | {us(pipe_ns(size))} | {us(shared_memory_ns(size))} |",
              flush=True)


if __name__ == "__main__":
    main()
