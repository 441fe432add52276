"""Random casts of what chains end with: what quarry::convert() must store, by NumPy's casts.

NumPy casts what both sides cast alike. Where quarry refuses values instead of damaging them, exact
arithmetic on Python's integers tells which those are.
"""
import os
import warnings
from fractions import Fraction

import numpy as np

from allowed import Refused, differ, refuse
from random_types import (FLOATS, INTEGERS, NUMBERS, chance, descr, meaning, one_of,
                          random_moment, random_scalar, write_source)

RULES = ["no", "equiv", "safe", "same_kind", "same_kind"] + ["unsafe"] * 5

# Lengths of the units in attoseconds; years and months are means.
DAY = 86400 * 10**18
LENGTHS = {"Y": 146097 * DAY // 400, "M": 146097 * DAY // 4800, "W": 7 * DAY, "D": DAY,
           "h": DAY // 24, "m": DAY // 1440, "s": 10**18, "ms": 10**15, "us": 10**12, "ns": 10**9,
           "ps": 10**6, "fs": 1000, "as": 1}


class Unclear(Exception):
    """NumPy's own arithmetic overflows on the way to an answer that exists: no oracle."""


def is_counted(dtype):
    return dtype.kind in "biu"


def is_number(dtype):
    return dtype.kind in "biufc" and dtype.str[1:] not in ("f16", "c32")


def unit_of(dtype):
    return np.datetime_data(dtype)


def is_defined_for_moments(source, target):
    unit, to = unit_of(source), unit_of(target)
    if unit == to or unit[0] == "generic":
        return True
    crosses = (unit[0] in "YM") != (to[0] in "YM")
    return to[0] != "generic" and not (crosses and source.kind == "m")


def fields_of(dtype):
    return [(name, *dtype.fields[name][:2]) for name in dtype.names]


def overlap_in(dtype):
    ends = sorted((offset, offset + each.itemsize) for _, each, offset in fields_of(dtype)
                  if each.itemsize)
    return any(before[1] > after[0] for before, after in zip(ends, ends[1:]))


def is_defined(source, target):
    """Whether quarry casts from one to the other under some rule."""
    if meaning(source) == meaning(target):
        return True
    if source.names and target.names:
        return source.names == target.names and not overlap_in(target) and all(
            a.shape == b.shape and is_defined(a.base, b.base)
            for (_, a, _), (_, b, _) in zip(fields_of(source), fields_of(target)))
    if source.names or target.names:
        return False
    kinds = source.kind + target.kind
    if kinds in ("MM", "mm"):
        return is_defined_for_moments(source, target)
    return ((is_number(source) and is_number(target)) or
            (kinds[0] == kinds[1] and source.itemsize == target.itemsize) or
            (is_counted(source) and kinds[1] in "Mm") or
            (kinds[0] in "Mm" and is_counted(target)) or
            (kinds[0] in "SU" and kinds[1] in "SU"))


def contiguous_bytes(array):
    return np.frombuffer(array.tobytes(), "u1").reshape(array.shape + (array.itemsize,))


def cast_to_integers(array, target, wraps, clip):
    """Numbers to an integer type."""
    bounds = np.iinfo(target)
    floats = array.dtype.kind in "fc"
    values = array.real.ravel().tolist()
    exact = [None if floats and not np.isfinite(each) else int(each) for each in values]
    if all(each is not None and bounds.min <= each <= bounds.max for each in exact):
        return array.astype(target)
    if clip:
        differ("clip")
        ends = [each if each == each else 0 for each in values]  # NaN becomes 0
        ends = [int(max(min(each, bounds.max), bounds.min)) for each in ends]
        return np.array(ends, target.newbyteorder("=")).reshape(array.shape).astype(target)
    if floats:
        refuse("floats that an integer cannot hold")
    return array.astype(target) if wraps else refuse("integers out of range")


