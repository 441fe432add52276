#!/usr/bin/python3
"""Writes sigmf/*.sigmf-meta and their data from the specification alone, and sigmf/manifest.txt.

Nothing but json and NumPy. What the manifest says of an array comes from a reader of its own: the
rules of SigMF 1.2 on datatypes, channels and captures, applied to the file that was written.
"""
import json

import numpy as np

import manifest

OUT = manifest.fresh_folder(__file__, 'sigmf', '.*')
NUMBERS = {'f32': 'f4', 'f64': 'f8', 'i32': 'i4', 'i16': 'i2', 'i8': 'i1', 'u32': 'u4',
           'u16': 'u2', 'u8': 'u1'}


def numpy_type(datatype):
    domain, number = datatype[0], datatype[1:].split('_')[0]
    order = '>' if datatype.endswith('_be') else '<'
    if domain == 'r':
        return np.dtype(order + NUMBERS[number])
    if number[0] == 'f':
        return np.dtype(f"{order}c{2 * int(NUMBERS[number][1])}")
    return np.dtype([('re', order + NUMBERS[number]), ('im', order + NUMBERS[number])])


def segments(metadata, file_bytes):
    """Start byte and samples of each run without a header, and the first capture in it."""
    world = metadata['global']
    channels = world.get('core:num_channels', 1)
    frame = numpy_type(world['core:datatype']).itemsize * channels
    captures = metadata.get('captures') or [{'core:sample_start': 0}]
    headers, starts = 0, []
    for i, capture in enumerate(captures):
        headers += capture.get('core:header_bytes', 0)
        if i == 0:
            starts.append((0, headers, i))
        elif capture.get('core:header_bytes', 0):
            starts.append((capture['core:sample_start'], headers, i))
    total = (file_bytes - headers - world.get('core:trailing_bytes', 0)) // frame
    ends = [start for start, _, _ in starts[1:]] + [total]
    return [(headers + start * frame, end - start, i)
            for (start, headers, i), end in zip(starts, ends)]


def entries(name, metadata, data):
    world = metadata['global']
    channels = world.get('core:num_channels', 1)
    dtype = numpy_type(world['core:datatype'])
    runs = segments(metadata, len(data))
    for offset, samples, first in runs:
        array = np.frombuffer(data, dtype, samples * channels, offset)
        if channels > 1:
            array = array.reshape(samples, channels)
        label = f'capture_{first}' if len(runs) > 1 else ''
        yield manifest.line_of(name + '.sigmf-meta', 0, label, array, offset)


def numbered(count):
    return bytes((7 * i + 1) % 251 for i in range(count))


def recordings():
    """Name, metadata, bytes of the data file, its name where it is another's."""
    for domain in 'rc':
        for number in NUMBERS:
            orders = [''] if number in ('i8', 'u8') else ['_le', '_be']
            for order in orders:
                datatype = domain + number + order
                yield datatype, {'core:datatype': datatype}, [], 7, None
    yield 'channels', {'core:datatype': 'ri16_le', 'core:num_channels': 3}, [], 5, None
    yield 'complex_channels', {'core:datatype': 'ci16_be', 'core:num_channels': 2}, [], 5, None
    yield 'no_samples', {'core:datatype': 'cf32_le'}, [], 0, None
    yield 'captures', {'core:datatype': 'cu8'}, [
        {'core:sample_start': 0, 'core:frequency': 433e6, 'core:datetime': '2026-01-01T00:00:00Z'},
        {'core:sample_start': 40, 'core:frequency': 868e6}], 60, None
    yield 'one_header', {'core:datatype': 'ri16_le', 'core:trailing_bytes': 3}, [
        {'core:sample_start': 0, 'core:header_bytes': 16},
        {'core:sample_start': 4}], 10, 'one_header.dat'
    yield 'more_headers', {'core:datatype': 'ri16_be', 'core:num_channels': 2}, [
        {'core:sample_start': 0, 'core:header_bytes': 5},
        {'core:sample_start': 3},
        {'core:sample_start': 4, 'core:header_bytes': 2},
        {'core:sample_start': 9, 'core:header_bytes': 7}], 12, 'more_headers.dat'


def main():
    lines = []
    for name, world, captures, samples, dataset in recordings():
        world = {**world, 'core:version': '1.2.0', 'core:sample_rate': 8000.0}
        if dataset:
            world['core:dataset'] = dataset
        metadata = {'global': world, 'captures': captures, 'annotations': []}
        frame = numpy_type(world['core:datatype']).itemsize * world.get('core:num_channels', 1)
        data = numbered(sum(each.get('core:header_bytes', 0) for each in captures) +
                        samples * frame + world.get('core:trailing_bytes', 0))
        (OUT / f'{name}.sigmf-meta').write_text(json.dumps(metadata, indent=1) + '\n')
        (OUT / (dataset or f'{name}.sigmf-data')).write_bytes(data)
        lines.extend(entries(name, metadata, data))
    manifest.write(OUT, lines)


if __name__ == '__main__':
    main()
