#!/usr/bin/python3
"""Writes wav/*, au/* and aiff/* with soundfile (libsndfile), sox and SciPy, and their manifests.

What a manifest says comes from what soundfile reads, or SciPy where that cannot: values, turned
back into the bytes of the file's own type, which must stand in the file once. All have 8000 frames a
second. The files in the folders coded/ are those of codecs. Needs Debian's python3-soundfile,
python3-scipy and sox.
"""
import subprocess

import numpy as np
import scipy.io.wavfile
import soundfile

import manifest

RATE = 8000
folders = {kind: manifest.fresh_folder(__file__, kind, '.*') for kind in ('wav', 'au', 'aiff')}
lines = {kind: [] for kind in folders}


def full_scale(frames, channels):
    """Values from -1 to just below 1, different in every channel."""
    flat = np.linspace(-1, 0.97, frames * channels)
    return flat.reshape(frames, channels) if channels > 1 else flat


def packed(values, descr):
    """The bytes of `values`, integers that are justified to the left of 32 bits, as `descr`."""
    size = int(descr[2:])
    if descr[1] == 'f':
        return values.astype(descr).tobytes()
    if descr == '|u1':
        return ((values.astype(np.int64) >> 24) + 128).astype(np.uint8).tobytes()
    if size == 8:
        return values.astype(descr).tobytes()
    order = 'big' if descr[0] == '>' else 'little'
    return b''.join((int(value) >> (32 - 8 * size)).to_bytes(size, order, signed=True)
                    for value in values.ravel())


def read_soundfile(path, descr):
    return soundfile.read(path, dtype='float64' if descr[1] == 'f' else 'int32')


def read_scipy(path, descr):
    """As soundfile: SciPy keeps 8 and 16 bits where they are."""
    rate, values = scipy.io.wavfile.read(path)
    if descr == '|u1':
        values = (values.astype(np.int64) - 128) << 24
    elif descr[1:] == 'i2':
        values = values.astype(np.int64) << 16
    return values, rate


def enter(name, kind, descr, warnings=0, reader=read_soundfile):
    path = folders[kind] / name
    data = path.read_bytes()
    values, rate = reader(path, descr)
    assert rate == RATE, name
    samples = packed(values, descr)
    assert data.count(samples) == 1, name
    size = int(descr[2:])
    strides = (size,) if values.ndim == 1 else (size * values.shape[1], size)
    lines[kind].append(manifest.line(name, warnings, '', repr(descr), values.shape, strides,
                                     data.index(samples), samples))


def without_time(path):
    """libsndfile notes the time in its PEAK chunk; files are to be the same on every run."""
    data = bytearray(path.read_bytes())
    at = data.find(b'PEAK')
    if at >= 0:
        data[at + 12:at + 16] = bytes(4)
    path.write_bytes(data)


def by_soundfile():
    integers = {'PCM_U8': '|u1', 'PCM_S8': '|i1', 'PCM_16': '{}i2', 'PCM_24': '{}i3',
                'PCM_32': '{}i4', 'FLOAT': '{}f4', 'DOUBLE': '{}f8'}
    families = {'wav': ('WAV', 'wav', '<', 'LITTLE'), 'rifx': ('WAV', 'wav', '>', 'BIG'),
                'wavex': ('WAVEX', 'wav', '<', 'LITTLE'), 'rf64': ('RF64', 'wav', '<', 'FILE'),
                'w64': ('W64', 'wav', '<', 'FILE'), 'au': ('AU', 'au', '>', 'FILE'),
                'dns': ('AU', 'au', '<', 'LITTLE'), 'aiff': ('AIFF', 'aiff', '>', 'FILE'),
                'sowt': ('AIFF', 'aiff', '<', 'LITTLE')}
    for family, (container, kind, order, endian) in families.items():
        for subtype, descr in integers.items():
            if not soundfile.check_format(container, subtype, endian):
                continue
            if family == 'sowt' and subtype not in ('PCM_16', 'PCM_24', 'PCM_32'):
                continue
            channels = 1 if subtype in ('PCM_16', 'PCM_U8', 'PCM_S8') else 3
            name = f'sf_{subtype.lower()}.{family}'
            # libsndfile counts the padding of odd AIFF data as a sample when it reads
            frames = 8 if kind == 'aiff' else 7
            path = folders[kind] / name
            soundfile.write(path, full_scale(frames, channels), RATE, subtype, endian, container)
            without_time(path)
            enter(name, kind, descr.format(order))


