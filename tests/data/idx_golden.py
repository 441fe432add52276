#!/usr/bin/python3
"""Writes idx/*.idx from the byte map alone, and idx/manifest.txt by NumPy's reading of them.

The byte map is that of the MNIST page: two zeros, the code of the type, the number of axes, the
extents as big-endian 32-bit integers, the elements in big-endian order.
"""
import struct

import numpy as np

import manifest

CODES = {'|u1': 0x08, '|i1': 0x09, '>i2': 0x0B, '>i4': 0x0C, '>f4': 0x0D, '>f8': 0x0E}


def idx_file(array):
    header = struct.pack('>HBB', 0, CODES[array.dtype.str], array.ndim)
    return header + struct.pack(f'>{array.ndim}I', *array.shape) + array.tobytes()


def cases():
    """File name, array, bytes behind the data, warnings."""
    for descr in CODES:
        some = np.arange(-5, 7) if descr != '|u1' else np.arange(12) * 20
        yield f'type_{descr[1:]}', some.astype(descr).reshape(3, 4), b'', 0
    yield 'vector', np.arange(7, dtype='|u1'), b'', 0
    yield 'digits', (np.arange(2 * 5 * 4) % 251).astype('|u1').reshape(2, 5, 4), b'', 0
    yield 'four_axes', np.arange(2 * 3 * 1 * 4, dtype='>i2').reshape(2, 3, 1, 4), b'', 0
    yield 'empty', np.zeros((0, 28, 28), '|u1'), b'', 0
    yield 'single', np.array(2.5, '>f8'), b'', 1
    yield 'trailing', np.arange(3, dtype='>i4'), b'more', 1


def main():
    folder = manifest.fresh_folder(__file__, 'idx', '.idx')
    lines = []
    for name, array, behind, warnings in cases():
        (folder / f'{name}.idx').write_bytes(idx_file(array) + behind)
        offset = 4 + 4 * array.ndim
        read = np.fromfile(folder / f'{name}.idx', array.dtype, array.size, offset=offset)
        lines.append(manifest.line_of(f'{name}.idx', warnings, '', read.reshape(array.shape),
                                      offset))
    manifest.write(folder, lines)


if __name__ == '__main__':
    main()
