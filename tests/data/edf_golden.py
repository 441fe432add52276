#!/usr/bin/python3
"""Writes edf/*.edf and edf/*.bdf from the specifications of EDF, EDF+ and BDF, and their table.

MNE reads every file that it can, and must find the same physical values. manifest.py and signals.py
tell the columns of the table. Needs Debian's python3-mne.
"""
import mne
import numpy as np

from signals import Folder, Signal

FACTORS = {'uV': 1e-6, '\xb5V': 1e-6, 'mV': 1e-3}  # MNE gives volts


def channel(label, samples, units='uV', physical=(-3276.8, 3276.7), digital=(-32768, 32767),
            transducer='', prefilter='', seed=1, text=None):
    return {'label': label, 'samples': samples, 'units': units, 'physical': physical,
            'digital': digital, 'transducer': transducer, 'prefilter': prefilter, 'seed': seed,
            'text': text}


def padded(text, width, fill=' '):
    text = str(text)
    assert len(text) <= width, text
    return text.ljust(width, fill).encode('latin-1')


def header(channels, records, seconds, reserved, bdf, fill):
    start = b'\xffBIOSEMI' if bdf else padded('0', 8)
    start += padded('X X X X', 80, fill) + padded('Startdate 02-MAR-2024 X X X', 80, fill)
    start += padded('02.03.24', 8) + padded('10.20.30', 8) + padded(256 * (len(channels) + 1), 8, fill)
    start += padded(reserved, 44, fill) + padded(records, 8, fill) + padded(seconds, 8, fill)
    start += padded(len(channels), 4, fill)
    for key, width in (('label', 16), ('transducer', 80), ('units', 8)):
        start += b''.join(padded(each[key], width, fill) for each in channels)
    for key in ('physical', 'digital'):
        for i in range(2):
            start += b''.join(padded(each[key][i], 8, fill) for each in channels)
    start += b''.join(padded(each['prefilter'], 80, fill) for each in channels)
    start += b''.join(padded(each['samples'], 8, fill) for each in channels)
    return start + padded('', 32 * len(channels), fill)


def raw_values(each, records, bits):
    """(records, samples) integers over the whole range of the type."""
    generator = np.random.RandomState(each['seed'])
    limit = 2**(bits - 1)
    return generator.randint(-limit, limit, (records, each['samples']))