def sox(*arguments, **options):
    return subprocess.run(['sox', '-D', '-V1', *map(str, arguments)], check=True, **options)


def by_sox():
    raw = full_scale(6, 2).astype('<f8').tobytes()
    source = ['-t', 'raw', '-e', 'floating-point', '-b', '64', '-c', '2', '-r', str(RATE), '-']
    kinds = {'8bit.wav': ('-e unsigned-integer -b 8', '|u1'), '24bit.wav': ('-e signed-integer -b 24', '<i3'), '32bit.wav': ('-e signed-integer -b 32', '<i4'),
             '16bit.aiff': ('-e signed-integer -b 16', '>i2'), 'double.aifc': ('-e floating-point -b 64', '>f8'),
             '24bit.au': ('-e signed-integer -b 24', '>i3')}
    for name, (options, descr) in kinds.items():
        kind = name.split('.')[1].replace('aifc', 'aiff')
        sox(*source, *options.split(), folders[kind] / f'sox_{name}', input=raw)
        enter(f'sox_{name}', kind, descr)
    # What sox writes to a pipe, whose sizes it cannot mend at the end.
    for kind, descr, warnings in (('wav', '<i2', 1), ('au', '>i2', 0), ('aiff', '>i2', 1)):
        streamed = sox(*source, '-e', 'signed-integer', '-b', '16', '-t', kind, '-', input=raw,
                       stdout=subprocess.PIPE)
        (folders[kind] / f'sox_pipe.{kind}').write_bytes(streamed.stdout)
        enter(f'sox_pipe.{kind}', kind, descr, warnings)


def with_codecs():
    raw = full_scale(6, 1).astype('<f8').tobytes()
    source = ['-t', 'raw', '-e', 'floating-point', '-b', '64', '-c', '1', '-r', str(RATE), '-']
    for folder in folders.values():
        (folder / 'coded').mkdir(exist_ok=True)
    for name, options in (('ms_adpcm.wav', '-e ms-adpcm'), ('ima_adpcm.wav', '-e ima-adpcm'),
                          ('mu_law.wav', '-e mu-law'), ('a_law.wav', '-e a-law'),
                          ('gsm.wav', '-e gsm-full-rate'), ('mu_law.au', '-e mu-law')):
        sox(*source, *options.split(), folders[name.split('.')[1]] / 'coded' / name, input=raw)
    soundfile.write(folders['aiff'] / 'coded' / 'mu_law.aifc', full_scale(6, 1), RATE, 'ULAW',
                    format='AIFF')


def by_scipy():
    values = full_scale(5, 2)
    kinds = {'u1': '|u1', 'i2': '<i2', 'i4': '<i4', 'i8': '<i8', 'f4': '<f4', 'f8': '<f8'}
    for code, descr in kinds.items():
        if code[0] == 'f':
            typed = values.astype(descr)
        elif code == 'u1':
            typed = np.round(values * 127 + 128).astype(np.uint8)
        else:
            typed = np.round(values * 2.0 ** (8 * int(code[1]) - 2)).astype(descr)
        scipy.io.wavfile.write(folders['wav'] / f'scipy_{code}.wav', RATE, typed)
        enter(f'scipy_{code}.wav', 'wav', descr, reader=read_scipy)


def main():
    by_soundfile()
    by_sox()
    by_scipy()
    with_codecs()
    for kind, folder in folders.items():
        manifest.write(folder, lines[kind])


if __name__ == '__main__':
    main()
