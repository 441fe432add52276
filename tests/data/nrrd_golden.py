#!/usr/bin/python3
"""Writes nrrd/ with unu, the command of NRRD's reference implementation (Debian: teem-apps).

Elements are numbered by NumPy and handed to `unu make` as bytes. What unu does not write is made
by editing its headers, and must then still give the same elements to `unu save`.
"""
import pathlib
import subprocess
import tempfile

import numpy as np

import manifest

OUT = pathlib.Path(__file__).parent / 'nrrd'
TYPES = {'i1': 'int8', 'u1': 'uint8', 'i2': 'int16', 'u2': 'uint16', 'i4': 'int32', 'u4': 'uint32',
         'i8': 'int64', 'u8': 'uint64', 'f4': 'float', 'f8': 'double'}


def unu(*arguments):
    return subprocess.run(['teem-unu', *map(str, arguments)], check=True, cwd=OUT,
                          capture_output=True).stdout


def numbered(dtype, shape):
    count = int(np.prod(shape))
    return (np.arange(count) * 7 % 120 + 1).astype(dtype).reshape(shape)


def make(name, array, *more, encoding='raw'):
    """Has unu write `array`, whose last axis is the fastest, under `name`."""
    with tempfile.NamedTemporaryFile() as data:
        data.write(array.tobytes())
        data.flush()
        unu('make', '-i', data.name, '-t', TYPES[array.dtype.str[1:]], '-s', *array.shape[::-1],
            '-e', 'raw', '-en', 'big' if array.dtype.str[0] == '>' else 'little', *more, '-o', name)
    order = 'big' if array.dtype.str[0] == '>' else 'little'
    unu('save', '-f', 'nrrd', '-e', encoding, '-en', order, '-i', name, '-o', name)


def check(name, array):
    """unu reads the file as `array`: its elements, and its axes from the last to the first."""
    native = array.astype(array.dtype.newbyteorder('<'))
    saved = unu('save', '-f', 'nrrd', '-e', 'raw', '-en', 'little', '-i', name)
    assert saved.split(b'\n\n', 1)[1] == native.tobytes(), name
    sizes = next(line for line in saved.split(b'\n') if line.startswith(b'sizes: '))
    assert [int(size) for size in sizes.split()[1:]] == list(array.shape[::-1]), name


def edited(name, source, *changes, before=b'', behind=b''):
    """`source`, a file of unu's, with lines of its header replaced and bytes around its data."""
    header, data = (OUT / source).read_bytes().split(b'\n\n', 1)
    for old, new in changes:
        assert header.count(old) == 1, old
        header = header.replace(old, new)
    (OUT / name).write_bytes(header + b'\n\n' + before + data + behind)


class Lines:
    def __init__(self):
        self.all = []

    def add(self, name, array, offset=None):
        check(name, array)
        if offset is None:
            offset = len((OUT / name).read_bytes().split(b'\n\n', 1)[0]) + 2
        line = manifest.line_of(name, 0, '', array, offset)
        is_detached = name.endswith('.nhdr')  # five more columns, see signals.py
        self.all.append(line + '\t' * 5 + f'./{name[:-5]}.raw' if is_detached else line)


def attached(lines):
    for code in TYPES:
        for order in '<>' if code[1] != '1' else '|':
            array = numbered(order + code, (2, 3))
            name = f'{code}{"_big" if order == ">" else ""}.nrrd'
            make(name, array)
            lines.add(name, array)
    line = numbered('<i2', (5,))
    make('one_axis.nrrd', line)
    lines.add('one_axis.nrrd', line)
    deep = numbered('|u1', (1, 2, 1, 3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2))
    make('most_axes.nrrd', deep)
    lines.add('most_axes.nrrd', deep)
    volume = numbered('<i2', (2, 3, 4))
    make('remarks.nrrd', volume, '-c', 'a test volume', '-l', 'x', 'y', 'time', '-u', 'mm', 'mm',
         's', '-sp', '0.5', '0.25', '2', '-k', 'domain', 'domain', 'time', '-kv', 'site:=K\u00f6ln')
    edited('remarks.nrrd', 'remarks.nrrd', (b'encoding: raw', b'encoding: raw\nsample units: T'))
    lines.add('remarks.nrrd', volume)
    make('space.nrrd', volume)
    edited('space.nrrd', 'space.nrrd', (b'encoding: raw', b'encoding: raw\n'
           b'space: scanner-xyz\nspace directions: (0.5,0,0) (0, 0.25, 0) none\n'
           b'space origin: (1,2,3)'), (b'dimension: 3', b'dimension: 3\nkinds: space space list'))
    lines.add('space.nrrd', volume)


