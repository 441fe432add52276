"""Random zero-copy operations: what chain_driver is told, and what NumPy makes of it.

Every function named after an operation takes the random generator, the Source and an array over
it, and returns the step and a function that applies it. That one returns an array, or raises
NeedsCopy where NumPy would have to copy, allowed.Refused where only quarry refuses, or what NumPy
raises.
"""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from allowed import Refused, differ, refuse
from random_types import NUMBERS, chance, descr, one_of, random_record, random_scalar


class NeedsCopy(Exception):
    """What NumPy does by a copy."""


def axis_of(rng, array):
    """Mostly an axis that exists, counted from either end."""
    reach = array.ndim + (1 if chance(rng, 20) else 0)
    return int(rng.integers(-reach, max(reach, 1)))


def bound(rng, extent):
    if chance(rng, 3):
        return None
    if chance(rng, 30):
        return one_of(rng, [2**63 - 1, -(2**63), 10**30, -(10**30)])
    return int(rng.integers(-extent - 2, extent + 3))


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
    text = one_of(rng, [", ", ",", " , "]).join(map(text_of, index))
    text = one_of(rng, ["{}", "[{}]", "({})"]).format(text) if text else "()"
    return ["slice", text], lambda a: a[view]


def transpose(rng, _, array):
    if chance(rng, 4):
        return ["transpose_all"], lambda a: a.T
    axes = [int(axis) - (array.ndim if chance(rng, 4) else 0)
            for axis in rng.permutation(array.ndim)]
    if axes and chance(rng, 20):
        axes[0] = axes[-1]
    if chance(rng, 30):
        axes = axes[1:] if chance(rng, 2) else axes + [array.ndim]
    return ["transpose", axes], lambda a: np.transpose(a, axes)


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

    def squeezed(array):
        out = array.squeeze(axis)
        return out if array.ndim else refuse("squeeze(axis=0) of a scalar")
    return ["squeeze", axis], squeezed


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
        shape[int(rng.integers(len(shape)))] = -2 if chance(rng, 12) else -1
    if chance(rng, 30):
        shape.append(one_of(rng, [2, -1, 0]))
    order = one_of(rng, "CF")

    def reshaped(array):
        if -2 in shape:
            array.reshape(shape)
            refuse("reshape to an extent of -2")
        return without_copy(array, shape, order)
    return ["reshape", shape, order], reshaped


def ravel(rng, *_):
    order = one_of(rng, "CF")
    return ["ravel", order], lambda a: without_copy(a, [-1] if a.size else [0], order)


def broadcast_to(rng, _, array):
    shape = [int(rng.integers(4)) if extent == 1 or chance(rng, 30) else extent
             for extent in array.shape]
    shape = [int(n) for n in rng.integers(1, 4, int(rng.integers(3)))] + shape
    if chance(rng, 30):
        shape = shape[1:] if chance(rng, 2) else [-1] + shape
    return ["broadcast_to", shape], lambda a: np.broadcast_to(a, shape)


def windows(array, window, axes, source):
    """NumPy's windows, or the same by hand where only the names of fields keep NumPy from them."""
    shape = sliding_window_view(np.broadcast_to(False, array.shape), window, axes).shape
    if 0 in window:
        refuse("sliding windows of extent 0")
    try:
        return sliding_window_view(array, window, axes)
    except (TypeError, ValueError):
        differ("windows over records with a field called f1")
    strides = array.strides + tuple(array.strides[axis] for axis in axes)
    start = source.offset_of(array) if array.size else 0
    out = np.ndarray(shape, array.dtype, source.memory, start, strides if array.size else None)
    out.flags.writeable = False
    return out


def sliding_window(rng, source, array):
    count = int(rng.integers(1, max(array.ndim, 1) + 1))
    axes = [int(rng.integers(-array.ndim, max(array.ndim, 1))) for _ in range(count)]
    window = [int(rng.integers(0 if chance(rng, 20) else 1,
                               (array.shape[axis] if array.ndim else 1) + 2)) for axis in axes]
    if chance(rng, 30):
        window[0] = -1
    if chance(rng, 30):
        axes = axes[1:] if chance(rng, 2) else axes[:-1] + [array.ndim]
    return (["sliding_window", window, axes],
            lambda a: windows(a, tuple(window), tuple(axes), source))


def reach_of(shape, strides, item_bytes):
    """The bytes before and behind the start of element [0, ..., 0] that elements touch."""
    if 0 in shape:
        return 0, 0
    steps = [(extent - 1) * stride for extent, stride in zip(shape, strides)]
    return sum(min(step, 0) for step in steps), sum(max(step, 0) for step in steps) + item_bytes


def touched_twice(array):
    """Whether two indices share a byte, by counting."""
    bytes_of_array = np.zeros((1,), "i8")
    for extent, stride in zip(array.shape + (array.itemsize,), array.strides + (1,)):
        bytes_of_array = np.add.outer(bytes_of_array, np.arange(extent) * stride)
    return np.unique(bytes_of_array).size < bytes_of_array.size


def as_strided(rng, source, array):
    """Inside the file or not; every third time exactly to one of its ends or a byte beyond."""
    smallest = 0 if chance(rng, 12) else 1
    shape = [int(n) for n in rng.integers(smallest, 5, int(rng.integers(4)))]
    largest = 3 * array.itemsize + 2
    strides = [int(n) for n in rng.integers(-largest, largest, len(shape))]
    start = source.offset_of(array)
    low, high = reach_of(shape, strides, array.itemsize)
    offset = int(rng.integers(-array.itemsize, 3 * array.itemsize + 1))
    if chance(rng, 3):
        end = -low if chance(rng, 2) else source.memory.size - high
        offset = end - start + int(rng.integers(-1, 2))

    def strided(array):
        if start + offset + low < 0 or start + offset + high > source.memory.size:
            refuse("as_strided() outside of the file")
        out = np.ndarray(tuple(shape), array.dtype, source.memory, start + offset, tuple(strides))
        if array.flags.writeable and touched_twice(out):
            differ("no stores through as_strided() that overlaps itself")
        out.flags.writeable = array.flags.writeable and not touched_twice(out)
        return out
    return ["as_strided", shape, strides, offset], strided


