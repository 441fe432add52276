#!/usr/bin/python3
"""Writes npy/*.npy with np.save of NumPy 1.24 on x86-64, and npy/manifest.txt.

One line of the manifest a file, tab-separated: file, shape, strides, offset of the data, descr
as NumPy writes it. The line "wide" is a file too big to keep: number of fields, length and
FNV-1a (64 bits) of the header that np.save writes for that many float32 fields f0, f1, ...
"""
import io
import pathlib
import warnings

import numpy as np

OUT = pathlib.Path(__file__).parent / 'npy'
WIDE_FIELDS = 4000


def bytes_as(dtype, shape, order='C'):
    """An array of that dtype over the bytes 0, 1, 2, ..."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    raw = np.arange(count * dtype.itemsize, dtype=np.uint32).astype(np.uint8) % 251
    return np.ndarray(shape, dtype, raw.tobytes(), order=order)


def cases():
    scalars = ['?', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'f16',
               'c8', 'c16', 'c32', 'S5', 'U3', 'V7', 'M8[ns]', 'M8[25s]', 'm8[us]', 'M8', 'm8[7D]']
    for code in scalars:
        name = code.replace('[', '_').replace(']', '').replace('?', 'b1')
        yield f'c_{name}', bytes_as(code, (3, 2))
    for code in ['>i2', '>i4', '>i8', '>u2', '>u4', '>u8', '>f2', '>f4', '>f8', '>c8', '>c16',
                 '>U2', '>M8[ms]']:
        yield f'big_{code[1:].replace("[", "_").replace("]", "")}', bytes_as(code, (2, 3))
    yield 'zero_d', np.array(1.5)
    yield 'zero_d_record', bytes_as([('a', '<i2'), ('b', '>f4')], ())
    yield 'empty', np.zeros((0,), '<f4')
    yield 'empty_middle', np.zeros((3, 0, 2), '<i2')
    yield 'empty_fortran', np.zeros((3, 0, 2), '<i2', order='F')
    yield 'one', bytes_as('<f8', (1,))
    yield 'fortran', bytes_as('<i4', (3, 4), 'F')
    yield 'fortran_1d', bytes_as('<i4', (5,), 'F')
    yield 'fortran_3d', bytes_as('>f8', (2, 3, 4), 'F')
    yield 'fortran_row', bytes_as('<i4', (1, 4), 'F')
    yield 'fortran_column', bytes_as('<i4', (4, 1), 'F')
    yield 'fortran_ones', bytes_as('<i2', (2, 1, 3), 'F')
    yield 'fortran_tens', bytes_as('|u1', (3, 123), 'F')
    yield 'long_axis', bytes_as('|u1', (1234,))
    yield 'rank_32', bytes_as('<i4', (1,) * 31 + (2,))
    yield 'record', bytes_as([('time', '<f8'), ('id', '<u4'), ('tag', 'S4')], (2,))
    yield 'record_fortran', bytes_as([('x', '<f4'), ('y', '>i2')], (2, 3), 'F')
    yield 'record_padded', bytes_as(np.dtype([('a', 'i1'), ('b', '<f8'), ('c', 'i1')], align=True),
                                    (2,))
    yield 'record_gap', bytes_as(np.dtype({'names': ['a', 'b'], 'formats': ['<i2', '<f4'],
                                           'offsets': [1, 8], 'itemsize': 16}), (2,))
    yield 'record_all_padding', bytes_as(np.dtype({'names': [], 'formats': [], 'itemsize': 4}),
                                         (2,))
    yield 'record_nested', bytes_as([('a', [('b', '<i2'), ('c', [('d', '>f4'), ('e', '?')])]),
                                     ('f', '<c8')], (2,))
    yield 'record_nested_padded', bytes_as(
        np.dtype([('a', 'i1'), ('b', np.dtype([('c', 'i1'), ('d', '<i4')], align=True), (2,))],
                 align=True), (2,))
    yield 'record_subarrays', bytes_as([('m', '<f4', (2, 3)), ('v', '>i2', (1,)),
                                        ('n', [('x', '<f8')], (2,))], (2,))
    yield 'record_subarray_empty', bytes_as([('a', '<i4', (0,)), ('b', '<i4')], (2,))
    yield 'record_titles', bytes_as([(('first title', 'a'), '<i4'), (("it's", 'b'), '<f4', (2,))],
                                    (2,))
    yield 'record_quotes', bytes_as([("it's", '<i2'), ('"', '<i2'), ('\'"', '<i2'), ('\\', '<i2'),
                                     ('a b', '<i2'), ('\t', '<i2')], (2,))
    yield 'record_moments', bytes_as([('t', '<M8[ns]'), ('d', '>m8[3h]')], (2,))
    yield 'record_latin1', bytes_as([('\u00e9t\u00e9', '<f4'), ('\u00a0', '<i4')], (2,))
    yield 'record_utf8', bytes_as([('\u6e29\u5ea6', '<f4'), ('\U0001f600', '<i4')], (2,))
    yield 'record_32_fields', bytes_as([(f'field_{i}', '<f4') for i in range(32)], (1,))


def saved(array):
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # that versions 2.0 and 3.0 need a newer NumPy
        np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def fnv1a(data):
    out = 0xcbf29ce484222325
    for byte in data:
        out = (out ^ byte) * 0x100000001b3 % 2**64
    return out


def main():
    assert np.__version__.startswith('1.24.'), np.__version__
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob('*.npy'):
        old.unlink()
    lines = []
    for name, array in cases():
        data = saved(array)
        assert len(data) <= 2048, (name, len(data))
        (OUT / f'{name}.npy').write_bytes(data)
        lines.append('\t'.join([f'{name}.npy', repr(array.shape), repr(array.strides),
                                str(len(data) - array.nbytes),
                                repr(np.lib.format.dtype_to_descr(array.dtype))]))
    header = saved(np.zeros(0, [(f'f{i}', '<f4') for i in range(WIDE_FIELDS)]))
    assert len(header) > 65535
    lines.append(f'wide\t{WIDE_FIELDS}\t{len(header)}\t{fnv1a(header)}')
    (OUT / 'manifest.txt').write_text('\n'.join(lines) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