def record_bytes(each, values, bits, record):
    if each['text'] is not None:
        return each['text'](record).encode().ljust(each['samples'] * bits // 8, b'\0')
    return b''.join(int(v).to_bytes(bits // 8, 'little', signed=True) for v in values[record])


def meaning(each):
    low, high = each['physical']
    from_, to = each['digital']
    if isinstance(from_, str) or isinstance(low, str) or to == from_ or low == high:
        return [], []
    scale = (high - low) / (to - from_)
    return [scale], [low - from_ * scale]


def case(channels, records=3, seconds=2, reserved='', bdf=False, fill=' ', names=None, end=b'',
         said=None):
    """The file's bytes and what is expected of it."""
    bits = 24 if bdf else 16
    values = [raw_values(each, records, bits) for each in channels]
    file = header(channels, records if said is None else said, seconds, reserved, bdf, fill)
    start = len(file)
    stride = bits // 8 * sum(each['samples'] for each in channels)
    for record in range(records):
        for each, raw in zip(channels, values):
            file += record_bytes(each, raw, bits, record)
    found = []
    offset = start
    for i, each in enumerate(channels):
        size = each['samples'] * bits // 8
        common = {'name': names[i] if names else each['label'],
                  'units': each['units'], 'rate': each['samples'] / seconds if seconds else None}
        if each['text'] is not None:
            found.append(Signal('|u1', [records, size], offset, strides=[stride, 1], **common))
        else:
            scale, shift = meaning(each)
            found.append(Signal(f'<i{bits // 8}', [records, each['samples']], offset,
                                strides=[stride, bits // 8], scale=scale, shift=shift, **common))
        offset += size if records else 0
    return file + end, found, channels, values


def onset(record):
    return f'+{2 * record}\x14\x14\0+{2 * record}.5\x14mark {record}\x14\0'


MARKS = dict(units='', physical=(-1, 1), text=onset)
THREE = [channel('EEG Fpz-Cz', 8, transducer='AgAgCl electrode', prefilter='HP:0.1Hz LP:75Hz'),
         channel('ECG', 4, 'mV', (-5, 5), (-2048, 2047), seed=2),
         channel('Temp', 1, 'degC', (30.25, 40.5), (0, 4095), seed=3)]


def cases():
    """Name, number of warnings, whether MNE reads it, and the case."""
    yield 'plain.edf', 0, True, case(THREE)
    yield 'plain.bdf', 0, True, case([channel('A1', 8, physical=(-262144, 262143),
                                              digital=(-8388608, 8388607)),
                                      channel('A2', 8, physical=(-262144, 262143),
                                              digital=(-8388608, 8388607), seed=2)],
                                     reserved='24BIT', bdf=True)
    yield 'duplicates.edf', 0, True, case([channel('EEG', 4), channel('EEG', 4, seed=2),
                                           channel('EEG', 4, seed=3)],
                                          names=['EEG', 'EEG#2', 'EEG#3'])
    yield 'marks.edf', 0, True, case([channel('EEG', 8), channel('EDF Annotations', 20, **MARKS)],
                                     reserved='EDF+C')
    yield 'gaps.edf', 0, False, case([channel('EEG', 8), channel('EDF Annotations', 20, **MARKS)],
                                     reserved='EDF+D')
    yield 'marks.bdf', 0, True, case([channel('EEG', 8), channel('BDF Annotations', 20, **MARKS)],
                                     reserved='BDF+C', bdf=True)
    yield 'latin.edf', 0, True, case([channel('EEG', 4, '\xb5V')])
    yield 'upside_down.edf', 0, True, case([channel('EEG', 4, physical=(100, -100))])
    yield 'nuls.edf', 0, False, case(THREE, fill='\0')
    yield 'unknown_length.edf', 1, True, case(THREE, said=-1)
    yield 'unknown_rest.edf', 2, False, case(THREE, said=-1, end=b'cut off')
    yield 'more_behind.edf', 1, False, case(THREE, end=b'more')
    yield 'same_limits.edf', 1, False, case([channel('EEG', 4, digital=(0, 0))])
    yield 'no_limits.edf', 1, False, case([channel('EEG', 4, physical=('1,5', 'n/a'))])
    yield 'no_records.edf', 0, False, case(THREE, records=0)
    yield 'no_samples.edf', 0, False, case([channel('EEG', 4), channel('off', 0)])
    yield 'no_duration.edf', 0, False, case([channel('EEG', 4)], seconds=0)
    yield 'no_label.edf', 0, False, case([channel('', 4)], names=['signal0'])


def check_with_mne(path, channels, values):
    """Each channel alone, for MNE resamples those with fewer samples than others."""
    read = mne.io.read_raw_bdf if path.suffix == '.bdf' else mne.io.read_raw_edf
    whole = read(path, verbose='error')
    signals = [pair for pair in zip(channels, values) if pair[0]['text'] is None]
    assert len(whole.ch_names) == len(signals)
    for i, (each, raw) in enumerate(signals):
        rest = whole.ch_names[:i] + whole.ch_names[i + 1:]
        labels = [other['label'] for other, _ in signals]
        if len(set(labels)) < len(labels):
            found = whole.get_data()[i]
        else:
            found = read(path, exclude=rest, verbose='error').get_data()[0]
        (scale,), (shift,) = meaning(each)
        expected = (raw.ravel() * scale + shift) * FACTORS.get(each['units'], 1)
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-15), (path, each['label'])


def main():
    out = Folder(__file__, 'edf', '.[eb]df')
    for name, warnings, in_mne, (file, expected, channels, values) in cases():
        out.add(name, file, expected, warnings)
        if in_mne:
            check_with_mne(out.path / name, channels, values)
    out.close()


if __name__ == '__main__':
    main()
