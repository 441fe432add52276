#!/usr/bin/python3
"""Writes isf/*.isf as Tektronix' programmer manuals describe them, and isf/manifest.txt.

Debian has no reader of these files: the headers are spelled here the way oscilloscopes of several
families write them, and what they mean is worked out from the same numbers. manifest.py and
signals.py tell the columns of the table.
"""
import numpy as np

from signals import Folder, Signal

DESCR = {'RI': 'i', 'RP': 'u', 'FP': 'f'}

# Word and short form of each statement; a case names the statements that it has.
LONG = {'BYT_NR': 'BYT_N', 'BIT_NR': 'BIT_N', 'ENCDG': 'ENC', 'BN_FMT': 'BN_F', 'BYT_OR': 'BYT_O',
        'NR_PT': 'NR_P', 'WFID': 'WFI', 'PT_FMT': 'PT_F', 'XINCR': 'XIN', 'PT_OFF': 'PT_O',
        'XZERO': 'XZE', 'XUNIT': 'XUN', 'YMULT': 'YMU', 'YZERO': 'YZE', 'YOFF': 'YOF',
        'YUNIT': 'YUN'}


def preamble(fields, prefix, short):
    words = [f'{LONG[key] if short else key} {value}' for key, value in fields.items()]
    return (prefix + ';'.join(words)).encode('latin-1')


def block(data):
    digits = str(len(data))
    return f'#{len(digits)}{digits}'.encode() + data


def case(kind, item_bytes, big, values, prefix=':WFMPRE:', curve=';:CURVE ', short=False, end=b'',
         shape=None, rate=None, **fields):
    """The file's bytes and what is expected of it."""
    order = '>' if big else '<'
    descr = f"{'|' if item_bytes == 1 else order}{DESCR[kind]}{item_bytes}"
    data = np.array(values).astype(f'{order}{DESCR[kind]}{item_bytes}').tobytes()
    head = preamble(dict(BYT_NR=item_bytes, BIT_NR=8 * item_bytes, ENCDG='BIN', BN_FMT=kind,
                         BYT_OR='MSB' if big else 'LSB', NR_PT=len(values), **fields), prefix,
                    short) + curve.encode()
    file = head + block(data) + end
    scale, shift = [], []
    if 'YMULT' in fields:
        scale = [float(fields['YMULT'])]
        shift = [float(fields.get('YZERO', 0)) - float(fields.get('YOFF', 0)) * scale[0]]
    return file, Signal(descr, shape or [len(values)], len(file) - len(data) - len(end),
                          scale=scale, shift=shift, units=fields.get('YUNIT', '').strip('"'),
                          rate=rate)


def volts(**more):
    return dict({'WFID': '"Ch1, DC coupling, 5.000V/div, 10.00us/div, 7 points, Sample mode"',
                 'PT_FMT': 'Y', 'XINCR': '1.0000E-8', 'PT_OFF': '0', 'XZERO': '-2.0E-5',
                 'XUNIT': '"s"', 'YMULT': '7.8125E-4', 'YZERO': '0.5E0', 'YOFF': '1.28E+3',
                 'YUNIT': '"V"'}, **more)


WAVE = [-12544, -12800, 32767, -32768, 0, 1, 258]


def cases():
    """Name, number of warnings, file and expectation."""
    hundred = 1 / float('1.0000E-8')
    yield 'long_ri2', 0, case('RI', 2, True, WAVE, rate=hundred, **volts())
    yield 'short_ri2', 0, case('RI', 2, True, WAVE, prefix=':WFMP:', curve=';:CURV ', short=True,
                               rate=hundred, end=b'\n', **volts())
    yield 'little_rp2', 0, case('RP', 2, False, [0, 1, 65535, 256], prefix='WFMPRE:',
                                curve=';CURVE ', rate=hundred, **volts())
    yield 'outpre_ri1', 0, case('RI', 1, True, [-128, 127, 0], prefix=':WFMOUTPRE:',
                                rate=hundred, **volts(YMULT='4.0E-2', YOFF='-50.0', YZERO='0.0'))
    yield 'rp1', 0, case('RP', 1, False, [0, 255, 7], rate=hundred, **volts())
    yield 'ri4', 0, case('RI', 4, True, [-2**31, 2**31 - 1], rate=hundred, **volts())
    yield 'fp4', 0, case('FP', 4, False, [0.5, -1e30, np.inf], rate=hundred, **volts())
    yield 'envelope', 0, case('RI', 2, True, [-5, 5, -6, 6, -7, 7], shape=[3, 2],
                              **volts(PT_FMT='ENV'))
    yield 'tricky_text', 0, case(
        'RI', 1, True, [35, 35, 59], rate=hundred, end=b';\n',
        **volts(WFID='"Ch1; :CURVE #15 points, ""quoted"", 1 \xb5s/div"'))
    yield 'spectrum', 0, case('RI', 2, True, [1, 2], **volts(XUNIT='"Hz"', YUNIT='"dBm"'))
    yield 'plain', 0, case('RI', 2, True, [1, 2])
    yield 'no_points', 0, case('RI', 2, True, [], rate=hundred, **volts())
    yield 'more_behind', 1, case('RI', 1, True, [1, 2], end=b';:CURVE #12ab', **volts(),
                                 rate=hundred)


def main():
    out = Folder(__file__, 'isf', '.isf')
    for name, warnings, (file, expected) in cases():
        out.add(f'{name}.isf', file, [expected], warnings)
    out.close()


if __name__ == '__main__':
    main()