def cast_moments(array, target):
    """Moments to another unit."""
    numbers = array.view(array.dtype.str[0] + "i8").astype("i8")
    unit, to = unit_of(array.dtype), unit_of(target)
    if unit[0] == "generic":  # a count keeps its number; NumPy crashes where it becomes months
        return numbers.astype(target.str[0] + "i8")
    if unit == to:
        return array.astype(target)
    counts = numbers.ravel().tolist()
    ratio = Fraction(LENGTHS[unit[0]] * unit[1], LENGTHS[to[0]])
    counts = [abs(count) for count in counts if count != -2**63]
    if any(count * ratio / to[1] > 2**64 for count in counts):
        refuse("moments beyond their new unit")
    # NumPy goes by way of products and of the new unit uncounted, which overflow before the result.
    if ratio.numerator >= 2**62 or any(count * max(ratio, 2**20) > 2**60 for count in counts):
        raise Unclear
    try:
        return array.astype(target)
    except OverflowError as overflow:  # of the ratio of the units
        raise Unclear from overflow


def cast_text(array, target):
    if array.dtype.kind == "U" and target.kind == "S":
        cut = array.astype(f"U{target.itemsize}")
        if any(ord(character) > 127 for text in cut.ravel().tolist() for character in text):
            raise Refused("out of bounds")
        if any(ord(character) > 127 for text in array.ravel().tolist() for character in text):
            differ("non-ASCII characters that are cut off")
        return cut.astype(target)
    if array.dtype.kind == "S" and target.kind == "U":
        cut = array.astype(f"S{target.itemsize // 4}")
        if any(byte > 127 for text in cut.ravel().tolist() for byte in text):
            raise Refused("out of bounds")
        return cut.astype(target)
    return array.astype(target)


def cast_items(array, target, wraps, clip):
    """The bytes of the items of `array` as `target`; raises Refused."""
    source = array.dtype
    if meaning(source) == meaning(target):
        return contiguous_bytes(array)
    if target.names:
        out = np.zeros(array.shape + (target.itemsize,), "u1")
        for name, each, offset in fields_of(target):
            items = cast_items(array[name], each.base, wraps, clip)
            out[..., offset:offset + each.itemsize] = items.reshape(array.shape + (each.itemsize,))
        return out
    if source.kind in "Mm" and source.kind == target.kind:
        return contiguous_bytes(cast_moments(array, target))
    if source.kind in "SU" and target.kind in "SU":
        return contiguous_bytes(cast_text(array, target))
    if source.kind in "Mm":
        array = array.view(source.str[0] + "i8")
    counts = np.dtype(target.str[0] + "i8") if target.kind in "Mm" else target
    if counts.kind in "iu" and is_number(array.dtype) and array.dtype.kind != "b":
        return contiguous_bytes(cast_to_integers(array, counts, wraps, clip))
    return contiguous_bytes(array.astype(counts))


