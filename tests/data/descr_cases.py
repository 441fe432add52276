#!/usr/bin/env python3
"""Writes descr_cases.txt beside itself: what NumPy 1.24 on x86-64 Linux makes of descr texts.

One case a line, tab-separated: the descr as it stands in a header, the descr that NumPy writes for
the dtype it read ("refused" if it read none, "same" if that is the text itself), the item size,
the offsets of the fields.
Deterministic: the seed is fixed.
"""
import pathlib
import random
import warnings

import numpy as np
from numpy.lib import format as npy

warnings.simplefilter("ignore")

LETTERS = "?bBhHiIlLqQpPefdgFDGOSaUVcMm"
SIZES = (0, 1, 2, 4, 8, 16, 32)
SCALARS = ["|b1", "|i1", "|u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8",
           "<u8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "<f16", ">f16", "<c8", ">c8", "<c16",
           ">c16", "<c32", "|S1", "|S7", "<U1", ">U3", "|V2", "|V9", "<M8[ns]", ">M8[25s]", "<m8[us]",
           ">m8[D]", "<M8", "|O"]
NAMES = ["x", "y", "time", "a b", "it's", 'say "hi"', "both ' and \"", "back\\slash", "tab\there",
         "\u00e9t\u00e9", "\u03b1", "\u6c34", "\U0001f600", "nbsp\u00a0", "zw\u200bsp", "\ufeffbom", "\u2028", "del\x7f",
         "line\nend", "1", "None", "f0"]
SHAPES = [(), (), (), (1,), (3,), (2, 3), (0,), (1, 1), (2, 0, 2), (4, 1, 2, 1)]


def type_strings():
    for prefix in ("", "<", ">", "=", "|"):
        for letter in LETTERS:
            yield prefix + letter
        for letter in "biufcSaUVO":
            for size in SIZES:
                yield f"{prefix}{letter}{size}"
        for unit in ("", "[ns]", "[25s]", "[Y]", "[M]", "[1D]", "[generic]", "[zz]", "[]", "[ns", "ns"):
            yield f"{prefix}M8{unit}"
            yield f"{prefix}m8{unit}"
        yield prefix + "datetime64[ms]"
        yield prefix + "timedelta64"
        yield prefix + "float64"
    for name, kind in sorted(np.sctypeDict.items(), key=str):
        if isinstance(name, str):
            yield name
    yield from ("", "<", "<<f8", "f8 ", " f8", "f8\n", "ixy", "<f", "<f3", "<i5", "<b8", "float", "Float64", "int7",
                "string", "<M8[2147483647s]", "<M8[2147483648s]", "|S2147483647", "<U536870911")
    yield from ("i8,f4", "i8, f4", "i8 ,f4", "i8,f4,", "<i8,>f4", "3i4,f8", "(2,3)i4,f8", "1i4,f4", ">3i4,f4",
                "3>i4,f4", "i4,M8[ns]", "int32,float64", "a5,U3", "i8,", ",i8", "i4,,f4", "*3i4,f4", "i8;f4")


LISTS = [
    [], [("", "|V4")], [("", "|V0")], [("", "|V4"), ("a", "<i4")], [("a", "<i4"), ("", "|V4"), ("b", "<i4")],
    [("", "<i4", (2,))], [("", "|V2", (2,)), ("a", "<i4")], [("a", "<i4", 1)], [("a", "<i4", (1,))],
    [("a", "<i4", ())], [("a", "<i4", 0)], [("a", "<i4", (0,))], [("a", "<i4", [2, 3])], [("a", "<i4", -1)],
    [("a", "<i4", (2, -1))], [("a", "<i4", True)], [("a", "<i4", (2.0,))], [("a", "<i4", "2")],
    [("a", ("<f8", (5,)))], [("a", ("<f8", 5))], [("a", ("<f8", 1))], [("a", ("<f8", [5]))], [("a", ("<f8", ()))],
    [(("t", "a"), "<i4")], [((None, "a"), "<i4")], [(("t",), "<i4")], [(("t", "a", "b"), "<i4")],
    [(("a", "a"), "<i4")], [(("t", "a"), "<i4"), ("t", "<f4")], [(("t", "a"), "<i4"), (("t", "b"), "<f4")],
    [("a", "<i4"), ("a", "<f4")], [["a", "<i4"]], [["a", "<i4", [2]]], [(5, "<i4")], [("a", [])],
    [("a", [("b", "<i4"), ("", "|V4")], (2,))], [("a", "|V4", ())], [("a", "i8,f4")], [("a", "<i4", (2,), 4)],
    [("a",)], [("a", "|O")], [("a", "|S0")], [("a", "<i4"), 5], 5, None, ("<f8",), ("|O", {"vlen": 5}),
    [("a", "|V2147483647"), ("b", "|V1")], [("a", "<f8", (536870912,))], [("a", "|S4", (2147483648,))],
    [(b"a", "<i4")], [("a", b"<i4")], True, 1.5,
]


def random_dtype(source, depth):
    """A record of up to five fields in order, with gaps, titles, subarrays and records inside."""
    names = source.sample(NAMES, source.randint(0 if depth > 1 else 1, 5))
    fields = {"names": names, "formats": [], "offsets": [], "titles": []}
    end = 0
    for number, name in enumerate(names):
        nested = depth < 5 and source.random() < 0.3
        item = random_dtype(source, depth + 1) if nested else np.dtype(source.choice(SCALARS))
        part = np.dtype((item, source.choice(SHAPES)))
        end += source.choice((0, 0, 0, 1, 4, 13))
        fields["formats"].append(part)
        fields["offsets"].append(end)
        fields["titles"].append(f"title {number}" if source.random() < 0.15 else None)
        end += part.itemsize
    fields["itemsize"] = end + source.choice((0, 0, 0, 2, 8))
    if not any(fields["titles"]):
        del fields["titles"]
    return np.dtype(fields)


def case(descr):
    try:
        dtype = npy.descr_to_dtype(descr)
    except Exception:  # whatever it is, np.load fails
        return f"{descr!r}\trefused\t0\t"
    offsets = ",".join(str(dtype.fields[name][1]) for name in dtype.names or ())
    back = repr(npy.dtype_to_descr(dtype))
    return f"{descr!r}\t{'same' if back == repr(descr) else back}\t{dtype.itemsize}\t{offsets}"


def main():
    source = random.Random(20240229)
    cases = list(type_strings()) + LISTS
    cases += [npy.dtype_to_descr(random_dtype(source, 1)) for _ in range(300)]
    out = pathlib.Path(__file__).with_suffix(".txt")
    out.write_text("\n".join(map(case, cases)) + "\n", encoding="utf-8")


main()
