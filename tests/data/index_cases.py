#!/usr/bin/env python3
"""Writes index_cases.txt beside itself: what NumPy 1.24 makes of basic indexing.

One case a line, tab-separated: shape and strides (bytes, items of 4) of an array, the index as it
stands between brackets, then shape, strides and byte offset of the result, or the reason why NumPy
refuses ("out of bounds", "too many"). Strides of an axis with fewer than two elements and of an
empty result mean nothing and are written as 0, and so is the offset of an empty result.
Deterministic: the seed is fixed.
"""
import itertools
import pathlib
import random

import numpy as np
from numpy.lib.stride_tricks import as_strided

MEMORY = np.zeros(1 << 16, "i4")[1 << 15:]
BOUNDS = (None, -5, -4, -1, 0, 2, 4, 6)


def result(shape, strides, text):
    base = as_strided(MEMORY, shape, strides)
    index = eval(f"np.s_[{text}]")
    index = index if isinstance(index, tuple) else (index,)
    if not any(entry is Ellipsis for entry in index):
        index += (Ellipsis,)  # so that a single element is an array, too
    try:
        part = base[index]
    except IndexError as e:
        return ["too many" if "too many" in str(e) else "out of bounds"]
    if part.size == 0:
        return [part.shape, (0,) * part.ndim, 0]
    kept = tuple(stride if extent > 1 else 0 for extent, stride in zip(part.shape, part.strides))
    return [part.shape, kept, part.ctypes.data - base.ctypes.data]


def ranges():
    """Every kind of bound and step, on axes of 0, 1 and 4 elements."""
    def text(bound):
        return "" if bound is None else str(bound)
    for extent, start, stop, step in itertools.product((0, 1, 4), BOUNDS, BOUNDS, (None, 3, -1, -2)):
        yield (extent,), (4,), f"{text(start)}:{text(stop)}" + (f":{step}" if step else "")


def entry(rng, extent):
    kind = rng.random()
    if kind < 0.3:
        return str(rng.randint(-extent - (rng.random() < 0.1), max(extent - 1, 0) + (rng.random() < 0.1)))
    if kind < 0.45:
        return ":"
    bounds = [rng.choice(["", str(rng.randint(-extent - 2, extent + 2))]) for _ in range(2)]
    step = rng.choice(["", "", ":2", ":-1", ":-2", ":7", ":-9223372036854775808", ":9223372036854775807"])
    return ":".join(bounds) + step


def mixtures(rng):
    """Integers, ranges, new axes and an ellipsis over up to four axes of any stride."""
    shape = tuple(rng.choice((0, 1, 1, 2, 3, 4, 5)) for _ in range(rng.randint(0, 4)))
    strides = tuple(rng.choice((0, 4, 8, 12, 100, 1000, -4, -20, -400)) for _ in shape)
    taken = rng.randint(0, len(shape)) + (rng.random() < 0.05)
    entries = [entry(rng, extent) for extent in (shape + (3,))[:taken]]
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        entries.insert(rng.randint(0, len(entries)), "None")
    if not entries or rng.random() < 0.4:
        entries.insert(rng.randint(0, len(entries)), "...")
    return shape, strides, ", ".join(entries)


def main():
    rng = random.Random(7)
    cases = list(ranges()) + [mixtures(rng) for _ in range(1000)]
    with open(pathlib.Path(__file__).with_suffix(".txt"), "w", encoding="ascii") as out:
        for case in dict.fromkeys(cases):
            print(*case, *result(*case), sep="\t", file=out)


main()
