"""What generators of recordings add to the lines of manifest.py: what the stored numbers mean.

Five more columns: scales and offsets (numbers with commas between them, none where there is no
scaling), units, sample rate, and the file that has the data if it is another one.
"""
import dataclasses
import itertools

import manifest


def c_strides(shape, item_bytes):
    out = []
    for extent in reversed(shape):
        out.insert(0, item_bytes)
        item_bytes *= max(extent, 1)
    return out


@dataclasses.dataclass
class Signal:
    """What a reader should make of one array of a file."""
    descr: str
    shape: list
    offset: int
    name: str = ''
    strides: list = None
    item_bytes: int = 0
    scale: list = ()
    shift: list = ()
    units: str = ''
    rate: float = None
    data_file: str = ''

    def __post_init__(self):
        if not self.item_bytes:
            self.item_bytes = int(self.descr[2:])
        if self.strides is None:
            self.strides = c_strides(self.shape, self.item_bytes)

    def elements(self, data):
        """Their bytes in C order."""
        out = []
        for index in itertools.product(*map(range, self.shape)):
            at = self.offset + sum(i * stride for i, stride in zip(index, self.strides))
            assert at + self.item_bytes <= len(data)
            out.append(data[at:at + self.item_bytes])
        return b''.join(out)

    def line(self, file, warnings, data):
        def numbers(values):
            return ','.join(repr(float(each)) for each in values)

        descr = self.descr if self.descr.startswith('[') else repr(self.descr)
        return '\t'.join([
            manifest.line(file, warnings, self.name, descr, self.shape, self.strides, self.offset,
                          self.elements(data)),
            numbers(self.scale), numbers(self.shift), self.units,
            '' if self.rate is None else repr(float(self.rate)), self.data_file])


class Folder:
    """The files of one format and their manifest, made anew."""

    def __init__(self, script, name, ending):
        self.path = manifest.fresh_folder(script, name, ending)
        self.lines = []

    def add(self, name, content, signals=(), warnings=0):
        """A file and what is expected of it; data files come before those that name them."""
        (self.path / name).write_bytes(content)
        for each in signals:
            data = (self.path / each.data_file).read_bytes() if each.data_file else content
            self.lines.append(each.line(name, warnings, data))

    def close(self):
        manifest.write(self.path, self.lines)
