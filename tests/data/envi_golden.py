#!/usr/bin/python3
"""Writes envi/ with GDAL (Debian: python3-gdal) and has GDAL read every file.

What GDAL does not write (big-endian numbers, header offsets, gains, comments) is made by editing
its headers and bytes, and must then still give the same elements to GDAL.
"""
import pathlib

import numpy as np
from osgeo import gdal

import signals

gdal.UseExceptions()
OUT = pathlib.Path(__file__).parent / 'envi'
TYPES = {'u1': gdal.GDT_Byte, 'i2': gdal.GDT_Int16, 'u2': gdal.GDT_UInt16, 'i4': gdal.GDT_Int32,
         'u4': gdal.GDT_UInt32,
         'f4': gdal.GDT_Float32, 'f8': gdal.GDT_Float64, 'c8': gdal.GDT_CFloat32,
         'c16': gdal.GDT_CFloat64}
# GDAL 3.6 neither writes nor reads these codes of `data type`.
CODES = {'i8': 14, 'u8': 15}
# Of an array of bands, lines and samples: the order of axes in the file.
AXES = {'bsq': (0, 1, 2), 'bil': (1, 0, 2), 'bip': (1, 2, 0)}


def numbered(dtype, shape):
    count = int(np.prod(shape))
    numbers = (np.arange(count) * 7 % 120 + 1).reshape(shape)
    return (numbers + 1j * numbers[::-1] if dtype[1] == 'c' else numbers).astype(dtype)


def write(name, array, interleave, *options):
    """Has GDAL write `array`, of native order, as NAME and its header."""
    bands, lines, samples = array.shape
    file = gdal.GetDriverByName('ENVI').Create(
        str(OUT / name), samples, lines, bands, TYPES[array.dtype.str[1:]],
        [f'INTERLEAVE={interleave.upper()}', *options])
    for band in range(bands):
        file.GetRasterBand(band + 1).WriteArray(array[band])
    file.FlushCache()
    del file
    for extra in OUT.glob('*.aux.xml'):
        extra.unlink()


def check(name, array):
    """GDAL reads the file as `array`."""
    file = gdal.Open(str(OUT / name))
    assert file.GetDriver().ShortName == 'ENVI', name
    found = file.ReadAsArray().reshape(array.shape)
    assert found.tobytes() == array.astype(array.dtype.newbyteorder('=')).tobytes(), name
    return file


def strides(array, interleave):
    """Those of the axes band, line, sample in the file."""
    stored = np.empty([array.shape[axis] for axis in AXES[interleave]], array.dtype)
    return list(stored.transpose(np.argsort(AXES[interleave])).strides)


class Lines:
    def __init__(self):
        self.all = []

    def add(self, header, data, array, interleave, offset=0, warnings=0, **meaning):
        """Of both halves: the header that names the data, and the data that finds its header."""
        if array.dtype.str[1:] not in CODES:
            check(data, array)
        content = (OUT / data).read_bytes()
        for name, data_file in [(header, data), (data, '')]:
            signal = signals.Signal(array.dtype.str, list(array.shape), offset,
                                    strides=strides(array, interleave), data_file=data_file,
                                    **meaning)
            assert signal.elements(content) == array.tobytes(), name
            self.all.append(signal.line(name, warnings, content))


def types(lines):
    for code in [*TYPES, *CODES]:
        array = numbered('<' + code if code != 'u1' else '|u1', (2, 3, 4))
        if code in TYPES:
            write(f'{code}.img', array, 'bsq')
        else:
            edited(code, 'f8', 'data type = 5', f'data type = {CODES[code]}')
            (OUT / f'{code}.img').write_bytes(array.tobytes())
        lines.add(f'{code}.hdr', f'{code}.img', array, 'bsq')
        if code == 'u1':
            continue
        header = (OUT / f'{code}.hdr').read_text()
        assert 'byte order = 0' in header
        (OUT / f'{code}_big.hdr').write_text(header.replace('byte order = 0', 'byte order = 1'))
        big = array.astype('>' + code)
        (OUT / f'{code}_big.img').write_bytes(big.tobytes())
        lines.add(f'{code}_big.hdr', f'{code}_big.img', big, 'bsq')


def interleaves(lines):
    array = numbered('<u2', (2, 3, 4))
    for interleave in AXES:
        write(f'{interleave}.dat', array, interleave)
        lines.add(f'{interleave}.hdr', f'{interleave}.dat', array, interleave)
        one = array[:1]
        write(f'one_band_{interleave}', one, interleave)
        lines.add(f'one_band_{interleave}.hdr', f'one_band_{interleave}', one, interleave)
    write('added.img', array, 'bip', 'SUFFIX=ADD')
    lines.add('added.img.hdr', 'added.img', array, 'bip')


def edited(name, source, old, new, before=b''):
    header = (OUT / f'{source}.hdr').read_text()
    assert header.count(old) == 1, old
    (OUT / f'{name}.hdr').write_text(header.replace(old, new))
    (OUT / f'{name}.img').write_bytes(before + (OUT / f'{source}.img').read_bytes())


def meanings(lines):
    array = numbered('<i2', (2, 3, 4))
    edited('offset', 'i2', 'header offset = 0', 'header offset = 7', b'header!')
    lines.add('offset.hdr', 'offset.img', array, 'bsq', 7)
    edited('scaled', 'i2', 'interleave = bsq',
           'interleave = bsq\ndata gain values = {0.5,\n 0.25}\ndata offset values = {-1, 1e2}\n'
           'data ignore value = -9999')
    lines.add('scaled.hdr', 'scaled.img', array, 'bsq', scale=[0.5, 0.25], shift=[-1, 100])
    file = gdal.Open(str(OUT / 'scaled.img'))
    bands = [file.GetRasterBand(band) for band in [1, 2]]
    assert [band.GetScale() for band in bands] == [0.5, 0.25]
    assert [band.GetOffset() for band in bands] == [-1, 100]
    assert [band.GetNoDataValue() for band in bands] == [-9999, -9999]
    edited('reflectance', 'i2', 'interleave = bsq',
           'interleave = bsq\nreflectance scale factor = 10000')
    lines.add('reflectance.hdr', 'reflectance.img', array, 'bsq', scale=[1 / 10000])
    edited('spelled', 'i2', 'interleave = bsq',
           '; a comment = 1\n\nInterLeave=BSQ\nnot a field\nBand Names = {red,\n green}\n'
           'wavelength units = Nanometers\nwavelength = { 650.5 , 550 }\nfwhm = {10}\n'
           'sensor type = Unknown\ndefault bands = {2, 1}')
    lines.add('spelled.hdr', 'spelled.img', array, 'bsq', warnings=2)


def not_mapped():
    edited('compressed', 'i2', 'interleave = bsq', 'interleave = bsq\nfile compression = 1')
    edited('frames', 'i2', 'interleave = bsq', 'interleave = bsq\nmajor frame offsets = {4, 0}')


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    lines = Lines()
    types(lines)
    interleaves(lines)
    meanings(lines)
    not_mapped()
    (OUT / 'manifest.txt').write_text('\n'.join(lines.all) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
