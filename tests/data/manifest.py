"""What generators of golden files share: manifest.txt beside the files.

One line an array, tab-separated: file, number of warnings, name, descr as Python writes it, shape,
strides, offset of element [0, ..., 0] in the file, and the FNV-1a (64 bits) of the elements' bytes
in C order.
"""
import pathlib


def fnv1a(data):
    out = 0xcbf29ce484222325
    for byte in data:
        out = (out ^ byte) * 0x100000001b3 % 2**64
    return out


def line(file, warnings, name, descr, shape, strides, offset, elements):
    """`descr` as Python text; `elements`: bytes in C order."""
    return '\t'.join([file, str(warnings), name, descr, repr(tuple(shape)), repr(tuple(strides)),
                      str(offset), str(fnv1a(elements))])


def line_of(file, warnings, name, array, offset):
    """The line of a NumPy array."""
    descr = array.dtype.descr if array.dtype.names else array.dtype.str
    return line(file, warnings, name, repr(descr), array.shape, array.strides, offset,
                array.tobytes())


def fresh_folder(script, name, ending):
    """The folder `name` beside `script`, without its old files."""
    folder = pathlib.Path(script).parent / name
    folder.mkdir(exist_ok=True)
    for old in folder.glob('*' + ending):
        old.unlink()
    return folder


def write(folder, lines):
    (folder / 'manifest.txt').write_text('\n'.join(lines) + '\n', encoding='utf-8')
