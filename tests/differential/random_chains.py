"""Random zero-copy operations: what chain_driver is told, and what NumPy makes of it.

Every function named after an operation takes the random generator, the Source and an array over
it, and returns the step and a function that applies it. That one returns an array, or raises
NeedsCopy where NumPy would have to copy, or another exception where NumPy refuses.
"""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from random_types import OTHERS, NUMBERS, chance, one_of


class NeedsCopy(Exception):
    """What NumPy does by a copy."""


class Refused(Exception):
    """What NumPy allows and quarry does not: these are all."""


def unless(array, refused, why):
    if refused:
        raise Refused(why)
    return array


def axis_of(rng, array):
    """Mostly an axis that exists, counted from either end."""
    reach = array.ndim + (1 if chance(rng, 20) else 0)
    return int(rng.integers(-reach, max(reach, 1)))


def bound(rng, extent):
    return None if chance(rng, 3) else int(rng.integers(-extent - 2, extent + 3))


def text_of(entry):
    if isinstance(entry, slice):
        parts = [entry.start, entry.stop] + ([] if entry.step is None else [entry.step])
        return ":".join("" if part is None else str(part) for part in parts)
    return {None: "None", Ellipsis: "..."}.get(entry, str(entry))


def slice_(rng, _, array):
    entries, axis, dotted = [], 0, False
    count = int(rng.integers(array.ndim + 1)) + (1 if chance(rng, 30) else 0)
    while axis < count:
        extent = array.shape[axis] if axis < array.ndim else 1
        kind = int(rng.integers(12))
        if kind == 0:
            entries.append(None)
        elif kind == 1 and not dotted:
            entries.append(Ellipsis)
            dotted = True
            count -= int(rng.integers(2))
        else:
            axis += 1
            if kind < 5:
                out = 1 if chance(rng, 20) else 0
                entries.append(int(rng.integers(-extent - out, max(extent + out, 1))))
            else:
                step = one_of(rng, [None, 1, 1, 2, 3, -1, -1, -2, -3, 2**63 - 1, -(2**63)])
                entries.append(slice(bound(rng, extent), bound(rng, extent), step))
    index = tuple(entries)
    view = index if Ellipsis in index else index + (Ellipsis,)
    return ["slice", ", ".join(map(text_of, index)) or "()"], lambda a: a[view]


def transpose(rng, _, array):
    axes = [int(axis) for axis in rng.permutation(array.ndim)]
    if axes and chance(rng, 20):
        axes[0] = axes[-1]
    return ["transpose", axes], lambda a: a.transpose(axes)


def swap_axes(rng, _, array):
    first, second = axis_of(rng, array), axis_of(rng, array)
    return ["swap_axes", first, second], lambda a: a.swapaxes(first, second)


def flip(rng, _, array):
    if chance(rng, 4):
        return ["flip_all"], lambda a: np.flip(a) if a.ndim else a
    axis = axis_of(rng, array)
    return ["flip", axis], lambda a: np.flip(a, axis)


def squeeze(rng, _, array):
    units = [axis for axis, extent in enumerate(array.shape) if extent == 1]
    if chance(rng, 2):
        return ["squeeze_all"], lambda a: a.squeeze()
    axis = one_of(rng, units) if units and not chance(rng, 5) else axis_of(rng, array)
    return ["squeeze", axis], lambda a: unless(
        a.squeeze(axis), a.ndim == 0, "axis 0 of a scalar, which NumPy takes for history's sake")


def without_copy(array, shape, order):
    """The same elements in `order` as `shape`: NumPy changes a shape in place or not at all."""
    seen = (array if order == "C" else array.T).view()
    try:
        seen.shape = tuple(shape) if order == "C" else tuple(reversed(shape))
    except AttributeError as refused:
        raise NeedsCopy from refused
    return seen if order == "C" else seen.T


def random_factors(rng, size):
    out = []
    while size > 1 and len(out) < 5:
        divisors = [n for n in range(1, min(size, 60) + 1) if size % n == 0]
        out.append(one_of(rng, divisors))
        size //= out[-1]
    return out + ([size] if size != 1 else [])


def reshape(rng, _, array):
    if array.size == 0:
        shape = [0] + [int(n) for n in rng.integers(0, 4, 2)]
    else:
        shape = random_factors(rng, array.size)
    if chance(rng, 4):  # axes joined, or new ones of extent 1
        shape = list(array.shape) + [1]
        if array.ndim > 1:
            shape[:2] = [shape[0] * shape[1]]
    if shape and chance(rng, 4):
        shape[int(rng.integers(len(shape)))] = -1
    if chance(rng, 30):
        shape.append(2)
    order = one_of(rng, "CF")
    return ["reshape", shape, order], lambda a: without_copy(a, shape, order)


def ravel(rng, *_):
    order = one_of(rng, "CF")
    return ["ravel", order], lambda a: without_copy(a, [-1] if a.size else [0], order)


def broadcast_to(rng, _, array):
    shape = [int(rng.integers(4)) if extent == 1 or chance(rng, 30) else extent
             for extent in array.shape]
    shape = [int(n) for n in rng.integers(1, 4, int(rng.integers(3)))] + shape
    return ["broadcast_to", shape], lambda a: np.broadcast_to(a, shape)


