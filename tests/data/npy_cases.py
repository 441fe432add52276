#!/usr/bin/python3
"""Writes npy_cases.txt: headers of .npy files and what NumPy 1.24 on x86-64 makes of them.

One case a line, tab-separated:
    name, major, minor, header (bytes outside 0x20..0x7e and the backslash as \\xNN),
    NumPy's verdict, quarry's verdict, why they differ (empty if they do not),
    shape, strides (empty if there are no elements), descr
A verdict is accept, refuse, or object (described, but its data is a pickle). Shape, strides and
descr are those of np.load, or of np.load(mmap_mode='r') where only that reads the file; in a
case that names a difference they are what quarry's policy wants (formats/npy/npy.md).
"""
import os
import pathlib
import re
import struct
import tempfile
import warnings

import numpy as np

OUT = pathlib.Path(__file__).parent / 'npy_cases.txt'
MAX_DATA_BYTES = 1 << 20

CASES = []

MARK = '[<>|=]?'
ZERO_BYTES = 'an item of 0 bytes gives nothing to map'
# What quarry's policy wants where it is not what NumPy does. One row: names of cases (a regular
# expression for the whole name), quarry's verdict, why, and what it reads if NumPy reads
# something else.
DIFFERENCES = [
    (r'the key \w+ twice', 'refuse', 'duplicate keys: NumPy takes the last, others the first'),
    (r'shape \(\+2, 3\)', 'refuse', 'catalogue row 33'),
    (r'shape \(-[1-9], .*\)|shape \(-1,\)|shape \(- 2, 3\)', 'refuse', 'a negative extent'),
    (r'shape \(2 L, 3\)', 'refuse', 'no writer puts a blank before the L of Python 2'),
    (r'shape \((1, ){33}\)', 'accept', 'up to 64 axes, as NumPy 2',
     dict(shape=(1,) * 33, strides=(4,) * 33, descr="'<f4'")),
    (r'shape \((1, ){64}\)', 'accept', 'up to 64 axes, as NumPy 2',
     dict(shape=(1,) * 64, strides=(4,) * 64, descr="'<f4'")),
    (rf'type {MARK}[SUV]0?', 'refuse', ZERO_BYTES),
    (r'type name (str|bytes|void|unicode)', 'refuse', ZERO_BYTES),
    (r"record (\[\]|\[\('a', (\[\]|'\|S0'|'<i4', \(0,\))\)\])", 'refuse', ZERO_BYTES),
    (r'descr \{\}', 'refuse', 'a dictionary is no list of fields'),
    (rf'type {MARK}V4294967296', 'refuse', 'NumPy wraps the size to 0'),
    (rf'type {MARK}M8\[0s\]', 'refuse', 'steps of no length'),
    (rf'type {MARK}M8\[(ns/2|s/4)\]', 'refuse', 'NumPy never writes fractions of a unit'),
    (rf'type {MARK}f[ +]4', 'refuse', 'a size in digits is all that is ever written'),
    *((rf'type {re.escape(mark)}{code}', 'accept', 'an extension',
       dict(shape=(2,), strides=(size,), descr=f"'{'>' if mark == '>' else '<'}{code}'"))
      for mark in ('<', '>', '|', '=', '') for code, size in (('i3', 3), ('u3', 3), ('bf16', 2))),
    *((f'type (name )?{name}', 'accept', 'an extension',
       dict(shape=(2,), strides=(size,), descr=f"'<{code}'"))
      for name, code, size in (('int24', 'i3', 3), ('uint24', 'u3', 3), ('bfloat16', 'bf16', 2))),
    (r"record \[\('a', '<i3'\)\]", 'accept', 'an extension',
     dict(shape=(2,), strides=(3,), descr="[('a', '<i3')]")),
    (r'type name (3i4|\(2,3\)f4)', 'refuse', 'np.load fails too, only its mmap_mode reads this'),
    (r"type name i4,\(2,\)f4|record \[\('a', '2i4'\)\]", 'refuse',
     'a shape inside a type string: NumPy never writes it'),
    (r"descr \('<f4', \(1,\)\)", 'accept', 'np.load drops the axis, its mmap_mode keeps it',
     dict(shape=(2, 3, 1))),
    (r"descr \('<f4', 2, 3\)", 'refuse', 'NumPy overlooks the third item'),
    (r"descr \['<f4', (2|\(2,\))\]", 'accept', 'lists serve as tuples',
     dict(shape=(2, 3, 2), descr="'<f4'")),
    (r"descr \('<f4', \(2147483648,\)\)", 'accept', 'the axis belongs to the shape, not the item',
     dict(shape=(2, 3, 2147483648), descr="'<f4'")),
    (r"descr \('\|O', \(2,\)\)", 'object', 'the axis is appended as for other types',
     dict(shape=(2, 3, 2), descr="'|O'")),
    (r"record \[\('a', \('<i4', \(2,\)\), \(3,\)\)\]", 'accept', 'nested subarrays are one',
     dict(descr="[('a', '<i4', (3, 2))]")),
    (r"record \[\('a', \(\('<i4', 2\), 3\), 4\)\]", 'accept', 'nested subarrays are one',
     dict(descr="[('a', '<i4', (4, 3, 2))]")),
    (r"record \[\('a', '<i4', \(2, 3\)\), \('b', .*\)\]", 'accept', 'nested subarrays are one',
     dict(descr="[('a', '<i4', (2, 3)), ('b', '<f4', (3, 2))]")),
    *((re.escape(f'record {given}'), 'accept', 'a field needs a name: f and its position',
       dict(shape=(2,), descr=read))
      for given, read in (
          ("[('', '<i4')]", "[('f0', '<i4')]"),
          ("[('a', '<i4'), ('', '<i4')]", "[('a', '<i4'), ('f1', '<i4')]"),
          ("[('', [('x', '<i4')]), ('a', '<i4')]", "[('f0', [('x', '<i4')]), ('a', '<i4')]"),
          ("[('f0', '<i4'), ('', '<i4')]", "[('f0', '<i4'), ('f1', '<i4')]"),
          ("[('', '<i4'), ('', '<f4')]", "[('f0', '<i4'), ('f1', '<f4')]"),
          ("[(('t', ''), '<i4')]", "[(('t', 'f0'), '<i4')]"),
          ("[(('', ''), '|V4'), ('b', '|u1')]", "[('f0', '|V4'), ('b', '|u1')]"))),
    (re.escape("record [('f1', '<i4'), ('', '<i4')]"), 'refuse', 'two fields called f1'),
    (re.escape("record [(('', 'a'), '<i4')]"), 'accept', 'an empty title is none',
     dict(descr="[('a', '<i4')]")),
    (re.escape("record [((1, 'a'), '<i4')]"), 'refuse', 'a title is a text'),
    (re.escape("record [(['t', 'a'], '<i4')]"), 'accept', 'lists serve as tuples',
     dict(shape=(2,), strides=(4,), descr="[(('t', 'a'), '<i4')]")),
    (r'a record of (9|12) levels', 'refuse', 'records nest up to 8 deep'),
]