def diagonal(rng, _, array):
    offset, first, second = int(rng.integers(-3, 4)), axis_of(rng, array), axis_of(rng, array)
    if chance(rng, 20):
        offset = one_of(rng, [2**31 - 1, 1 - 2**31])  # one less leaves NumPy's memory

    def stored_to(array):
        out = array.diagonal(offset, first, second)
        if array.flags.writeable:
            differ("stores through a diagonal")
            out.flags.writeable = True
        return out
    return ["diagonal", offset, first, second], stored_to


def field(rng, _, array):
    """A path. A name with a dot can only be its end, for a path ends at the first one."""
    path, dtype = [], array.dtype
    while dtype.names and not (path and ("." in path[-1] or chance(rng, 2))):
        names = list(dtype.fields) if chance(rng, 4) else list(dtype.names)  # titles among them
        path.append(one_of(rng, names))
        dtype = dtype.fields[path[-1]][0].base
    if not path or ("." not in path[-1] and chance(rng, 20)):
        path.append("none")

    def followed(array):
        for name in path:
            array = array[name]
        return array
    return ["field", ".".join(path)], followed


def fields(rng, _, array):
    names = array.dtype.names or ("none",)
    chosen = [names[i] for i in rng.permutation(len(names))[:int(rng.integers(1, len(names) + 1))]]
    if chance(rng, 20):
        chosen.append(one_of(rng, [chosen[0], "none"]))
    called = list(chosen)
    if array.dtype.names and chance(rng, 4):
        entry = array.dtype.fields.get(chosen[0], ())
        called[0] = entry[2] if len(entry) > 2 else chosen[0]

    def several(array):
        if called != chosen:
            differ("several fields by title")
        if not array.dtype.names:
            raise IndexError("no fields")  # NumPy would take the names for an index array
        return array[chosen]
    return ["fields", called], several


def real(*_):
    return ["real"], lambda a: a.real


def imag(*_):
    return ["imag"], lambda a: (
        a.imag if a.dtype.kind == "c" else refuse("imag of what is not complex"))


def with_byte_order(rng, *_):
    order = one_of(rng, "<>")
    return ["with_byte_order", order], lambda a: a.view(a.dtype.newbyteorder(order))


def reinterpret(rng, _, array):
    kind = int(rng.integers(4))
    if kind == 0:
        dtype = random_record(rng)
    elif kind == 1:
        size = max(1, array.itemsize * int(rng.integers(1, 4)) // int(rng.integers(1, 4)))
        dtype = np.dtype(f"V{size}")
    elif kind == 2:
        dtype = np.dtype(one_of(rng, NUMBERS)).newbyteorder(one_of(rng, "<>"))
    else:
        dtype = random_scalar(rng)
    return ["reinterpret", repr(descr(dtype))], lambda a: a.view(dtype)


LAYOUT = [slice_, slice_, slice_, transpose, transpose, swap_axes, flip, squeeze, reshape, reshape,
          ravel, broadcast_to, sliding_window, diagonal]
ANY = LAYOUT + [with_byte_order, reinterpret]


def operations_for(array):
    out = list(ANY)
    if array.size:  # where an array without elements begins is nobody's business
        out.append(as_strided)
    if array.dtype.names:
        return out + [field] * 5 + [fields] * 2
    if array.dtype.kind == "c":
        return out + [real, imag] * 2
    return out + [one_of_the_rest]


def one_of_the_rest(rng, source, array):
    """What makes little sense for this dtype."""
    return one_of(rng, [real, imag, field, fields])(rng, source, array)


def error_of(operation, failure):
    """The error that quarry owes where NumPy raises `failure`."""
    if isinstance(failure, Refused):
        return failure.code
    if isinstance(failure, NeedsCopy):
        return "not possible without a copy"
    if operation == "slice":
        return "shape mismatch" if "too many indices" in str(failure) else "out of bounds"
    if operation in ("field", "fields"):
        if isinstance(failure, IndexError) or "duplicate" in str(failure):
            return "type mismatch"  # no record, or a name twice
        return "not found"
    return "type mismatch" if operation == "reinterpret" else "shape mismatch"


def random_chain(rng, source, operations=operations_for):
    """Up to six steps, the last of which may fail; returns them and NumPy's answer: an array, or
    the error as a text. Most steps that end the chain, or leave no element, are thrown away."""
    steps, result = list(source.steps), source.array
    for _ in range(int(rng.integers(1, 7))):
        if result.ndim > 20 or result.size > 200000:
            break
        step, function = one_of(rng, operations(result))(rng, source, result)
        try:
            after = function(result).view(np.ndarray)
        except (NeedsCopy, Refused, ValueError, IndexError, TypeError, KeyError) as failure:
            if chance(rng, 4):
                return steps + [step], error_of(step[0], failure)
            continue
        if after.size or not result.size or chance(rng, 4):
            steps.append(step)
            result = after
    return steps, result


def whole_chain(rng, source, operations=operations_for):
    """A chain that ends with an array."""
    while True:
        steps, result = random_chain(rng, source, operations)
        if not isinstance(result, str):
            return steps, result
