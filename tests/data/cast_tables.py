#!/usr/bin/python3
"""Writes can_cast.inc and cast_values.inc: what NumPy 1.24 answers and computes when it casts.

    /usr/bin/python3 tests/data/cast_tables.py
"""
import pathlib
import warnings

import numpy as np

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
RULES = {"no": "n", "equiv": "e", "safe": "s", "same_kind": "k", "unsafe": "u"}

# Type strings, and records as quarry writes them. Zero-size strings are not among them: NumPy
# takes "S0" as a target for "S of any length".
TYPES = """|b1 |i1 <i2 >i2 <i4 <i8 >i8 |u1 <u2 >u2 <u4 <u8 <f2 >f2 <f4 >f4 <f8 <f16 >f16 <c8 >c8 <c16
<c32 |S1 |S3 |S5 |S10 |S11 |S20 |S21 |S32 |S48 |S64 |S96 <U1 <U3 <U5 >U5 <U20 <U21 <U32 <U64 |V1 |V2
|V3 |V4 |V8 |V20 <M8 <M8[Y] <M8[M] <M8[12M] <M8[W] <M8[D] <M8[s] <M8[25s] <M8[7s] <M8[ns] >M8[ns]
<M8[as] <m8 <m8[Y] <m8[M] <m8[12M] <m8[W] <m8[D] <m8[h] <m8[s] <m8[25s] <m8[50s] <m8[7s] <m8[ns]
>m8[ns] <m8[as] |O""".split()
RECORDS = {
    "{a:<i4}": [("a", "<i4")],
    "{a:>i4}": [("a", ">i4")],
    "{a:<i8}": [("a", "<i8")],
    "{b:<i4}": [("b", "<i4")],
    "{a:<i4, b:<f4}": [("a", "<i4"), ("b", "<f4")],
    "{b:<f4, a:<i4}": [("b", "<f4"), ("a", "<i4")],
    "{a@4:<i4, b@0:<f4}": {"names": ["a", "b"], "formats": ["<i4", "<f4"], "offsets": [4, 0]},
    "{a@4:<i4}": {"names": ["a"], "formats": ["<i4"], "offsets": [4]},
    "{a@0:<i4, @8}": {"names": ["a"], "formats": ["<i4"], "offsets": [0], "itemsize": 8},
    "{a:<i4[2]}": [("a", "<i4", (2,))],
    "{a:<i4[1,2]}": [("a", "<i4", (1, 2))],
    "{a:<i8[2]}": [("a", "<i8", (2,))],
    "{a:{x:<i4}}": [("a", [("x", "<i4")])],
    "{a:{x:>i4}}": [("a", [("x", ">i4")])],
    "{a:{y:<i4}}": [("a", [("y", "<i4")])],
    "{a:|S3}": [("a", "S3")],
    "{a:|S5}": [("a", "S5")],
}


def strictest(source, target):
    for rule, letter in RULES.items():
        if np.can_cast(source, target, rule):
            return letter
    return "-"


def write_can_cast():
    types = {name: np.dtype(name) for name in TYPES}
    types |= {name: np.dtype(spec) for name, spec in RECORDS.items()}
    lines = ["// numpy.can_cast: {from, the strictest rule for each type of the list, in its order}.",
             "// Written by cast_tables.py. n no, e equiv, s safe, k same_kind, u unsafe, - never."]
    for name, source in types.items():
        row = "".join(strictest(source, target) for target in types.values())
        lines.append(f'{{"{name}", "{row}"}},')
    (HERE / "can_cast.inc").write_text("\n".join(lines) + "\n")


NUMBERS = "|b1 |i1 <i2 <i4 <i8 |u1 <u2 <u4 <u8 <f2 <f4 <f8 <c8 <c16".split()
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 0.99, -0.99, 1.5, -1.5, 2.5, 100.25, 127.0, 127.99, 128.0,
          -128.0, -128.5, -128.99, -129.0, 255.0, 255.5, 256.0, 2049.0, 32767.5, 32768.0, -32768.9,
          65503.0, 65519.0, 65520.0, 65535.5, 65536.0, 1e5, 16777217.0, 2147483647.5, 2147483648.0,
          -2147483648.0, -2147483648.75, 4294967295.5, 4294967296.0, 2.0**53 + 2, 2.0**63, -(2.0**63),
          2.0**63 - 1024, 2.0**64, 2.0**64 - 2048, 1e30, -1e30, 1e39, 1e300, 6e-8, 2.9e-8, 2.99e-8,
          6.1e-5, 1e-40, 1e-310, 1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 1 + 3 * 2.0**-11,
          1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-50, 3.4028235677973366e38, 3.4028235677973362e38,
          float("inf"), float("-inf"), float("nan")]


