"""Random dtypes that NumPy and quarry have in common, and arrays of them in .npy files."""
import os

import numpy as np

NUMBERS = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
OTHERS = ["f16", "c32", "M8[ns]", "M8[25s]", "m8[D]", "M8[Y]", "m8"]


def one_of(rng, choices):
    return choices[int(rng.integers(len(choices)))]


def chance(rng, times):
    """True once in so many times."""
    return int(rng.integers(times)) == 0


def random_scalar(rng):
    family = int(rng.integers(8))
    if family < 4:
        text = one_of(rng, NUMBERS)
    elif family < 6:
        text = one_of(rng, OTHERS)
    else:
        text = one_of(rng, "SUV") + str(rng.integers(1, 7))
    return np.dtype(text).newbyteorder(one_of(rng, "<>"))


def random_record(rng, depth=0):
    """Up to five fields: packed, or with gaps; some with titles, subarrays or records inside."""
    count = int(rng.integers(1, 6))
    packed = chance(rng, 2)
    formats, offsets, end = [], [], 0
    for _ in range(count):
        inner = random_record(rng, depth + 1) if depth < 2 and chance(rng, 5) else random_scalar(rng)
        shape = tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(1, 3))))
        formats.append((inner, shape) if chance(rng, 4) else inner)
        offsets.append(end + (0 if packed else int(rng.integers(6))))
        end = offsets[-1] + np.dtype(formats[-1]).itemsize
    out = {"names": [f"f{i}" for i in range(count)], "formats": formats, "offsets": offsets,
           "itemsize": end + (0 if packed else int(rng.integers(6)))}
    if chance(rng, 4):
        out["titles"] = [f"Title {i}" if chance(rng, 2) else None for i in range(count)]
    return np.dtype(out)


def random_shape(rng):
    while True:
        smallest = 0 if chance(rng, 12) else 1
        shape = tuple(int(n) for n in rng.integers(smallest, 7, int(rng.integers(6))))
        if np.prod(shape, dtype=int) <= 1500:
            return shape


class Source:
    """A .npy file: `array` lies over `memory`, all bytes of the file."""

    def __init__(self, path):
        self.path = path
        loaded = np.load(path, mmap_mode="r")
        order = "C" if loaded.flags.c_contiguous else "F"
        self.memory = np.memmap(path, "u1", "r").view(np.ndarray)
        self.array = np.ndarray(loaded.shape, loaded.dtype, self.memory, loaded.offset, order=order)

    def offset_of(self, array):
        """Of the first element, in the file."""
        return address(array) - address(self.memory)


def address(array):
    return array.__array_interface__["data"][0]


def write_source(path, array, rng):
    np.save(path, np.asfortranarray(array) if chance(rng, 3) else array)
    return Source(path)


def random_source(rng, directory, number):
    """An array of any type and of random bytes."""
    dtype = random_record(rng) if chance(rng, 2) else random_scalar(rng)
    shape = random_shape(rng)
    content = rng.bytes(int(np.prod(shape, dtype=int)) * dtype.itemsize)
    array = np.frombuffer(content, dtype).reshape(shape)
    return write_source(os.path.join(directory, f"any_{number}.npy"), array, rng)


def number_source(rng, directory, number):
    """An array of numbers from 0 to 99, which all number types hold exactly."""
    dtype = np.dtype(one_of(rng, NUMBERS)).newbyteorder(one_of(rng, "<>"))
    shape = random_shape(rng)
    array = (np.arange(np.prod(shape, dtype=int)) % 100).reshape(shape).astype(dtype)
    return write_source(os.path.join(directory, f"number_{number}.npy"), array, rng)
