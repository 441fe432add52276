#!/usr/bin/env python3
"""Runs open_bench and NumPy on the same files in one go and prints a dated table with ratios.

usage: open_report.py OPEN_BENCH
"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np
import soundfile

from machine import machine_line


def numpy_open_ns(file_bytes):
    """Median time of np.load(mmap_mode='r') and the first element, answer checked first."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "a.npy")
        made = np.lib.format.open_memmap(path, "w+", "<f4", (file_bytes // 4,))
        made[0] = 1
        del made
        assert np.load(path, mmap_mode="r")[0] == 1
        times = []
        for _ in range(9):
            start = time.perf_counter_ns()
            for _ in range(1000):
                np.load(path, mmap_mode="r")[0]
            times.append((time.perf_counter_ns() - start) / 1000)
    return sorted(times)[len(times) // 2]


def numpy_npz_ns(file_bytes):
    """One np.load of a stored .npz and the first element: NumPy reads the whole array."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "a.npz")
        made = np.zeros(file_bytes // 4, "<i4")
        made[0] = 1
        np.savez(path, a=made)
        del made
        start = time.perf_counter_ns()
        first = np.load(path)["a"][0]
        taken = time.perf_counter_ns() - start
        assert first == 1
    return taken


def soundfile_open_ns(data_bytes):
    """Median time of opening an RF64 by soundfile and its first frame, answer checked first."""
    header = (b"RF64" + struct.pack("<I", 2**32 - 1) + b"WAVEds64" +
              struct.pack("<IQQQI", 28, data_bytes + 72, data_bytes, data_bytes // 4, 0) + b"fmt " +
              struct.pack("<IHHIIHH", 16, 1, 2, 48000, 192000, 4, 16) + b"data" +
              struct.pack("<I", 2**32 - 1))
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "a.wav")
        with open(path, "wb") as file:
            file.write(header)
            file.truncate(len(header) + data_bytes)
        with soundfile.SoundFile(path) as sound:
            assert sound.frames == data_bytes // 4 and not sound.read(1, dtype="int16").any()
        times = []
        for _ in range(9):
            start = time.perf_counter_ns()
            for _ in range(100):
                with soundfile.SoundFile(path) as sound:
                    sound.read(1, dtype="int16")
            times.append((time.perf_counter_ns() - start) / 100)
    return sorted(times)[len(times) // 2]


def main():
    run = subprocess.run([sys.argv[1], "--benchmark_format=json", "--benchmark_repetitions=9",
                          "--benchmark_report_aggregates_only=true"],
                         check=True, capture_output=True, text=True)
    report = json.loads(run.stdout)
    median = {entry["run_name"].split("/repeats")[0]: entry["real_time"]
              for entry in report["benchmarks"] if entry["aggregate_name"] == "median"}
    small, large = 1 << 10, 8 << 30
    opened = {size: median[f"open + first element, file bytes/{size}"] for size in (small, large)}
    bare = {size: median[f"system calls + first element, file bytes/{size}"]
            for size in (small, large)}
    loaded = {size: numpy_open_ns(size) for size in (small, large)}

    print(f"{machine_line()}; medians of 9, warm page cache\n")
    print("| work | quarry | peer | ratio |\n|---|---|---|---|")
    for size, name in ((small, "1 KiB"), (large, "8 GiB, sparse")):
        print(f"| open a .npy of {name} + first element | {opened[size] / 1e3:.1f} us "
              f"| np.load(mmap_mode='r'): {loaded[size] / 1e3:.1f} us "
              f"| {opened[size] / loaded[size]:.3f} |")
    for size, name in ((small, "1 KiB"), (large, "8 GiB, sparse")):
        print(f"| the same, {name}, beside the kernel alone | {opened[size] / 1e3:.1f} us "
              f"| open, mmap, touch, munmap: {bare[size] / 1e3:.1f} us "
              f"| +{(opened[size] - bare[size]) / 1e3:.1f} us |")
    for name, time_ns in median.items():
        what, _, file = name.partition("open + first element, ")
        if not what and not file.startswith("file bytes"):
            print(f"| open {file}, sparse + first element | {time_ns / 1e3:.1f} us "
                  f"| at most 1000 us | {time_ns / 1e6:.3f} |")
    npz = median["open + first element, .npz of 4 GiB"]
    loaded_npz = numpy_npz_ns(4 << 30)
    print(f"| open an .npz of 4 GiB + first element | {npz / 1e3:.1f} us "
          f"| np.load, which reads all of it: {loaded_npz / 1e9:.1f} s | {npz / loaded_npz:.6f} |")
    sound_ns = soundfile_open_ns(4 << 30)
    wav_ns = median["open + first element, .wav of 4 GiB"]
    print(f"| open a .wav of 4 GiB, sparse + first frame | {wav_ns / 1e3:.1f} us "
          f"| soundfile: {sound_ns / 1e3:.1f} us | {wav_ns / sound_ns:.3f} |")
    for ours, theirs, peer in (("sum, view<float, 2>", "sum, raw pointer", "raw pointer"),
                               ("sum, view<big<float>, 2>", "sum, bswap by hand", "bswap by hand")):
        print(f"| {ours}, 8 MiB | {median[ours] / 1e6:.3f} ms | {peer}: {median[theirs] / 1e6:.3f} ms "
              f"| {median[ours] / median[theirs]:.3f} |")
    narrow, wide = (median[f"field view, fields in the record/{count}"] for count in (2, 200))
    print(f"| field view of a 200-field record | {wide:.0f} ns | of a 2-field record: {narrow:.0f} ns "
          f"| {wide / narrow:.3f} |")


if __name__ == "__main__":
    main()