POWERS = [7, 8, 11, 15, 16, 24, 31, 32, 53, 60, 63]


def edge_values(kind):
    if kind.kind == "b":
        return np.array([False, True])
    if kind.kind in "iu":
        info = np.iinfo(kind)
        near = [info.min, info.min + 1, -1, 0, 1, 2, 100, info.max - 1, info.max]
        near += [s * 2**p + d for p in POWERS for s in (1, -1) for d in (-1, 0, 1)]
        return np.array(sorted({v for v in near if info.min <= v <= info.max}), dtype=kind)
    real = np.array(FLOATS, dtype="f8").astype(kind)
    if kind.kind == "c":
        return np.concatenate([real, np.array([1j, 0.5 + 2j, 3 - 1e39j], dtype=kind)])
    return real


def defined(values, target):
    """Where C defines the cast: a float to an integer that can hold it once truncated."""
    if target.kind not in "iu" or values.dtype.kind not in "fc":
        return np.ones(len(values), dtype=bool)
    info = np.iinfo(target)
    whole = [None if not np.isfinite(v) else int(v) for v in values.real.astype("f8")]
    return np.array([w is not None and info.min <= w <= info.max for w in whole])


def write_values():
    lines = ["// ndarray.astype: {from, to, values, results}, little-endian bytes in hexadecimal.",
             "// Written by cast_tables.py."]
    for source in map(np.dtype, NUMBERS):
        for target in map(np.dtype, NUMBERS):
            values = edge_values(source)
            values = values[defined(values, target)]
            results = values.astype(target, casting="unsafe")
            lines.append(f'{{"{source.str}", "{target.str}", "{values.tobytes().hex()}", '
                         f'"{results.tobytes().hex()}"}},')
    (HERE / "cast_values.inc").write_text("\n".join(lines) + "\n")


MOMENTS = [("<M8[D]", "<M8[s]"), ("<M8[s]", "<M8[D]"), ("<M8[ns]", "<M8[25s]"), ("<M8[W]", "<M8[h]"),
           ("<M8[Y]", "<M8[D]"), ("<M8[M]", "<M8[D]"), ("<M8[D]", "<M8[M]"), ("<M8[D]", "<M8[Y]"),
           ("<M8[Y]", "<M8[M]"), ("<M8[M]", "<M8[Y]"), ("<M8[7M]", "<M8[2W]"), ("<M8[h]", "<M8[5Y]"),
           ("<M8[s]", "<M8[M]"), ("<M8[3D]", "<M8[7s]"), ("<M8", "<M8[s]"), ("<m8", "<m8[7s]"),
           ("<m8[D]", "<m8[ms]"), ("<m8[ms]", "<m8[D]"), ("<m8[7s]", "<m8[5s]"), ("<m8[Y]", "<m8[M]"),
           ("<m8[M]", "<m8[Y]"), ("<m8[s]", "<i8"), ("<i8", "<m8[s]"), ("<i8", "<M8[D]"),
           ("<M8[D]", "<i8"), ("<i4", "<m8[ns]"), ("|u1", "<m8[ns]")]


def write_moments():
    lines = ["// As cast_values.inc, for datetimes and timedeltas. Written by cast_tables.py."]
    for source, target in MOMENTS:
        counts = [-100000, -36525, -1461, -366, -365, -60, -59, -13, -12, -7, -1, 0, 1, 6, 7, 11, 12, 13,
                  31, 58, 59, 60, 365, 366, 789, 10957, 11016, 11017, 11323, 36524, 36525, 47541, 99999]
        if source == "|u1":
            counts = [c for c in counts if 0 <= c < 256]
        kind = np.dtype(source)
        values = np.array(counts, dtype="i8").astype(kind if kind.kind in "iu" else "i8")
        if kind.kind in "mM":
            values = np.append(values, np.iinfo("i8").min).view(kind)
        results = values.astype(target)
        lines.append(f'{{"{source}", "{target}", "{values.tobytes().hex()}", '
                     f'"{results.tobytes().hex()}"}},')
    (HERE / "moment_values.inc").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_can_cast()
    write_values()
    write_moments()