def difference_name(name):
    """The name of a case without its version and order."""
    return re.sub(r' in (version \d|Fortran order)$', '', name)


def difference(name):
    """Quarry's verdict, why, and what it reads, from DIFFERENCES; nothing where NumPy is right."""
    name = difference_name(name)
    found = [row for row in DIFFERENCES if re.fullmatch(row[0], name)]
    assert len(found) < 2, (name, found)
    return (*found[0][1:], {})[:3] if found else (None, '', {})


def case(name, header, version=(1, 0)):
    if isinstance(header, str):
        header = header.encode('utf8' if version == (3, 0) else 'latin1')
    CASES.append((name, version, header, *difference(name)))


def text(descr="'<f4'", order='False', shape='(2, 3)'):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def each_version(name, header):
    for major in (1, 2, 3):
        case(f'{name} in version {major}', header, (major, 0))


def dictionary_cases():
    plain = text()
    rows = {
        'the usual header': plain + ' ' * 20 + '\n',
        'no newline at the end': plain + ' ' * 20,
        'no padding at all': plain,
        'two newlines': plain + '\n\n',
        'carriage return and newline': plain + '\r\n',
        'tabs as padding': plain + '\t\t\n',
        'form feed as padding': plain + '\f\n',
        'vertical tab as padding': plain + '\v\n',
        'NULs as padding': plain + '\0\0\0\n',
        'a NUL behind the newline': plain + '\n\0',
        'a NUL in front': '\0' + plain + '\n',
        'a control byte as padding': plain + '\x01\n',
        'blanks in front': '   ' + plain + '\n',
        'a tab in front': '\t' + plain + '\n',
        'a comment at the end': plain + ' # a comment\n',
        'a comment without newline': plain + ' # a comment',
        'a comment inside': "{'descr': '<f4', # type\n 'fortran_order': False, 'shape': (2, 3)}\n",
        'no trailing comma': "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'two trailing commas': "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3),,}\n",
        'a missing comma': "{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3)}\n",
        'a missing colon': "{'descr' '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'no closing brace': "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)\n",
        'the wrong closing bracket': "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)]\n",
        'no blanks': "{'descr':'<f4','fortran_order':False,'shape':(2,3)}\n",
        'many blanks': "{ 'descr' : '<f4' ,  'fortran_order' : False , 'shape' : ( 2 , 3 ) }\n",
        'newlines inside': "{'descr': '<f4',\n'fortran_order': False,\n'shape': (2,\n3)}\n",
        'tabs inside': "{'descr':\t'<f4',\t'fortran_order': False,\t'shape': (2, 3)}\n",
        'double quotes': '{"descr": "<f4", "fortran_order": False, "shape": (2, 3)}\n',
        'triple quotes': "{'''descr''': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'u prefixes': "{u'descr': u'<f4', u'fortran_order': False, u'shape': (2, 3)}\n",
        'r prefix': "{r'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'f prefix': "{f'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'ur prefix': "{ur'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'escapes': "{'\\x64escr': '\\074f4', 'fortran_order': False, 'sh\\u0061pe': (2, 3)}\n",
        'adjacent strings': "{'de' 'scr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'brackets around it': '(' + plain + ')\n',
        'two dictionaries': plain + plain + '\n',
        'text behind it': plain + ' x\n',
        'a comma behind it': plain + ',\n',
        'a bracket behind it': plain + ')\n',
        'a semicolon behind it': plain + ';\n',
        'keys in another order': "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': False}\n",
        'an extra key': "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}\n",
        'no descr': "{'fortran_order': False, 'shape': (2, 3)}\n",
        'no fortran_order': "{'descr': '<f4', 'shape': (2, 3)}\n",
        'no shape': "{'descr': '<f4', 'fortran_order': False}\n",
        'bytes as key': "{b'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'a key in capitals': "{'Descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'a number as key': "{1: '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'a list as key': "{['descr']: '<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'an empty dictionary': '{}\n',
        'an empty header': '',
        'a blank header': '      \n',
        'a list': "['<f4', False, (2, 3)]\n",
        'a tuple of pairs': "(('descr', '<f4'), ('fortran_order', False), ('shape', (2, 3)))\n",
        'a set': "{'descr', 'fortran_order', 'shape'}\n",
        'a string': "'descr'\n",
        'a call': "dict(descr='<f4', fortran_order=False, shape=(2, 3))\n",
        'JSON': '{"descr": "<f4", "fortran_order": false, "shape": [2, 3]}\n',
        'a line continuation': "{'descr': \\\n'<f4', 'fortran_order': False, 'shape': (2, 3)}\n",
        'deep brackets': '(' * 1000 + '\n',
        'deep closed brackets': '(' * 90 + '1' + ')' * 90 + '\n',
        'a string that does not end': "{'descr': '<f4\n",
    }
    for name, header in rows.items():
        each_version(name, header)
    for key, value in (('descr', "'<f8'"), ('fortran_order', 'True'), ('shape', '(1, 2)')):
        each_version(f'the key {key} twice', plain[:-1] + f"'{key}': {value}}}\n")


def shape_cases():
    shapes = [
        '()', '(5,)', '(0,)', '(1,)', '(0, 3)', '(3, 0, 2)', '(1, 1, 1)', '(2, 3, 4)', '(2, 3,)',
        '( 2,3 )', '((2, 3))', '(0x10,)', '(0X1f,)', '(0o17,)', '(0b11,)', '(1_0,)', '(1_000, 0)',
        '(0x_f,)', '(00, 2)', '(0_0,)',
        '(007,)', '(010,)', '(1__0,)', '(1_,)', '(_1,)', '(0x,)', '(0xg,)', '(0b2,)', '(0o8,)',
        '(+2, 3)', '(2+2, 3)', '(1+1j,)', '(2*3,)', '(-2, 2)', '(-2, -2)', '(- 2, 3)', '(-0, 3)',
        '(-1,)', '(--2,)', '(~2,)',
        '(2.0, 3)', '(2., 3)', '(2e0, 3)', "('2', 3)", '(None, 3)', '(True, 2)', '(2, True)',
        '(False,)', '((2,), 3)', '([2], 3)', "(b'2',)", '(2j,)',
        '[2, 3]', '5', '(5)', '10', "'(2, 3)'", "'2'", 'None', 'True', '{2, 3}', '{}', '(2, 3',
        '(2 3)', '(,)', '(2,,3)', '2, 3', '(2; 3)', '(...,)',
        '(np.int64(1), 2)', '(numpy.int64(1),)', 'array(100)', '(int(2),)', '(x,)', '(inf,)',
        '(2l, 3)', '(2L, 3L)', '(2L,)', '(0x10L,)', '(2LL, 3)', '(L, 3)', '(2 L, 3)', '(2.0L,)',
        '(9223372036854775807, 0)', '(9223372036854775808,)', '(18446744073709551616, 0)',
        '(0, 9223372036854775807, 3)', '(0, 9223372036854775807)', '(4294967296, 4294967296)',
        '(4194305, 4194305, 211106198978564)', '(2305843009213693952,)', '(0, 2305843009213693952)',
        '(0, 2305843009213693951)', '(9223372036854775807,)', '(2,621, 401)', '(2,1, 3)',
        '(' + '1, ' * 32 + ')', '(' + '1, ' * 33 + ')', '(' + '1, ' * 64 + ')',
        '(' + '1, ' * 65 + ')', '(' + '2, ' * 10 + ')',
    ]
    for shape in shapes:
        for major in (1, 2, 3):
            case(f'shape {shape} in version {major}', text(shape=shape) + '\n', (major, 0))
        case(f'shape {shape} in Fortran order', text(shape=shape, order='True') + '\n')


def order_cases():
    for order in ['True', 'False', '1', '0', "'False'", "'C'", 'None', 'true', 'TRUE', '1.0',
                  '(True,)', '(True)', '[]', 'not True', 'True and False', 'not_a_name']:
        each_version(f'fortran_order {order}', text(order=order) + '\n')


def simple_type_cases():
    codes = ['b1', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8', 'f16', 'c8',
             'c16', 'c32', 'S1', 'S5', 'U1', 'U3', 'V1', 'V7', 'M8', 'm8', 'M8[ns]', 'm8[25us]',
             'M8[10ns]', 'M8[D]', 'M8[25s]', 'a5', 'O', 'O8', 'S0', 'U0', 'V0', 'S', 'U', 'V',
             'i3', 'u3', 'f3', 'i5', 'b8', 'b2', 'f1', 'f', 'd', '?', 'l', 'L', 'q', 'e', 'g', 'G',
             'c', 'b', 'B', 'h', 'H', 'i', 'I', 'F', 'D', 'p', 'P', 'm', 'M', 'i0', 'f0', 'c4',
             'i16', 'u16', 'f32', 'c64', 'O4', 'O16', 'M4', 'm8[zz]', 'M8[', 'M8[]', 'M8[ns', 'M8ns',
             'M8[0s]', 'M8[-1s]', 'M8[generic]', 'M8[ns/2]', 'M8[s/4]', 'M8[Y]', 'M8[2147483647s]',
             'M8[2147483648s]', 'x4', 'ixy', 'f 4', 'f4 ', ' f4', 'f4x', 'f-4', 'f+4', 'f4.0',
             'V4294967296', 'U536870912', 'U536870911', 'S2147483647', 'S2147483648', 'i04',
             'S05', 'bf16', 'bfloat16', 'n4', 't4']
    for code in codes:
        for mark in ('<', '>', '|', '=', ''):
            case(f'type {mark}{code}', text(f"'{mark}{code}'", shape='(2,)') + '\n')
    names = ['bool', 'bool_', 'bool8', 'int', 'int_', 'int8', 'int16', 'int32', 'int64', 'intp',
             'intc', 'uint', 'uint8', 'uint16', 'uint32', 'uint64', 'float', 'float16', 'float32',
             'float64', 'float128', 'double', 'single', 'half', 'longdouble', 'complex',
             'complex64', 'complex128', 'str', 'bytes', 'object', 'void', 'datetime64',
             'timedelta64', 'datetime64[ns]', 'timedelta64[25s]', 'long', 'short', 'byte', 'char',
             'unicode', 'Float64', 'FLOAT', 'int128', 'string', 'np.float32', 'numpy.float64',
             'int24', 'uint24', '', '<', '>', '|', '=', '!f4', '@f4', '<<f4', '<>f4', '<float32',
             '>int', 'f4,f4', 'i8,f4', 'i8, f4', '3i4', '(2,3)f4', 'i4,(2,)f4', 'f4,', ',f4', ',',
             '3f4,>i2', '1f4,i2', 'f4,f4,', '\\u03bc', 'M8[\\u03bcs]']
    for name in names:
        case(f'type name {name}', text(f"'{name}'", shape='(2,)') + '\n')
    for value in ["b'<f4'", '4', 'None', 'True', '()', '{}', '(1, 2)', "('<f4',)", 'f4', '<f4',
                  "{'names': ['a'], 'formats': ['<f4']}", "('<f4', 2)", "('<f4', (2,))",
                  "('<f4', (2, 3))", "('<f4', ())", "('<f4', 1)", "('<f4', (1,))", "('<f4', [2])",
                  "('<f4', (0,))", "('<f4', (-1,))", "('<f4', '2')", "(('<f4', (2,)), (3,))",
                  "('|O', {'vlen': '<f4'})", "('<f4', {'a': 1})", "('<f4', (2.0,))",
                  "('<f4', 2, 3)", "['<f4', (2,)]", "['<f4', 2]", "['<f4', '<f4']", "['<f4']",
                  "('<f4', (2147483648,))", "('|O', (2,))"]:
        case(f'descr {value}', text(value, shape='(2, 3)') + '\n')
        case(f'descr {value} in Fortran order', text(value, 'True', '(2, 3)') + '\n')


def record_cases():
    records = [
        "[('a', '<i4')]", "[('a', '<i4'), ('b', '>f8')]", "[['a', '<i4']]", "[('a', '<i4'),]",
        "[('a', '<i4', (2,))]", "[('a', '<i4', 2)]", "[('a', '<i4', [2, 3])]", "[('a', '<i4', ())]",
        "[('a', '<i4', (1,))]", "[('a', '<i4', 1)]", "[('a', '<i4', (0,)), ('b', '|u1')]",
        "[('a', '<i4', (0,))]", "[('a', '<i4', (-1,))]", "[('a', '<i4', (2.0,))]",
        "[('a', '<i4', None)]", "[('a', '<i4', '2')]", "[('a', '<i4', True)]",
        "[('a', '<i4', (True,))]",
        "[('a', ('<i4', (2,)))]", "[('a', ('<i4', (2,)), (3,))]", "[('a', (('<i4', 2), 3), 4)]",
        "[('a', [('b', '<i4'), ('c', '|S3')])]", "[('a', [('b', '<i4')], (2,))]",
        "[('a', '|i1'), ('', '|V3'), ('b', '<i4')]", "[('', '|V4')]", "[('', '|V4'), ('a', '<i4')]",
        "[('', '<i4')]", "[('a', '<i4'), ('', '<i4')]", "[('', '|V4', (2,)), ('a', '<i4')]",
        "[('', '<i4', (2,)), ('a', '<i4')]", "[('', [('x', '<i4')]), ('a', '<i4')]",
        "[]", "[()]", "[('a',)]", "[('a', '<i4', (2,), 1)]", "['a']", "[1]", "[None]",
        "[('a', '<i4'), ('a', '<f4')]", "[('a', '<i4'), 1]", "[(1, '<i4')]", "[(None, '<i4')]",
        "[(b'a', '<i4')]", "[('a', 4)]", "[('a', None)]", "[('a', '')]", "[('a', 'zz')]",
        "[(('title', 'a'), '<i4')]", "[((None, 'a'), '<i4')]", "[(('a', 'a'), '<i4')]",
        "[(('b', 'a'), '<i4'), ('b', '<i4')]", "[(('t', 'a'), '<i4'), (('t', 'b'), '<i4')]",
        "[(('', 'a'), '<i4')]", "[((1, 'a'), '<i4')]", "[(['t', 'a'], '<i4')]",
        "[(('t', 'a', 'x'), '<i4')]", "[(('t', ''), '<i4')]", "[(('', ''), '|V4'), ('b', '|u1')]",
        "[('a', '|O')]", "[('a', '<i4'), ('b', [('c', '|O')])]", "[('a', '|O', (2,))]",
        "[('a', ('|O', {'vlen': 1}))]", "[('a', {'names': ['b'], 'formats': ['<i4']})]",
        "[('a', '|S0')]", "[('a', '|S0'), ('b', '<i4')]", "[('a', 'f8')]", "[('a', 'int')]",
        "[('a', '|f8')]", "[('a', '<M8[ns]'), ('b', '>m8[3h]')]", "[('a b', '<i4')]",
        "[(\"it's\", '<i4')]", "[('a', 'i4,f4')]", "[('a', '2i4')]", "[('a', '|V2147483647')]",
        "[('a', '|V2147483647'), ('b', '|V1')]", "[('a', '<i4', (2147483647,))]",
        "[('f0', '<i4'), ('', '<i4')]", "[('', '<i4'), ('', '<f4')]", "[('f1', '<i4'), ('', '<i4')]",
        "(('a', '<i4'), ('b', '<f4'))", "[[('a', '<i4')]]", "[('a', [])]", "[('a', []), ('b', '|u1')]",
        "[('a', '<i4', (2, 3)), ('b', ('<f4', (2,)), 3)]", "[('\\x00', '<i4')]",
        "[('a\\nb', '<i4')]", "[('\\u6e29', '<i4')]", "[('.', '<i4')]", "[('a', '<i3')]",
    ]
    for descr in records:
        case(f'record {descr}', text(descr, shape='(2,)') + '\n')
    for depth in (2, 7, 8, 9, 12):
        descr = "'<i4'"
        for _ in range(depth):
            descr = f"[('a', {descr})]"
        case(f'a record of {depth} levels', text(descr, shape='(2,)') + '\n')
    for descr in ["[('a', '<i4'), ('b', '>f8')]", "[('a', '|i1'), ('', '|V3'), ('b', '<i4')]"]:
        case(f'record {descr} in Fortran order', text(descr, 'True') + '\n')


def encoding_cases():
    for major in (1, 2):
        case(f'latin-1 in version {major}', text("[('\u00e9t\u00e9', '<f4')]") + '\n', (major, 0))
        case(f'UTF-8 in version {major} is read as latin-1',
             text("[('\u6e29', '<f4')]").encode() + b'\n', (major, 0))
        case(f'the control codes of latin-1 in version {major}',
             text("[('\x80\x9f', '<f4')]") + '\n', (major, 0))
    case('UTF-8 in version 3', text("[('\u6e29\U0001f600', '<f4')]") + '\n', (3, 0))
    broken = {'a lone continuation': b'\x80', 'a byte that is never used': b'\xff',
              'an overlong form': b'\xc0\xaf', 'a surrogate': b'\xed\xa0\x80',
              'beyond Unicode': b'\xf4\x90\x80\x80', 'a cut character': b'\xe6\xb8'}
    for name, raw in broken.items():
        head, tail = text("[('@', '<f4')]").encode().split(b'@')
        case(f'{name} in version 3', head + raw + tail + b'\n', (3, 0))
        case(f'{name} in a comment in version 3', text().encode() + b' # ' + raw + b'\n', (3, 0))
        case(f'{name} in version 1', head + raw + tail + b'\n')
    case('a byte order mark in version 3', b'\xef\xbb\xbf' + text().encode() + b'\n', (3, 0))
    case('a no-break space as padding in version 1', text() + '\u00a0\n')
    case('a name in latin-1 outside quotes', text().replace('False', '\u00e9') + '\n')


def version_cases():
    for version in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0), (0, 1),
                    (255, 255)]:
        case(f'version {version[0]}.{version[1]}', text() + '\n', version)


