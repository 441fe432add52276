#!/usr/bin/python3
"""Writes bin/*.bin from the byte map alone (formats/bin/bin.md), and bin/manifest.txt.

Nothing but struct and json: the CRC-32C is computed bit by bit, elements are numbered bytes.
"""
import itertools
import json
import struct

import manifest


def crc32c(data):
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


assert crc32c(b'123456789') == 0xE3069283  # the check value of the CRC catalogue


def header(text, data_bytes, data_offset):
    start = struct.pack('<8sIIQQI', b'\x89QRY\r\n\x1a\n', 1, len(text), data_offset, data_bytes,
                        crc32c(text))
    start += struct.pack('<I', crc32c(start)) + bytes(24)
    return start + text + b' ' * (data_offset - len(start) - len(text))


def numbered(count):
    return bytes((7 * i + 1) % 251 for i in range(count))


def c_strides(shape, item_bytes):
    out = []
    for extent in reversed(shape):
        out.insert(0, item_bytes)
        item_bytes *= max(extent, 1)
    return out


def array(descr, item_bytes, shape, offset=0, strides=None, name='', python=None, **more):
    """An entry of "arrays" and what a reader should make of it."""
    entry = {'name': name, 'dtype': descr, 'shape': shape}
    if strides is not None:
        entry['strides'] = strides
    entry['offset'] = offset
    entry.update(more)
    return {'entry': entry, 'name': name, 'item_bytes': item_bytes, 'shape': shape,
            'strides': c_strides(shape, item_bytes) if strides is None else strides,
            'offset': offset, 'python': repr(descr) if python is None else python}


def scalars():
    """Every kind of number, one array each, 64 bytes apart."""
    codes = ['|b1', '|i1', '|u1'] + [order + code for order in '<>' for code in (
        'i2', 'i3', 'i4', 'i8', 'u2', 'u3', 'u4', 'u8', 'f2', 'bf16', 'f4', 'f8', 'f16', 'c8',
        'c16', 'c32', 'U2', 'M8[ns]', 'm8[25s]')] + ['|S5', '|V7']
    sizes = {'bf16': 2, 'U2': 8, 'M8[ns]': 8, 'm8[25s]': 8}
    for i, code in enumerate(codes):
        item_bytes = sizes.get(code[1:]) or int(code[2:])
        yield array(code, item_bytes, [1], 64 * i, name=code)


RECORD = [['time', '<f8'], ['tag', '|S3'], ['grid', '>i2', [2, 2]],
          ['pair', [['x', '<f4'], ['', '|V4'], ['y', '<f4']]]]
RECORD_PYTHON = ("[('time', '<f8'), ('tag', '|S3'), ('grid', '>i2', (2, 2)), "
                 "('pair', [('x', '<f4'), ('', '|V4'), ('y', '<f4')])]")
OVERLAPPING = {'names': ['whole', 'low', 'high'], 'formats': ['<u4', '<u2', ['|u1', [2]]],
               'offsets': [4, 4, 6], 'itemsize': 12}
OVERLAPPING_PYTHON = ("{'names': ['whole', 'low', 'high'], 'formats': ['<u4', '<u2', "
                      "('|u1', (2,))], 'offsets': [4, 4, 6], 'itemsize': 12}")


def cases():
    """File name, arrays, bytes of data, and what else differs from the plainest file."""
    yield 'plain', [array('>f4', 4, [2, 3])], 24, {}
    yield 'zero_d', [array('<f8', 8, [])], 8, {}
    yield 'empty', [array('<i2', 2, [3, 0, 2])], 0, {}
    yield 'fortran', [array('<i4', 4, [3, 4], strides=[4, 12])], 48, {}
    yield 'padded', [array('>i2', 2, [3, 4], strides=[64, 2], offset=2)], 192, {}
    yield 'backwards', [array('<i4', 4, [2, 3], strides=[-12, -4], offset=20)], 24, {}
    yield 'repeated', [array('<u2', 2, [4, 3], strides=[0, 2])], 6, {}
    yield 'odd_offset', [array('<f8', 8, [2], offset=3)], 19, {}
    yield 'record', [array(RECORD, 31, [2], python=RECORD_PYTHON)], 62, {}
    yield 'overlapping', [array(OVERLAPPING, 12, [3], python=OVERLAPPING_PYTHON)], 36, {}
    yield 'interleaved', [array('<i2', 2, [5], strides=[6], name='red'),
                          array('<i2', 2, [5], strides=[6], offset=2, name='gr\u00fcn'),
                          array('<i2', 2, [5], strides=[6], offset=4, name='\u84dd')], 30, {}
    yield 'scalars', list(scalars()), 64 * 43, {}
    yield 'attributes', [array('<f4', 4, [2], attributes={
        'unit': 'mm', 'scale': 0.5, 'count': 3, 'good': True, 'none': None, 'axes': ['t', 1],
        'more': {'b': 1, 'a': 2}})], 8, {'attributes': {'site': 'K\u00f6ln'}}
    yield 'no_default_keys', [array('|u1', 1, [4])], 4, {'drop': ['name', 'offset']}
    yield 'spread_out', [array('|u1', 1, [4])], 4, {'indent': 1}
    yield 'trailing', [array('|u1', 1, [4])], 4, {'behind': b'more', 'warnings': 1}
    yield 'unknown_keys', [array('|u1', 1, [4], colour='red')], 4, {
        'top': {'made_by': 'a test'}, 'warnings': 2}
    yield 'written', [array('>f4', 4, [2, 3], strides=[4, 8], attributes={'unit': 'K'})], 24, {
        'data_offset': 4096, 'attributes': {}}
    yield 'written_record', [array(OVERLAPPING, 12, [2], strides=[12], attributes={},
                                   python=OVERLAPPING_PYTHON)], 24, {
        'data_offset': 4096, 'attributes': {}}


def text_of(arrays, more):
    entries = []
    for each in arrays:
        entries.append({k: v for k, v in each['entry'].items() if k not in more.get('drop', [])})
    whole = {'arrays': entries}
    if 'attributes' in more:
        whole['attributes'] = more['attributes']
    whole.update(more.get('top', {}))
    separators = (',', ':') if 'indent' not in more else None
    return json.dumps(whole, ensure_ascii=False, indent=more.get('indent'),
                      separators=separators).encode()


def elements(file, start, each):
    out = b''
    for index in itertools.product(*map(range, each['shape'])):
        at = start + sum(i * stride for i, stride in zip(index, each['strides']))
        out += file[at:at + each['item_bytes']]
    return out


def main():
    folder = manifest.fresh_folder(__file__, 'bin', '.bin')
    lines = []
    for name, arrays, data_bytes, more in cases():
        text = text_of(arrays, more)
        data_offset = more.get('data_offset', (64 + len(text) + 63) // 64 * 64)
        data = numbered(data_bytes)
        file = header(text, data_bytes, data_offset) + data + more.get('behind', b'')
        (folder / f'{name}.bin').write_bytes(file)
        for each in arrays:
            offset = data_offset + each['offset']
            lines.append(manifest.line(
                f'{name}.bin', more.get('warnings', 0), each['name'], each['python'],
                each['shape'], each['strides'], offset, elements(file, offset, each)))
    manifest.write(folder, lines)


if __name__ == '__main__':
    main()
