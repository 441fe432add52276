"""Random dtypes that NumPy and quarry have in common, and arrays of them in .npy files."""
import os

import numpy as np

INTEGERS = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]
FLOATS = ["f2", "f4", "f8"]
NUMBERS = ["?"] + INTEGERS + FLOATS + ["c8", "c16"]
UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
# Field names: what paths, quotes and encodings could stumble over.
NAMES = ["a", "b", "x y", "p.q", "it's", 'say "so"', "\u00e9", "\u540d", "f1", "back\\slash"]


def one_of(rng, choices):
    return choices[int(rng.integers(len(choices)))]


def chance(rng, times):
    """True once in so many times."""
    return int(rng.integers(times)) == 0


def random_moment(rng):
    unit = "" if chance(rng, 8) else f"[{one_of(rng, ['', '', '7', '25'])}{one_of(rng, UNITS)}]"
    return one_of(rng, "Mm") + "8" + unit


def random_scalar(rng):
    family = int(rng.integers(8))
    if family < 4:
        text = one_of(rng, NUMBERS)
    elif family == 4:
        text = one_of(rng, ["f16", "c32"])
    elif family == 5:
        text = random_moment(rng)
    else:
        text = one_of(rng, "SUV") + str(rng.integers(1, 7))
    return np.dtype(text).newbyteorder(one_of(rng, "<>"))


def random_format(rng, depth):
    if chance(rng, 30):
        return np.dtype(one_of(rng, ["S0", "<U0", ">U0", "V0"]))
    inner = random_record(rng, depth + 1) if depth < 2 and chance(rng, 5) else random_scalar(rng)
    if not chance(rng, 4):
        return inner
    smallest = 0 if chance(rng, 12) else 1
    return np.dtype((inner, tuple(int(n) for n in rng.integers(smallest, 4, rng.integers(1, 3)))))


def random_record(rng, depth=0):
    """Up to five fields: packed, with gaps, or anywhere, so that they overlap; some with titles,
    subarrays or records inside."""
    count = int(rng.integers(1, 6))
    style = one_of(rng, ["packed", "packed", "gaps", "gaps", "anywhere"])
    formats = [random_format(rng, depth) for _ in range(count)]
    offsets, end = [], 0
    for each in formats:
        if style == "anywhere":
            offsets.append(int(rng.integers(12)))
        else:
            offsets.append(end + (int(rng.integers(6)) if style == "gaps" else 0))
        end = max(end, offsets[-1] + each.itemsize)
    names = [NAMES[i] for i in rng.permutation(len(NAMES))[:count]]
    out = {"names": names, "formats": formats, "offsets": offsets,
           "itemsize": end + (0 if style == "packed" else int(rng.integers(6)))}
    if chance(rng, 4):
        out["titles"] = [f"Title {name}" if chance(rng, 2) else None for name in names]
    return np.dtype(out)


def descr(dtype):
    """The dtype as a literal that tells titles and overlaps, too; chain_driver reads its repr()."""
    if dtype.subdtype:
        return (descr(dtype.base), dtype.shape)
    if not dtype.names:
        return dtype.str
    fields = [dtype.fields[name] for name in dtype.names]
    out = {"names": list(dtype.names), "formats": [descr(each[0]) for each in fields],
           "offsets": [each[1] for each in fields], "itemsize": dtype.itemsize}
    if any(len(each) > 2 for each in fields):
        out["titles"] = [each[2] if len(each) > 2 else None for each in fields]
    return out


def dtype_of(descr_of_it):
    """The numpy.dtype of a descr in any of its forms."""
    if isinstance(descr_of_it, str):
        return np.dtype(descr_of_it)
    if isinstance(descr_of_it, tuple):
        return np.dtype((dtype_of(descr_of_it[0]), descr_of_it[1]))
    if isinstance(descr_of_it, dict):
        formats = [dtype_of(each) for each in descr_of_it["formats"]]
        return np.dtype({**descr_of_it, "formats": formats})
    fields, end = [], 0
    for name, *form in descr_of_it:
        form = dtype_of(tuple(form) if len(form) == 2 else form[0])
        title, name = name if isinstance(name, tuple) else (None, name)
        if name:
            fields.append((name, form, end, title))
        end += form.itemsize
    names, formats, offsets, titles = zip(*fields)
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "titles": titles,
                     "itemsize": end})


def meaning(dtype):
    """All that two equal dtypes share; numpy.dtype's == leaves some of it out."""
    return repr(descr(dtype))


def is_writable_as_npy(dtype):
    try:
        return np.lib.format.descr_to_dtype(np.lib.format.dtype_to_descr(dtype)) == dtype
    except ValueError:
        return False


def random_shape(rng):
    while True:
        smallest = 0 if chance(rng, 12) else 1
        shape = tuple(int(n) for n in rng.integers(smallest, 7, int(rng.integers(6))))
        if np.prod(shape, dtype=int) <= 1500:
            return shape


class Source:
    """A .npy file: `array` lies over `memory`, all bytes of the file, as a private (writable) or a
    read-only map. `steps` lead from what the file says to `array`."""

    def __init__(self, path, private, dtype):
        self.path = path
        self.private = private
        loaded = np.load(path, mmap_mode="r")
        order = "C" if loaded.flags.c_contiguous else "F"
        self.memory = np.memmap(path, "u1", "c" if private else "r").view(np.ndarray)
        self.array = np.ndarray(loaded.shape, loaded.dtype, self.memory, loaded.offset, order=order)
        self.steps = []
        if meaning(dtype) != meaning(loaded.dtype):
            self.steps = [["reinterpret", repr(descr(dtype))]]
            self.array = self.array.view(dtype)

    def offset_of(self, array):
        """Of the first element, in the file."""
        return address(array) - address(self.memory)

    def bytes_of(self, array):
        """The items' bytes as one more axis, padding inside records included."""
        shape = array.shape + (array.itemsize,)
        if array.size * array.itemsize == 0:
            return np.zeros(shape, "u1")
        return np.ndarray(shape, "u1", self.memory, self.offset_of(array), array.strides + (1,))


def address(array):
    return array.ctypes.data


def write_source(rng, path, array):
    dtype = array.dtype
    if not is_writable_as_npy(dtype):
        array = array.view(f"V{dtype.itemsize}")
    np.save(path, np.asfortranarray(array) if chance(rng, 3) else array)
    return Source(path, chance(rng, 2), dtype)


def random_source(rng, directory, number):
    """An array of any type and of random bytes. Files of items of 0 bytes are refused."""
    dtype = random_record(rng) if chance(rng, 2) else random_scalar(rng)
    if dtype.itemsize == 0:
        return random_source(rng, directory, number)
    shape = random_shape(rng)
    content = rng.bytes(int(np.prod(shape, dtype=int)) * dtype.itemsize)
    array = np.ndarray(shape, dtype, bytearray(content))
    return write_source(rng, os.path.join(directory, f"any_{number}.npy"), array)
