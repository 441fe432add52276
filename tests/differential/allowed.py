"""The disagreements with NumPy that quarry's policy wants: these are all.

Every use is counted while cases are made, and the counts are printed at the end of a run. Two
things that are no disagreement are left out of the comparison instead: where an array without
elements begins, and the strides of axes that have fewer than two elements.
"""
import collections

# quarry refuses what NumPy does: the error that quarry owes.
REFUSED = {
    # ndarray.squeeze(0) of a scalar passes for history's sake; there is no axis 0.
    "squeeze(axis=0) of a scalar": "shape mismatch",
    # NumPy reads every negative extent as -1.
    "reshape to an extent of -2": "shape mismatch",
    # Windows of no elements have no use and more positions than the axis.
    "sliding windows of extent 0": "shape mismatch",
    # NumPy invents an array of zeros, which is no view.
    "imag of what is not complex": "type mismatch",
    # numpy.ndarray() checks strides against its buffer, as_strided() nothing: quarry always does.
    "as_strided() outside of the file": "out of bounds",
    # Values are never damaged in silence: NumPy stores whatever the processor makes of NaN, of
    # infinities and of floats out of range, even under safe rules...
    "floats that an integer cannot hold": "out of bounds",
    # ... wraps integers under every rule that allows the cast; quarry under "unsafe" alone ...
    "integers out of range": "out of bounds",
    # ... and wraps moments when the new unit is too fine.
    "moments beyond their new unit": "out of bounds",
    # Casts that quarry does not define: numbers from and to text, long double to other numbers,
    # floats from and to moments, dates from and to durations, units without a fixed relation,
    # opaque bytes of other sizes, records by position, fields that overlap in the target.
    "casts that are not defined": "unsupported",
}

# quarry does what NumPy refuses, does more, or answers otherwise.
DIFFERENT = [
    # A title is a second name wherever a name is taken; NumPy's a[["Title"]] is a KeyError.
    "several fields by title",
    # ndarray.diagonal() is read-only "for now"; quarry's view may be stored to.
    "stores through a diagonal",
    # NumPy allows stores wherever the memory does; quarry not where two indices share a byte.
    "no stores through as_strided() that overlaps itself",
    # numpy.lib.stride_tricks calls gaps f0, f1, ... and fails where a field has that name.
    "windows over records with a field called f1",
    # Saturating casts are quarry's own.
    "clip",
    # Characters behind the end of the target are cut before anyone asks whether they are ASCII.
    "non-ASCII characters that are cut off",
    # Memory is shared where both arrays have a byte; to NumPy items of none lie somewhere, too.
    "shared memory of items of 0 bytes",
]

used = collections.Counter({name: 0 for name in [*REFUSED, *DIFFERENT]})


class Refused(Exception):
    """quarry refuses with the error `code`."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def refuse(name):
    """For a place where the disagreement `name` of REFUSED shows."""
    used[name] += 1
    raise Refused(REFUSED[name])


def differ(name):
    """For a place where the disagreement `name` of DIFFERENT shows."""
    if name not in DIFFERENT:
        raise KeyError(name)
    used[name] += 1
