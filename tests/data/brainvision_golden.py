#!/usr/bin/python3
"""Writes brainvision/* as BrainVision's core data format 1.0 describes it, and the table.

MNE reads every recording that it can, and must find the same physical values. manifest.py and
signals.py tell the columns of the table. Needs Debian's python3-mne.
"""
import mne
import numpy as np

from signals import Folder, Signal

FORMATS = {'INT_16': 'i2', 'INT_32': 'i4', 'IEEE_FLOAT_32': 'f4'}
FACTORS = {'\xb5V': 1e-6, 'mV': 1e-3}  # MNE gives volts
MARKERS = """Brain Vision Data Exchange Marker File, Version 1.0
[Common Infos]
DataFile={name}.eeg
[Marker Infos]
Mk1=New Segment,,1,1,0,20240302102030000000
"""


def case(channels, points=5, kind='INT_16', vectorized=False, big=False, said=None, data_file=None,
         codepage='UTF-8', end=b'', first='Brain Vision Data Exchange Header File Version 1.0',
         comment='', interval=2000):
    """`channels`: name, resolution and unit as they stand in the header, each may be ''."""
    return locals()


def header(name, of):
    lines = [of['first'], '; made by a test', '', '[Common Infos]', f"Codepage={of['codepage']}",
             f"DataFile={of['data_file'] or name + '.eeg'}", f'MarkerFile={name}.vmrk',
             'DataFormat=BINARY',
             f"DataOrientation={'VECTORIZED' if of['vectorized'] else 'MULTIPLEXED'}",
             f"NumberOfChannels={len(of['channels'])}", f"SamplingInterval={of['interval']}"]
    if of['said'] is not None:
        lines.append(f"DataPoints={of['said']}")
    lines += ['', '[Binary Infos]', f"BinaryFormat={of['kind']}"]
    if of['big']:
        lines.append('UseBigEndianOrder=YES')
    lines += ['', '[Channel Infos]']
    lines += [f'Ch{i + 1}={label},,{resolution},{unit}'
              for i, (label, resolution, unit) in enumerate(of['channels'])]
    if of['comment']:
        lines += ['', '[Comment]', of['comment']]
    encoding = 'utf-8' if of['codepage'] == 'UTF-8' else 'latin-1'
    return '\r\n'.join(lines + ['']).encode(encoding)


def values_of(of):
    """(channels, points) numbers that the type holds."""
    shape = len(of['channels']), of['points']
    generator = np.random.RandomState(7)
    code = FORMATS[of['kind']]
    if code == 'f4':
        return generator.standard_normal(shape).astype(code)
    limits = np.iinfo(code)
    return generator.randint(limits.min, limits.max, shape, dtype=code)


def signal(of, data_file):
    shape = values_of(of).shape
    units = {unit or '\xb5V' for _, _, unit in of['channels']}
    return Signal(('>' if of['big'] else '<') + FORMATS[of['kind']],
                  list(shape if of['vectorized'] else shape[::-1]), 0, data_file=data_file,
                  scale=[float(resolution or 1) for _, resolution, _ in of['channels']],
                  units=units.pop() if len(units) == 1 else '', rate=1e6 / of['interval'])


def check_with_mne(path, of):
    found = mne.io.read_raw_brainvision(path, scale=1.0, verbose='error')
    assert found.info['sfreq'] == 1e6 / of['interval']
    for row, raw, (label, resolution, unit) in zip(found.get_data(), values_of(of),
                                                   of['channels']):
        expected = raw.astype('f8') * float(resolution or 1) * FACTORS.get(unit or '\xb5V', 1)
        near = 1e-6 if of['kind'] == 'IEEE_FLOAT_32' else 1e-12  # MNE scales single as single
        assert np.allclose(row, expected, rtol=near, atol=0), (path, label)
    assert found.ch_names == [label.replace('\\1', ',') for label, _, _ in of['channels']]


THREE = [('Fp1', '0.5', '\xb5V'), ('Fp2', '0.0488281', '\xb5V'), ('Cz', '', '')]


def cases():
    """Name, number of warnings, whether MNE reads it, and the case."""
    yield 'multiplexed', 0, True, case(THREE)
    yield 'vectorized', 0, True, case(THREE, vectorized=True, said=5)
    yield 'wide', 0, True, case(THREE, kind='INT_32')
    yield 'real', 0, True, case(THREE, kind='IEEE_FLOAT_32')
    yield 'real_vectorized', 0, True, case(THREE, kind='IEEE_FLOAT_32', vectorized=True, said=5)
    yield 'big', 0, False, case(THREE, big=True)
    yield 'units', 0, True, case([('EEG', '0.1', '\xb5V'), ('EOG', '0.2', 'mV'),
                                  ('Temp', '0.5', 'C')])
    yield 'commas', 0, True, case([('A\\1B', '1', '\xb5V')])
    yield 'latin', 0, True, case([('K\xf6ln', '1', '\xb5V')], codepage='ANSI')
    yield 'placeholder', 0, False, case(THREE, data_file='$b.eeg')
    yield 'comment', 0, True, case(THREE, comment='free text = [anything\n[Binary Infos]\nx',
                                   first='BrainVision Data Exchange Header File Version 2.0')
    yield 'cut_off', 1, False, case(THREE, end=b'12345')
    yield 'more_behind', 1, False, case(THREE, said=5, vectorized=True, end=b'1')
    yield 'no_points', 0, False, case(THREE, points=0)


def main():
    out = Folder(__file__, 'brainvision', '.[vVe]*')
    for name, warnings, in_mne, of in cases():
        values = values_of(of).astype(('>' if of['big'] else '<') + FORMATS[of['kind']])
        data = (values if of['vectorized'] else values.T).tobytes() + of['end']
        out.add(f'{name}.eeg', data)
        out.add(f'{name}.vmrk', MARKERS.format(name=name).encode())
        out.add(f'{name}.vhdr', header(name, of), [signal(of, f'{name}.eeg')], warnings)
        out.add(f'{name}.eeg', data, [signal(of, '')], warnings)
        if in_mne:
            check_with_mne(out.path / f'{name}.vhdr', of)
    out.close()


if __name__ == '__main__':
    main()