def scaled(array, scale, offset):
    """value * scale + offset in float64, as the type that NumPy gives the product, in the byte
    order of the source: the rule that the cast obeys looks at the order too."""
    kind = array.dtype.kind
    wide = array.astype("c16" if kind == "c" else "f8").reshape(-1)
    result = array.dtype if kind in "fc" else np.dtype("f8").newbyteorder(array.dtype.byteorder)
    with np.errstate(all="ignore"):
        parts = wide.view("f8").reshape(wide.size, wide.itemsize // 8) * scale
        parts[:, 0] += offset
        return parts.reshape(-1).view(wide.dtype).astype(result).reshape(array.shape)


def expected_cast(array, cast):
    """The dtype, and the items' bytes; raises Refused, or Unclear."""
    target = cast["dtype"]
    if (cast["scale"], cast["offset"]) != (1.0, 0.0):
        array = scaled(array, cast["scale"], cast["offset"])
    if not is_defined(array.dtype, target):
        refuse("casts that are not defined")
    if not np.can_cast(array.dtype, target, cast["rule"]):
        raise Refused("type mismatch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cast_items(array, target, cast["rule"] == "unsafe", cast["clip"])


# --- what is cast, and to what

def related(rng, dtype):
    """A dtype that the other may well be cast to."""
    if dtype.subdtype:
        return np.dtype((related(rng, dtype.base), dtype.shape))
    if dtype.names:
        names = list(dtype.names)
        formats = [related(rng, each) for _, each, _ in fields_of(dtype)]
        if chance(rng, 20):
            names.reverse()
        return np.dtype({"names": names, "formats": formats})
    if chance(rng, 12):
        return random_scalar(rng)
    if chance(rng, 6):
        return dtype.newbyteorder(one_of(rng, "<>"))
    if dtype.kind in "SU":
        text = one_of(rng, "SU") + str(rng.integers(1, 8))
    elif dtype.kind in "Mm":
        text = one_of(rng, [random_moment(rng).replace("M8", "m8").replace("m8", dtype.kind + "8"),
                            one_of(rng, INTEGERS)])
    elif is_number(dtype):
        text = one_of(rng, NUMBERS) if not chance(rng, 12) else random_moment(rng)
    else:
        text = dtype.str
    return np.dtype(text).newbyteorder(one_of(rng, "<>"))


def random_cast(rng, dtype):
    """What chain_driver is told, but for "dtype"."""
    target = related(rng, dtype)
    scales = is_number(dtype) and chance(rng, 8)
    return {"dtype": target, "to": repr(descr(target)), "rule": one_of(rng, RULES),
            "clip": chance(rng, 3), "order": one_of(rng, "CF"), "backwards": chance(rng, 3),
            "scale": float(one_of(rng, [0.5, -3.0, 1e-3])) if scales else 1.0,
            "offset": float(one_of(rng, [0.0, 2.5, -100.0])) if scales else 0.0}


def random_counts(rng, count, bits):
    """Integers of all magnitudes up to so many bits; one time in two small ones only."""
    widths = rng.integers(0, 8 if chance(rng, 2) else bits + 1, count)
    return [int.from_bytes(rng.bytes(8), "little") >> (64 - int(width)) if width else 0
            for width in widths]


def random_values(rng, dtype, count):
    """Values that casts treat in different ways, as an array of one axis."""
    native = dtype.newbyteorder("=")
    if dtype.kind in "iu":
        return np.array(random_counts(rng, count, 64), "u8").astype(native)
    if dtype.kind in "Mm":
        counts = np.array(random_counts(rng, count, 40), "i8") * rng.choice([1, -1], count)
        counts[rng.random(count) < 0.1] = -2**63
        if chance(rng, 4):
            counts[rng.random(count) < 0.1] = 2**62
        return counts.view(native)
    if dtype.kind == "S":
        return np.array([bytes(random_counts(rng, 3, 7)) for _ in range(count)], native)
    if dtype.kind == "U":
        letters = "abcXYZ 09" + ("\u00e9\u540d\U0001f5ff" if chance(rng, 2) else "")
        return np.array(["".join(one_of(rng, letters) for _ in range(int(rng.integers(5))))
                         for _ in range(count)], native)
    values = np.array(random_counts(rng, count, 64), "f8") / one_of(rng, [1, 1, 7, -1, -64])
    if chance(rng, 4):
        special = [np.nan, np.inf, -np.inf, -0.0, 1e300, 5e-324]
        values[rng.random(count) < 0.1] = one_of(rng, special)
    if dtype.kind == "c":
        values = values + 1j * rng.permutation(np.nan_to_num(values))
    with np.errstate(all="ignore"):
        return values.astype(native)


def random_type(rng):
    """Numbers most of the time, text, moments, and packed records of them."""
    kind = int(rng.integers(8))
    if kind == 0:
        parts = [random_type(rng) for _ in range(int(rng.integers(1, 4)))]
        return np.dtype([(name, (each, (2,)) if chance(rng, 4) and not each.names else each)
                         for name, each in zip("abc", parts)])
    if kind == 1:
        text = random_moment(rng)
    elif kind == 2:
        text = one_of(rng, "SU") + str(rng.integers(1, 6))
    else:
        text = one_of(rng, NUMBERS + FLOATS)
    return np.dtype(text).newbyteorder(one_of(rng, "<>"))


def fill(rng, array):
    for name in array.dtype.names or ():
        fill(rng, array[name])
    if not array.dtype.names:
        array[...] = random_values(rng, array.dtype, array.size).reshape(array.shape)


def value_source(rng, directory, number):
    """An array of values rather than of random bytes."""
    shape = tuple(int(n) for n in rng.integers(0 if chance(rng, 12) else 1, 6, rng.integers(4)))
    array = np.zeros(shape, random_type(rng))
    fill(rng, array)
    return write_source(rng, os.path.join(directory, f"values_{number}.npy"), array)
