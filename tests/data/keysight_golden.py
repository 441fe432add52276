#!/usr/bin/python3
"""Writes keysight/*.bin as the manuals of Agilent's oscilloscopes lay them out, and their table.

Debian has no reader of these files: headers are packed here field by field. manifest.py and
signals.py tell the columns of the table.
"""
import struct

import numpy as np

from signals import Folder, Signal

KINDS = {1: '<f4', 2: '<f4', 3: '<f4', 4: '<i4', 5: '|u1', 6: '|u1'}


def waveform(buffers, points, kind=1, label=b'1', x_units=2, y_units=1, segment=0, longer=0):
    return struct.pack('<IIIIIfdddII16s16s24s16sdI', 140 + longer, kind, buffers, points, 1, 1e-3,
                       -1.1e-3, 5e-7, -1.1e-3, x_units, y_units, b'14 MAR 2024', b'10:20:30:00',
                       b'DSO-X 1102G:CN00000000', label, 0.25, segment) + bytes(longer)


def buffer(kind, data, wide, longer=0):
    size = struct.pack('<Q' if wide else '<I', len(data))
    item_bytes = np.dtype(KINDS[kind]).itemsize
    return struct.pack('<IHH', 8 + len(size) + longer, kind, item_bytes) + size + bytes(longer)


def file_of(waves, version=b'10', size=None):
    """Bytes of the file and of each buffer its offset; `waves`: keywords of waveform() and the
    (kind, data) of its buffers."""
    wide = version == b'03'
    body = b''
    offsets = []
    start = 16 if wide else 12
    for keys, buffers in waves:
        body += waveform(len(buffers), **keys)
        for kind, data in buffers:
            body += buffer(kind, data, wide, keys.get('longer', 0))
            offsets.append(start + len(body))
            body += data
    head = struct.pack('<Q' if wide else '<I', start + len(body) if size is None else size)
    return b'AG' + version + head + struct.pack('<I', len(waves)) + body, offsets


def wave(count, kind=1):
    return (np.arange(count) * 3 % 7 + 0.25).astype(KINDS[kind]).tobytes()


def case(waves, names, rate=1 / 5e-7, units='V', end=b'', **more):
    file, offsets = file_of(waves, **more)
    parts = [part for _, buffers in waves for part in buffers]
    found = []
    for (kind, data), name, offset in zip(parts, names, offsets):
        found.append(Signal(KINDS[kind], [len(data) // int(KINDS[kind][2])], offset, name,
                            units=units, rate=rate))
    return file + end, found


def cases():
    """Name, number of warnings, file and expectation."""
    for version in (b'10', b'01', b'03'):
        yield f'one_{version.decode()}', 0, case([({'points': 5}, [(1, wave(5))])], ['1'],
                                                 version=version)
    yield 'channels', 0, case([({'points': 3}, [(1, wave(3))]),
                               ({'points': 3, 'label': b'2'}, [(1, wave(3))])], ['1', '2'])
    yield 'segments', 0, case([({'points': 2, 'segment': i}, [(1, wave(2))]) for i in range(3)],
                              ['1', '1#2', '1#3'])
    yield 'peaks', 0, case([({'points': 4, 'kind': 2}, [(2, wave(4)), (3, wave(4))])],
                           ['1.max', '1.min'], version=b'03')
    yield 'logic', 0, case([({'points': 4, 'kind': 6, 'label': b'POD1', 'y_units': 0},
                             [(6, bytes(range(4)))])], ['POD1'], units='')
    yield 'histogram', 0, case([({'points': 2, 'kind': 5, 'x_units': 1, 'y_units': 3},
                                 [(4, wave(2, 4))])], ['1'], rate=None, units='')
    yield 'longer_headers', 0, case([({'points': 5, 'longer': 4, 'label': b''}, [(1, wave(5))])],
                                    ['waveform0'])
    yield 'no_points', 0, case([({'points': 0}, [(1, b'')])], ['1'])
    yield 'other_points', 1, case([({'points': 6}, [(1, wave(5))])], ['1'])
    yield 'more_behind', 1, case([({'points': 5}, [(1, wave(5))])], ['1'], end=b'more')
    yield 'wrong_size', 1, case([({'points': 5}, [(1, wave(5))])], ['1'], size=1)


def main():
    out = Folder(__file__, 'keysight', '.bin')
    for name, warnings, (file, expected) in cases():
        out.add(f'{name}.bin', file, expected, warnings)
    out.close()


if __name__ == '__main__':
    main()
