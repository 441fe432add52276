#!/usr/bin/python3
"""Writes safetensors/*.safetensors from the format's description, and safetensors/manifest.txt.

The reference implementation is no package of Debian: `checked` below is a small reader of its own
that holds each file to the rules of the format before it is kept, and NumPy reads the elements.
"""
import json
import struct

import numpy as np

import manifest

CODES = {'|b1': 'BOOL', '|u1': 'U8', '|i1': 'I8', '<u2': 'U16', '<i2': 'I16', '<u4': 'U32',
         '<i4': 'I32', '<u8': 'U64', '<i8': 'I64', '<f2': 'F16', '<f4': 'F32', '<f8': 'F64',
         '<c8': 'C64'}
SIZES = {code: np.dtype(descr).itemsize for descr, code in CODES.items()} | {
    'BF16': 2, 'F8_E4M3': 1}


def entry(code, shape, begin, end):
    return {'dtype': code, 'shape': list(shape), 'data_offsets': [begin, end]}


def file_of(header, data, fill=8):
    text = json.dumps(header, ensure_ascii=False, separators=(',', ':')).encode()
    text += b' ' * (-(8 + len(text)) % fill)
    return struct.pack('<Q', len(text)) + text + data


def of_arrays(arrays, metadata=None, fill=8):
    """Arrays by name, one after another."""
    header = {} if metadata is None else {'__metadata__': metadata}
    data = b''
    for name, array in arrays.items():
        end = len(data) + array.nbytes
        header[name] = entry(CODES[array.dtype.str], array.shape, len(data), end)
        data += array.tobytes()
    return file_of(header, data, fill)


def checked(file):
    """Name, code, shape, offset and bytes of every tensor, in order of the data."""
    length, = struct.unpack_from('<Q', file)
    assert length <= 100_000_000 and 8 + length <= len(file) and file[8:9] == b'{'
    pairs = json.loads(file[8:8 + length].decode(), object_pairs_hook=list)
    assert len(dict(pairs)) == len(pairs)
    tensors = []
    for name, value in pairs:
        value = dict(value)
        if name == '__metadata__':
            assert all(isinstance(text, str) for text in value.values())
            continue
        begin, end = value['data_offsets']
        count = 1
        for extent in value['shape']:
            count *= extent
        assert end - begin == count * SIZES[value['dtype']]
        tensors.append((begin, end, name, value['dtype'], value['shape']))
    expected = 0
    for begin, end, *_ in sorted(tensors):
        assert begin == expected
        expected = end
    assert 8 + length + expected == len(file)
    return [(name, code, shape, 8 + length + begin, file[8 + length + begin:8 + length + end])
            for begin, end, name, code, shape in sorted(tensors)]


def some(descr, shape):
    return np.arange(1, 1 + np.prod(shape, dtype=int)).astype(descr).reshape(shape)


def cases():
    yield 'every_type', of_arrays({code: some(descr, (2, 3)) for descr, code in CODES.items()})
    yield 'one', of_arrays({'weight': some('<f4', (3, 4))})
    yield 'named', of_arrays({'layer.0/w': some('<f2', (2,)), 'gr\u00fcn': some('|u1', (3,)),
                              '': some('<i4', ())}, {'format': 'np', 'note': 'a "b"'})
    yield 'empty_tensors', of_arrays({'a': np.zeros((0, 3), '<f4'), 'b': some('|i1', (2,)),
                                      'c': np.zeros((2, 0), '<f8')})
    yield 'no_tensors', file_of({}, b'')
    brain = np.array([0x3F80, 0xC000, 0x7FC0], '<u2').tobytes()  # 1, -2, NaN
    yield 'brain', file_of({'b': entry('BF16', (3,), 0, 6)}, brain)
    # the header in another order than the data, and unaligned
    yield 'turned', file_of({'z': entry('F64', (1,), 3, 11), 'a': entry('U8', (3,), 0, 3)},
                            b'abc' + struct.pack('<d', 1.5), 1)
    yield 'eight_bits', file_of({'f8': entry('F8_E4M3', (2, 2), 0, 4),
                                 'f4': entry('F32', (1,), 4, 8)}, b'wxyz' + struct.pack('<f', 2))
    yield 'written', of_arrays({'wide': some('<f8', (2,)), 'mask': some('|b1', (2, 2))}, fill=64)


def main():
    folder = manifest.fresh_folder(__file__, 'safetensors', '.safetensors')
    numpy_types = {code: descr for descr, code in CODES.items()} | {'BF16': '<u2'}
    lines = []
    for name, file in cases():
        (folder / f'{name}.safetensors').write_bytes(file)
        for tensor, code, shape, offset, data in checked(file):
            if code not in numpy_types:
                continue
            array = np.frombuffer(data, numpy_types[code]).reshape(shape)
            descr = '<bf16' if code == 'BF16' else array.dtype.str
            lines.append(manifest.line(f'{name}.safetensors', 0, tensor, repr(descr), array.shape,
                                       array.strides, offset, data))
    manifest.write(folder, lines)


if __name__ == '__main__':
    main()
