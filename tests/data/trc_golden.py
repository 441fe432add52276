#!/usr/bin/python3
"""Writes trc/*.trc from LeCroy's template LECROY_2_3, and trc/manifest.txt.

Debian has no reader of these files: a descriptor is packed here field by field, at the offsets of
the template, and what it means is worked out from the same numbers. manifest.py and signals.py tell
the columns of the table.
"""
import struct

import numpy as np

from signals import Folder, Signal

# Offset and struct code of each variable that a case sets; the rest of the block is zeros.
VARIABLES = {
    'DESCRIPTOR_NAME': (0, '16s'), 'TEMPLATE_NAME': (16, '16s'), 'COMM_TYPE': (32, 'H'),
    'COMM_ORDER': (34, 'H'), 'WAVE_DESCRIPTOR': (36, 'i'), 'USER_TEXT': (40, 'i'),
    'TRIGTIME_ARRAY': (48, 'i'), 'RIS_TIME_ARRAY': (52, 'i'), 'WAVE_ARRAY_1': (60, 'i'),
    'WAVE_ARRAY_2': (64, 'i'), 'INSTRUMENT_NAME': (76, '16s'), 'TRACE_LABEL': (96, '16s'),
    'WAVE_ARRAY_COUNT': (116, 'i'), 'SUBARRAY_COUNT': (144, 'i'), 'VERTICAL_GAIN': (156, 'f'),
    'VERTICAL_OFFSET': (160, 'f'), 'NOMINAL_BITS': (172, 'h'), 'HORIZ_INTERVAL': (176, 'f'),
    'HORIZ_OFFSET': (180, 'd'), 'VERTUNIT': (196, '48s'), 'HORUNIT': (244, '48s'),
    'TRIGGER_TIME': (296, 'dbbbbh'), 'RECORD_TYPE': (316, 'H'), 'WAVE_SOURCE': (344, 'H')}


def descriptor(big, values):
    out = bytearray(346)
    for name, value in values.items():
        offset, code = VARIABLES[name]
        value = value if isinstance(value, tuple) else (value,)
        struct.pack_into(('>' if big else '<') + code, out, offset, *value)
    return bytes(out)


def single(number):
    """As a reader gets it that widens the stored binary32 number."""
    return float(np.float32(number))


def case(values, big=False, segments=1, prefix=b'', user_text=b'', trigger=None, ris=None,
         second=None, end=b'', longer=0, unit=b'V', seconds=b'S'):
    """The file's bytes and what is expected of it; `values` are 8 or 16 bits wide."""
    order = '>' if big else '<'
    kind = values.dtype.newbyteorder(order)
    blocks = [user_text]
    extra = []
    start = len(prefix) + 346 + longer + len(user_text)
    if trigger is not None:
        blocks.append(np.array(trigger, order + 'f8').tobytes())
        descr = f"[('trigger_time', '{order}f8'), ('trigger_offset', '{order}f8')]"
        extra.append(Signal(descr, [len(trigger)], start, 'trigtime_array', item_bytes=16,
                            units='s'))
        start += len(blocks[-1])
    if ris is not None:
        blocks.append(np.array(ris, order + 'f8').tobytes())
        extra.append(Signal(order + 'f8', [len(ris)], start, 'ris_time_array', units='s'))
        start += len(blocks[-1])
    shape = [segments, len(values) // segments] if segments > 1 else [len(values)]
    meaning = {'scale': [single(0.0009765)], 'shift': [-single(0.125)], 'units': unit.decode(),
               'rate': single(1 / single(2e-9)) if seconds == b'S' else None}
    waves = [values] if second is None else [values, second]
    found = []
    for i, wave in enumerate(waves):
        found.append(Signal(kind.str if kind.itemsize > 1 else '|i1', shape, start,
                            f'wave_array_{i + 1}', **meaning))
        blocks.append(wave.astype(kind).tobytes())
        start += len(blocks[-1])
    head = descriptor(big, {
        'DESCRIPTOR_NAME': b'WAVEDESC', 'TEMPLATE_NAME': b'LECROY_2_3',
        'COMM_TYPE': kind.itemsize - 1, 'COMM_ORDER': 0 if big else 1,
        'WAVE_DESCRIPTOR': 346 + longer, 'USER_TEXT': len(user_text),
        'TRIGTIME_ARRAY': 0 if trigger is None else 16 * len(trigger),
        'RIS_TIME_ARRAY': 0 if ris is None else 8 * len(ris),
        'WAVE_ARRAY_1': values.nbytes, 'WAVE_ARRAY_2': 0 if second is None else second.nbytes,
        'INSTRUMENT_NAME': b'LECROYWR64Xi', 'TRACE_LABEL': b'', 'WAVE_ARRAY_COUNT': len(values),
        'SUBARRAY_COUNT': segments, 'VERTICAL_GAIN': 0.0009765, 'VERTICAL_OFFSET': 0.125,
        'NOMINAL_BITS': 8, 'HORIZ_INTERVAL': 2e-9, 'HORIZ_OFFSET': -1e-7, 'VERTUNIT': unit,
        'HORUNIT': seconds, 'TRIGGER_TIME': (14.5, 23, 9, 9, 11, 2022), 'RECORD_TYPE': 0,
        'WAVE_SOURCE': 3})
    return prefix + head + bytes(longer) + b''.join(blocks) + end, found + extra


def samples(count, bits):
    return (np.arange(count) * 37 % 251 - 125).astype(f'i{bits // 8}') * (257 if bits == 16 else 1)


def cases():
    """Name, number of warnings, file and expectation."""
    times = [[0.0, -1e-7], [0.5, -1.5e-7], [1.25, -2e-7]]
    yield 'word_little', 0, case(samples(9, 16))
    yield 'word_big', 0, case(samples(9, 16), big=True)
    yield 'byte_little', 0, case(samples(7, 8))
    yield 'byte_big', 0, case(samples(7, 8), big=True)
    yield 'block', 0, case(samples(4, 16), prefix=b'#9000000354', end=b'\n')
    yield 'answer', 0, case(samples(4, 8), prefix=b'C1:WF ALL,#9000000350', end=b'\n')
    yield 'user_text', 0, case(samples(3, 8), user_text=b'measured at night', longer=14)
    yield 'sequence', 0, case(samples(12, 16), segments=3, trigger=times)
    yield 'sequence_big', 0, case(samples(12, 16), big=True, segments=3, trigger=times)
    yield 'interleaved', 0, case(samples(6, 8), ris=[0.0, 1e-9])
    yield 'extrema', 0, case(samples(5, 8), second=samples(5, 8)[::-1])
    yield 'no_samples', 0, case(samples(0, 16))
    yield 'no_segments', 0, case(samples(2, 16), segments=0)
    yield 'spectrum', 0, case(samples(3, 16), unit=b'dBm', seconds=b'Hz')
    yield 'more_behind', 1, case(samples(3, 16), end=b'more')


def main():
    out = Folder(__file__, 'trc', '.trc')
    for name, warnings, (file, expected) in cases():
        out.add(f'{name}.trc', file, expected, warnings)
    out.close()


if __name__ == '__main__':
    main()
