#!/usr/bin/env python3
"""Copies and casts from mapped files into memory: quarry, memcpy and NumPy in one run, as a table.

usage: convert_report.py CONVERT_BENCH [MIB] [NAME...]

Inputs of MIB (default 1024) lie in the page cache. NumPy's answer is what quarry's must equal.
Where NAMEs are given, only works whose name contains one of them run.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

from machine import machine_line

MIB = 1 << 20


class Work:
    """`options` tell convert_bench what `take` does in NumPy; `counted` are the bytes that the
    speed is told for; `least` are the ratios to reach, against memcpy and NumPy."""

    def __init__(self, name, source, take, to, options=(), counted="input", least=(None, None)):
        self.name, self.source, self.take, self.to = name, source, take, to
        self.options, self.counted, self.least = options, counted, least


def counting(dtype, shape_of):
    """Makes arrays of small whole numbers, which all types hold."""
    def make(total_bytes):
        dtype_ = np.dtype(dtype)
        shape = shape_of(total_bytes // dtype_.itemsize)
        return (np.arange(np.prod(shape), dtype="u4") % 100).astype(dtype_).reshape(shape)
    return make


def records(dtype):
    def make(total_bytes):
        out = np.zeros(total_bytes // np.dtype(dtype).itemsize, dtype)
        for name in out.dtype.names:
            field = out[name]
            field[...] = (np.arange(field.size, dtype="u4") % 100).reshape(field.shape)
        return out
    return make


def line(count):
    return (count,)


def square(count):
    edge = 1 << (count.bit_length() // 2)
    return (edge, count // edge)


def four(count):
    return (32, 64, 32, count // (32 * 64 * 32))


def rows_of(length):
    return lambda count: (count // length, length)


def same(array):
    return array


TRADE = [("time", "f8"), ("price", "f8"), ("size", "i8"), ("id", "i8")]
POINT = [("id", "u4"), ("xyz", "f4", 3)]

WORKS = [
    Work("contiguous copy f4", counting("<f4", line), same, "<f4", least=(0.95, 1)),
    Work("byte swap f4", counting(">f4", line), same, "<f4", least=(1.1, 2)),
    Work("byte swap f8", counting(">f8", line), same, "<f8", least=(1.1, 2)),
    Work("byte swap i2", counting(">i2", line), same, "<i2", least=(1.1, 2)),
    Work("big-endian i2 to f4", counting(">i2", line), same, "<f4", least=(0.6, 2.5)),
    Work("f4 to f8", counting("<f4", line), same, "<f8", least=(None, 1.25)),
    Work("f8 to f4", counting("<f8", line), same, "<f4", least=(None, 1.25)),
    Work("u1 to f4", counting("u1", line), same, "<f4", least=(None, 1.25)),
    Work("i4 to f4", counting("<i4", line), same, "<f4", least=(None, 1.25)),
    Work("f4 to i2", counting("<f4", line), same, "<i2"),
    Work("f2 to f4", counting("<f2", line), same, "<f4"),
    Work("f4 to f2", counting("<f4", line), same, "<f2"),
    Work("f8 field of a 32-byte record", records(TRADE), lambda a: a["price"], "<f8",
         ["field=price"], least=(1.5, 1)),
    Work("(n,3) f4 subarray field", records(POINT), lambda a: a["xyz"], "<f4", ["field=xyz"],
         least=(None, 2.5)),
    Work("every tenth column f4", counting("<f4", rows_of(1000)), lambda a: a[:, ::10], "<f4",
         ["slice=:, ::10"], least=(None, 1)),
    Work("one of two channels i2", counting("<i2", rows_of(2)), lambda a: a[:, 0], "<i2",
         ["slice=:, 0"]),
    Work("one of three channels u1", counting("u1", rows_of(3)), lambda a: a[:, 1], "u1",
         ["slice=:, 1"]),
    Work("one of four channels f4", counting("<f4", rows_of(4)), lambda a: a[:, 1], "<f4",
         ["slice=:, 1"]),
    Work("transpose f4", counting("<f4", square), lambda a: a.T, "<f4", ["transpose=1,0"],
         least=(0.45, 15)),
    Work("transpose and byte swap f4", counting(">f4", square), lambda a: a.T, "<f4",
         ["transpose=1,0"], least=(0.45, 15)),
    Work("axes (3,1,0,2) f4", counting("<f4", four), lambda a: a.transpose(3, 1, 0, 2), "<f4",
         ["transpose=3,1,0,2"], least=(0.3, 5)),
    Work("axes (3,1,0,2) u1", counting("u1", four), lambda a: a.transpose(3, 1, 0, 2), "u1",
         ["transpose=3,1,0,2"], least=(0.3, 5)),
]


def numpy_ns(source, to):
    """The median of NumPy's time into memory that was touched, and its answer."""
    out = np.zeros(source.shape, to)
    np.copyto(out, source, casting="unsafe")
    times = []
    started = time.perf_counter()
    while len(times) < 7 and (len(times) < 1 or time.perf_counter() - started < 20):
        start = time.perf_counter_ns()
        np.copyto(out, source, casting="unsafe")
        times.append(time.perf_counter_ns() - start)
    return sorted(times)[len(times) // 2], out


def against(ratio, least):
    if least is None:
        return f"{ratio:.2f}"
    return f"{ratio:.2f} ({'' if ratio >= least else 'missed: '}>= {least:g})"


def measured(work, bench, total_bytes, directory):
    """A line of the table."""
    path, answer_path = (os.path.join(directory, name) for name in ("in.npy", "answer.npy"))
    np.save(path, work.source(total_bytes))
    mapped = np.load(path, mmap_mode="r")
    theirs, answer = numpy_ns(work.take(mapped), np.dtype(work.to))
    np.save(answer_path, answer)
    del answer
    run = subprocess.run([bench, path, answer_path, *work.options], check=True,
                         capture_output=True, text=True)
    ours = json.loads(run.stdout)
    gigabytes = mapped.nbytes / 1e9
    return (f"| {work.name} | {gigabytes / ours['convert_ns'] * 1e9:.1f} "
            f"| {gigabytes / ours['memcpy_ns'] * 1e9:.1f} | {gigabytes / theirs * 1e9:.2f} "
            f"| {against(ours['memcpy_ns'] / ours['convert_ns'], work.least[0])} "
            f"| {against(theirs / ours['convert_ns'], work.least[1])} |")


def main():
    bench = sys.argv[1]
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
    chosen = [work for work in WORKS
              if len(sys.argv) < 4 or any(name in work.name for name in sys.argv[3:])]
    print(f"{machine_line()}; {size} MiB of input; GB/s of input, medians of 7\n")
    print("| work | quarry | memcpy | NumPy | against memcpy | against NumPy |")
    print("|---|---|---|---|---|---|", flush=True)
    for work in chosen:
        with tempfile.TemporaryDirectory() as directory:
            print(measured(work, bench, size * MIB, directory), flush=True)


if __name__ == "__main__":
    main()