def escaped(raw):
    return ''.join(chr(b) if 0x20 <= b < 0x7f and b != 0x5c else f'\\x{b:02x}' for b in raw)


def packed(version, header):
    return (b'\x93NUMPY' + bytes(version)
            + struct.pack('<H' if version[0] < 2 else '<I', len(header)) + header)


def numpys(version, header, path):
    """NumPy's verdict on a file with that header and as much data as it describes."""
    head = packed(version, header)
    path.write_bytes(head)
    try:
        with path.open('rb') as stream:
            found = np.lib.format.read_magic(stream)
            np.lib.format._check_version(found)
            shape, _, dtype = np.lib.format._read_array_header(stream, found)
        if dtype.hasobject:
            return ('object', shape, None, dtype)
        bytes_needed = dtype.itemsize
        for extent in shape:
            bytes_needed *= extent
        if 0 < bytes_needed <= MAX_DATA_BYTES:
            path.write_bytes(head + bytes(bytes_needed))
        elif bytes_needed > 0:
            os.truncate(path, min(len(head) + bytes_needed, 2**43))
            array = np.load(path, mmap_mode='r')
            return ('accept', array.shape, array.strides, array.dtype)
        try:
            array = np.load(path)
        except Exception:
            if not dtype.subdtype:
                raise
            array = np.load(path, mmap_mode='r')
    except Exception:
        return ('refuse', None, None, None)
    return ('accept', array.shape, array.strides if array.size else None, array.dtype)


def line(name, version, header, ours, why, result, path):
    verdict, shape, strides, dtype = numpys(version, header, path)
    descr = None
    if dtype is not None:
        descr = repr(np.lib.format.dtype_to_descr(dtype))
    ours = ours or verdict
    if 'shape' in result:
        shape, strides = result['shape'], None
    strides = result.get('strides', strides)
    descr = result.get('descr', descr)
    if ours == 'refuse':
        shape = strides = descr = None
    show = lambda value: '' if value is None else str(value)
    name = name.encode('unicode_escape').decode()
    return '\t'.join([name, str(version[0]), str(version[1]), escaped(header), verdict, ours, why,
                      show(shape), show(strides), show(descr)])


def main():
    assert np.__version__.startswith('1.24.'), np.__version__
    dictionary_cases()
    shape_cases()
    order_cases()
    simple_type_cases()
    record_cases()
    encoding_cases()
    version_cases()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter('ignore')
        path = pathlib.Path(folder) / 'case.npy'
        lines = [line(*each, path) for each in CASES]
    names = [difference_name(each[0]) for each in CASES]
    for row in DIFFERENCES:
        assert any(re.fullmatch(row[0], name) for name in names), f'no case for {row[0]}'
    OUT.write_text('\n'.join(lines) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
