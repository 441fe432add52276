#!/usr/bin/python3
"""Writes npz/*.npz with NumPy and Python's zipfile, and npz/manifest.txt by np.load's reading.

The offset of a stored array is that of its first element; of a deflated one that of its stream.
"""
import io
import struct
import zipfile

import numpy as np

import manifest

STAMP = (1980, 1, 1, 0, 0, 0)
RECORD = np.dtype([('time', '<f8'), ('tag', 'S3'), ('grid', '>i2', (2, 2))])


class Unseekable(io.RawIOBase):
    """Makes zipfile put sizes and checksums behind the data."""

    def __init__(self):
        self.parts = []

    def writable(self):
        return True

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)


def npy(array):
    out = io.BytesIO()
    np.lib.format.write_array(out, array)
    return out.getvalue()


def zipped(members, method=zipfile.ZIP_STORED, comment=b'', to=None, zip64=False):
    """An archive of arrays and of bytes, by the names of members."""
    out = to or io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = method
            with archive.open(info, 'w', force_zip64=zip64) as member:
                member.write(npy(content) if isinstance(content, np.ndarray) else content)
        archive.comment = comment
    return b''.join(out.parts) if to else out.getvalue()


def savez(*args, save=np.savez, **named):
    """NumPy's own file; its time stamps are those of 1980 already."""
    out = io.BytesIO()
    save(out, *args, **named)
    return out.getvalue()


def some(descr, shape, order='C'):
    count = int(np.prod(shape, dtype=int))
    return np.asarray(np.arange(1, 1 + count).astype(descr).reshape(shape), order=order)


def records(count):
    out = np.zeros(count, RECORD)
    out['time'] = np.arange(count) / 4
    out['tag'] = [b'a%d' % i for i in range(count)]
    out['grid'] = np.arange(4 * count).reshape(count, 2, 2)
    return out


def as_code_page_437(file, name):
    """The name without its flag and in one byte a character."""
    wide, narrow = name.encode(), name.encode('cp437')
    assert len(wide) == len(narrow) + 1
    local = file.index(b'PK\3\4')
    central = file.index(b'PK\1\2')
    out = bytearray(file)
    for at, flags, length, start in ((central, 8, 28, 46), (local, 6, 26, 30)):
        struct.pack_into('<H', out, at + flags, 0)
        struct.pack_into('<H', out, at + length, len(narrow))
        assert out[at + start:at + start + len(wide)] == wide
        out[at + start:at + start + len(wide)] = narrow
    # both parts have shrunk by a byte: the directory's entry and what the end record says
    end = out.rindex(b'PK\5\6')
    size, offset = struct.unpack_from('<II', out, end + 12)
    struct.pack_into('<II', out, end + 12, size - 1, offset - 1)
    return bytes(out)


def encrypted(file):
    out = bytearray(file)
    for signature, flags in ((b'PK\3\4', 6), (b'PK\1\2', 8)):
        out[out.index(signature) + flags] |= 1
    return bytes(out)


def cases():
    """Name, file, warnings."""
    plain = {'signal': some('>f4', (3, 4)), 'mask': np.array([True, False])}
    yield 'plain', savez(**plain), 0
    yield 'unnamed', savez(some('<i4', (2,)), some('<c8', (2, 2))), 0
    yield 'kinds', savez(order=some('<f8', (2, 3), 'F'), scalar=np.array(2.5), none=some('u1', (0, 3)),
                         table=records(3), text=np.array(['a', 'bc']),
                         when=np.array(['2001-02-03'], 'M8[D]')), 0
    yield 'deflated', savez(save=np.savez_compressed, **plain, table=records(40)), 0
    yield 'paths', zipped({'run 1/': b'', 'run 1/x.npy': some('u1', (2,)),
                           'run 1/deep/y.npy': some('u1', (3,)), '../z.npy': some('u1', (4,)),
                           'plain': some('u1', (5,)), 'x': some('u1', (6,)),
                           'x.npy': some('u1', (7,))}), 0
    yield 'unicode', savez(**{'gr\u00fcn': some('u1', (2,)), '\u6e29': some('u1', (3,))}), 0
    yield 'code_page', as_code_page_437(zipped({'gr\u00fcn.npy': some('u1', (2,))}), 'gr\u00fcn.npy'), 0
    yield 'zip64', zipped({'a.npy': some('<i2', (5,))}, zip64=True), 0
    yield 'descriptors', zipped({'a.npy': some('<i2', (5,)), 'b.npy': some('<i2', (3,))},
                                to=Unseekable()), 0
    yield 'descriptors_deflated', zipped({'a.npy': some('<i2', (50,))}, zipfile.ZIP_DEFLATED,
                                         to=Unseekable()), 0
    yield 'comment', zipped(plain, comment=b'measured on a Monday'), 0
    yield 'prefix', b'#!/bin/sh\n' + zipped({'a.npy': some('<i2', (5,))}), 1
    yield 'trailing', zipped({'a.npy': some('<i2', (5,))}) + b'\r\n', 1
    yield 'longer_member', zipped({'a.npy': npy(some('<i2', (5,))) + b'more'}), 1
    yield 'mixed', zipped({'notes.txt': b'no array', 'a.npy': some('<i2', (5,)), 'e.npy': b'',
                           'short.npy': npy(some('<i2', (5,)))[:-1]}), 0
    yield 'objects', savez(a=some('u1', (2,)), o=np.array([None, 1], object)), 0
    yield 'bzip2', zipped({'a.npy': some('<i2', (5,))}, zipfile.ZIP_BZIP2), 0
    yield 'lzma', zipped({'a.npy': some('<i2', (5,))}, zipfile.ZIP_LZMA), 0
    yield 'encrypted', encrypted(zipped({'a.npy': some('<i2', (5,))})), 0
    yield 'empty', zipped({}), 0


def lines_of(name, file, warnings):
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        infos = archive.infolist()
    arrays = np.lib.npyio.NpzFile(io.BytesIO(file))  # np.load wants the magic at byte 0
    for info in infos:
        key = info.filename
        if key.endswith('.npy') and key[:-4] not in archive.namelist():
            key = key[:-4]
        if info.flag_bits & 1 or info.compress_type not in (0, 8):
            continue
        try:
            array = arrays[key]
        except ValueError:
            continue  # objects, cut short
        if not isinstance(array, np.ndarray):
            continue
        name_bytes, extra_bytes = struct.unpack_from('<HH', file, info.header_offset + 26)
        offset = info.header_offset + 30 + name_bytes + extra_bytes
        if info.compress_type == 0:
            header_bytes, = struct.unpack_from('<H', file, offset + 8)
            offset += 10 + header_bytes
        yield manifest.line_of(f'{name}.npz', warnings, key, array, offset)


def main():
    folder = manifest.fresh_folder(__file__, 'npz', '.npz')
    lines = []
    for name, file, warnings in cases():
        (folder / f'{name}.npz').write_bytes(file)
        lines.extend(lines_of(name, file, warnings))
    manifest.write(folder, lines)


if __name__ == '__main__':
    main()