def windows(array, window, axes, source):
    """NumPy's windows; its own function fails for records with gaps."""
    shape = sliding_window_view(np.broadcast_to(False, array.shape), window, axes).shape
    strides = array.strides + tuple(array.strides[axis] for axis in axes)
    start = source.offset_of(array)
    return np.ndarray(shape, array.dtype, source.memory, start, strides) if array.size else (
        np.empty(shape, array.dtype))


def sliding_window(rng, source, array):
    count = int(rng.integers(1, max(array.ndim, 1) + 1))
    axes = [int(axis) for axis in rng.permutation(max(array.ndim, 1))[:count]]
    window = [int(rng.integers(0 if chance(rng, 20) else 1,
                               (array.shape[axis] if array.ndim else 1) + 2)) for axis in axes]
    return (["sliding_window", window, axes],
            lambda a: unless(windows(a, tuple(window), tuple(axes), source), 0 in window,
                             "windows without elements"))


def as_strided(rng, source, array):
    shape = [int(n) for n in rng.integers(1, 5, int(rng.integers(4)))]
    largest = 3 * array.itemsize + 2
    strides = [int(n) for n in rng.integers(-largest, largest, len(shape))]
    offset = int(rng.integers(-array.itemsize, 3 * array.itemsize + 1))
    start = source.offset_of(array) + offset
    return ["as_strided", shape, strides, offset], lambda a: np.ndarray(
        tuple(shape), a.dtype, source.memory, start, tuple(strides))


def diagonal(rng, _, array):
    offset, first, second = int(rng.integers(-3, 4)), axis_of(rng, array), axis_of(rng, array)
    return ["diagonal", offset, first, second], lambda a: a.diagonal(offset, first, second)


def followed(array, path):
    for name in path:
        array = array[name]
    return array


def field(rng, _, array):
    path, dtype = [], array.dtype
    while dtype.names and (not path or chance(rng, 2)):
        names = list(dtype.fields) if chance(rng, 4) else list(dtype.names)  # titles among them
        path.append(one_of(rng, names))
        dtype = dtype.fields[path[-1]][0].base
    if not path or chance(rng, 20):
        path.append("none")
    return ["field", ".".join(path)], lambda a: followed(a, path)


def fields(rng, _, array):
    names = list(array.dtype.names or ["none"])
    chosen = [names[i] for i in rng.permutation(len(names))[:int(rng.integers(1, len(names) + 1))]]
    return ["fields", chosen], lambda a: a[chosen]


def real(*_):
    return ["real"], lambda a: a.real


def imag(*_):
    return ["imag"], lambda a: a.imag


def with_byte_order(rng, *_):
    order = one_of(rng, "<>")
    return ["with_byte_order", order], lambda a: a.view(a.dtype.newbyteorder(order))


def reinterpret(rng, _, array):
    kind = int(rng.integers(4))
    if kind == 0:
        text = "{a:>f4, b:<i2[2]}"
        dtype = np.dtype([("a", ">f4"), ("b", "<i2", 2)])
    elif kind == 1:
        text = f"V{max(1, array.itemsize * int(rng.integers(1, 4)) // int(rng.integers(1, 4)))}"
        dtype = np.dtype(text)
    else:
        dtype = np.dtype(one_of(rng, NUMBERS + OTHERS)).newbyteorder(one_of(rng, "<>"))
        text = dtype.str
    return ["reinterpret", text], lambda a: a.view(dtype)


LAYOUT = [slice_, slice_, slice_, transpose, transpose, swap_axes, flip, squeeze, reshape, reshape,
          ravel, broadcast_to, sliding_window, diagonal]
ANY = LAYOUT + [with_byte_order, reinterpret]


def operations_for(array):
    out = list(ANY)
    if array.size:  # where an array without elements begins is nobody's business
        out.append(as_strided)
    if array.dtype.names:
        out += [field] * 5 + [fields] * 2
    elif array.dtype.kind == "c":
        out += [real, imag] * 2
    elif array.dtype.kind in "biuf":
        out += [real]
    return out


def applied(function, array):
    """The result, or the word for why there is none."""
    try:
        out = function(array)
    except NeedsCopy:
        return "layout_error"
    except (Refused, ValueError, IndexError, TypeError, KeyError, OverflowError):
        return "error"
    return out.view(np.ndarray)


def random_chain(rng, source, operations=operations_for):
    """Up to six steps, the last of which may fail; returns them and NumPy's answer."""
    steps, result = [], source.array
    for _ in range(int(rng.integers(1, 7))):
        if result.ndim > 20 or result.size > 200000:
            break
        step, function = one_of(rng, operations(result))(rng, source, result)
        steps.append(step)
        result = applied(function, result)
        if isinstance(result, str):
            break
    return steps, result


def whole_chain(rng, source, operations=operations_for):
    """A chain that ends with an array."""
    while True:
        steps, result = random_chain(rng, source, operations)
        if not isinstance(result, str):
            return steps, result
