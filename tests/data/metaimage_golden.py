#!/usr/bin/python3
"""Writes metaimage/ and has ITK read every file, by plastimatch (Debian: plastimatch).

ITK writes two of them itself; the others, which spell what ITK does not write, are put together
here from the fields of MetaIO's specification. Whatever ITK's reader knows the type of is converted
by it to a plain little-endian file, whose bytes must be those of the array.
"""
import pathlib
import subprocess
import tempfile
import zlib

import numpy as np

import manifest

OUT = pathlib.Path(__file__).parent / 'metaimage'
TYPES = {'i1': 'MET_CHAR', 'u1': 'MET_UCHAR', 'i2': 'MET_SHORT', 'u2': 'MET_USHORT',
         'i4': 'MET_INT', 'u4': 'MET_UINT', 'i8': 'MET_LONG_LONG', 'u8': 'MET_ULONG_LONG',
         'f4': 'MET_FLOAT', 'f8': 'MET_DOUBLE'}
READ_BY_PLASTIMATCH = ['u1', 'i2', 'u2', 'i4', 'u4', 'f4']


def plastimatch(*arguments):
    subprocess.run(['plastimatch', *map(str, arguments)], check=True, cwd=OUT, capture_output=True)


def numbered(dtype, shape):
    count = int(np.prod(shape))
    return (np.arange(count) * 7 % 120 + 1).astype(dtype).reshape(shape)


def header(array, fields=(), data_file='LOCAL', **changes):
    """The fields of MetaIO, fastest axis first, with some of them changed (None: left out)."""
    values = {'ObjectType': 'Image', 'NDims': array.ndim, 'BinaryData': True,
              'BinaryDataByteOrderMSB': array.dtype.str[0] == '>', 'CompressedData': False,
              'DimSize': ' '.join(map(str, array.shape[::-1])),
              'ElementType': TYPES[array.dtype.str[1:]], **dict(fields), **changes,
              'ElementDataFile': data_file}
    return ''.join(f'{name} = {value}\n' for name, value in values.items()
                   if value is not None).encode()


def check(name, array):
    """ITK reads the file as `array`."""
    if array.dtype.str[1:] not in READ_BY_PLASTIMATCH or array.ndim > 3:
        return
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory) / 'copy.mhd'
        plastimatch('convert', '--input', name, '--output-img', copy)
        fields = dict(line.split(' = ', 1) for line in copy.read_text().splitlines())
        sizes = [int(size) for size in fields['DimSize'].split()]
        assert [size for size in sizes if size > 1] == [
            size for size in array.shape[::-1] if size > 1], (name, sizes)
        assert fields['CompressedData'] == fields['BinaryDataByteOrderMSB'] == 'False', name
        data = copy.with_suffix('.raw').read_bytes()
        assert data == array.astype(array.dtype.newbyteorder('<')).tobytes(), name


class Lines:
    def __init__(self):
        self.all = []

    def add(self, name, array, offset, warnings=0, checked=True):
        if checked:
            check(name, array)
        line = manifest.line_of(name, warnings, '', array, offset)
        is_detached = name.endswith('.mhd')  # five more columns, see signals.py
        self.all.append(line + '\t' * 5 + f'{name[:-4]}.raw' if is_detached else line)

    def attached(self, name, array, *fields, warnings=0, before=b'', checked=True, **changes):
        head = header(array, fields, **changes)
        (OUT / name).write_bytes(head + before + array.tobytes())
        self.add(name, array, len(head) + len(before), warnings, checked)


def types(lines):
    for code in TYPES:
        for order in '<>' if code[1] != '1' else '|':
            lines.attached(f'{code}{"_big" if order == ">" else ""}.mha',
                           numbered(order + code, (2, 3)))
    four = numbered('<i4', (2, 3))
    lines.attached('long.mha', four, ElementType='MET_LONG', checked=False)
    lines.attached('no_order.mha', numbered('<i2', (2, 3)), BinaryDataByteOrderMSB=None,
                   BinaryData=None, CompressedData=None, warnings=1)
    lines.attached('other_order.mha', numbered('>i2', (2, 3)), ('ElementByteOrderMSB', True),
                   BinaryDataByteOrderMSB=None)
    lines.attached('volume.mha', numbered('<f4', (2, 3, 4)), ElementSpacing='0.5 0.25 2',
                   Offset='1 2 3', Comment='a test volume', Modality='MET_MOD_CT')
    lines.attached('scaled.mha', numbered('<i2', (2, 3)), ElementToIntensityFunctionSlope=0.5,
                   ElementToIntensityFunctionOffset=-1)
    colours = numbered('|u1', (2, 3, 3))
    lines.attached('channels.mha', colours, NDims=2, DimSize='3 2', ElementNumberOfChannels=3,
                   checked=False)
    vectors = numbered('<f4', (2, 3, 4, 3))
    lines.attached('vectors.mha', vectors, NDims=3, DimSize='4 3 2', ElementNumberOfChannels=3,
                   ElementType='MET_FLOAT_ARRAY', checked=False)


def places(lines):
    array = numbered('<i2', (2, 3))
    lines.attached('from_end.mha', array, HeaderSize=-1, before=b'anything')
    for name, start, size in [('detached', b'', None), ('detached_skip', b'header!', 7),
                              ('detached_end', b'anything', -1)]:
        (OUT / f'{name}.raw').write_bytes(start + array.tobytes())
        (OUT / f'{name}.mhd').write_bytes(header(array, data_file=f'{name}.raw', HeaderSize=size))
        lines.add(f'{name}.mhd', array, len(start))


def written_by_itk(lines):
    volume = numbered('<i2', (2, 3, 4))
    for name in ['itk.mha', 'itk.mhd']:
        (OUT / 'volume_i2.mha').write_bytes(header(volume) + volume.tobytes())
        plastimatch('convert', '--input', 'volume_i2.mha', '--output-img', name)
        (OUT / 'volume_i2.mha').unlink()
        offset = (OUT / name).read_bytes().find(b'LOCAL\n') + 6 if name == 'itk.mha' else 0
        lines.add(name, volume, offset)


def not_mapped():
    array = numbered('<i2', (2, 3))
    text = ' '.join(map(str, array.ravel())).encode()
    (OUT / 'text.mha').write_bytes(header(array, BinaryData=False) + text)
    check('text.mha', array)
    data = zlib.compress(array.tobytes())
    (OUT / 'compressed.mha').write_bytes(
        header(array, CompressedData=True, CompressedDataSize=len(data)) + data)
    check('compressed.mha', array)
    volume = numbered('<i2', (2, 3, 4))
    for plane in range(2):
        (OUT / f'plane{plane}.raw').write_bytes(volume[plane].tobytes())
    for name, files in [('list', 'LIST\nplane0.raw\nplane1.raw'), ('pattern', 'plane%d.raw 0 1 1')]:
        (OUT / f'{name}.mhd').write_bytes(header(volume, data_file=files))
        check(f'{name}.mhd', volume)


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    lines = Lines()
    types(lines)
    places(lines)
    written_by_itk(lines)
    not_mapped()
    manifest.write(OUT, lines.all)


if __name__ == '__main__':
    main()