def skips(lines):
    array = numbered('>i2', (2, 3))
    start = len((OUT / 'i2_big.nrrd').read_bytes()) - array.nbytes
    edited('synonyms.nrrd', 'i2_big.nrrd', (b'type: short', b'Type: Signed Short Int'),
           (b'endian: big', b'ENDIAN: Big'), (b'\ndimension', b'\n# a comment\ndimension'))
    lines.add('synonyms.nrrd', array)
    for name, line, before, behind in [
            ('line_skip', b'line skip: 2', b'one\ntwo\n', b''),
            ('byte_skip', b'byte skip: 3', b'abc', b''),
            ('both_skips', b'lineskip: 1\nbyteskip: 3', b'one line\nabc', b''),
            ('from_end', b'byte skip: -1', b'anything', b''),
            ('before_end', b'byte skip: -4', b'anything', b'end')]:
        edited(f'{name}.nrrd', 'i2_big.nrrd', (b'encoding: raw', b'encoding: raw\n' + line),
               before=before, behind=behind)
        lines.add(f'{name}.nrrd', array, start + len(line) + 1 + len(before))
    text = (OUT / 'i2_big.nrrd').read_bytes()
    header, data = text[:start].replace(b'\n', b'\r\n'), text[start:]
    (OUT / 'crlf.nrrd').write_bytes(header + data)
    lines.add('crlf.nrrd', array, len(header))


def detached(lines):
    array = numbered('<f4', (2, 3))
    make('detached.nhdr', array)
    lines.add('detached.nhdr', array, 0)
    for name, line, before, behind in [
            ('detached_lines', b'line skip: 2', b'one\ntwo\n', b''),
            ('detached_end', b'byte skip: -1', b'anything', b''),
            ('detached_before_end', b'byte skip: -4', b'anything', b'end')]:
        header = (OUT / 'detached.nhdr').read_bytes()
        header = header.replace(b'detached.raw', name.encode() + b'.raw')
        (OUT / f'{name}.nhdr').write_bytes(header.replace(b'data file', line + b'\ndata file'))
        (OUT / f'{name}.raw').write_bytes(before + array.tobytes() + behind)
        lines.add(f'{name}.nhdr', array, len(before))


def not_mapped():
    """What unu reads and no mapping can give."""
    array = numbered('<i2', (2, 3))
    for encoding in ['gzip', 'bzip2', 'ascii', 'hex']:
        make(f'{encoding}.nrrd', array, encoding=encoding)
        check(f'{encoding}.nrrd', array)
    for row in range(2):
        (OUT / f'row{row}.raw').write_bytes(array[row].tobytes())
    header = (OUT / 'detached.nhdr').read_bytes().replace(b'type: float', b'type: short')
    for name, files in [('list', b'LIST\n./row0.raw\n./row1.raw\n'), ('pattern', b'./row%d.raw 0 1 1\n')]:
        assert header.endswith(b'data file: ./detached.raw\n'), header
        (OUT / f'{name}.nhdr').write_bytes(header.replace(b'./detached.raw\n', files))
        check(f'{name}.nhdr', array)


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    lines = Lines()
    attached(lines)
    skips(lines)
    detached(lines)
    not_mapped()
    manifest.write(OUT, lines.all)


if __name__ == '__main__':
    main()
