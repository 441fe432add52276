#!/usr/bin/env bash
# Runs the example programs on a real recording and checks what they print and write with NumPy;
# checks that the README shows examples/cut.cpp as it is.
set -euo pipefail
cut=$1 records=$2 log=$3 readme=$4 source=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp /usr/share/matplotlib/mpl-data/sample_data/eeg.dat "$work"

printed=$("$cut" "$work/eeg.dat" "$work/channel.npy")
/usr/bin/python3 - "$work" "$printed" <<'PYTHON'
import sys
import numpy as np
work, printed = sys.argv[1:]
expected = np.fromfile(work + "/eeg.dat", "<f8").reshape(-1, 4)[100:200, 2]
written = np.load(work + "/channel.npy")
assert written.dtype == np.dtype(">f8"), written.dtype
assert np.array_equal(written, expected)
assert abs(float(printed) - expected.sum()) < 1e-4, printed
PYTHON

[ "$("$records" "$work/trades.npy")" = "0 100 200 1" ]
/usr/bin/python3 - "$work/trades.npy" <<'PYTHON'
import sys
import numpy as np
trades = np.load(sys.argv[1])
assert trades.dtype == np.dtype([("time", ">f8"), ("size", "<u4"), ("venue", "S4")]), trades.dtype
assert trades["venue"].tolist() == [b"XNYS"] * 3
PYTHON

"$log" "$work/log.npy"
"$log" --follow "$work/log.npy" > "$work/followed" &
follower=$!
"$log" "$work/log.npy"
wait "$follower"
[ "$(cat "$work/followed")" = "$(printf '%s\n' '0 0' '1 0.5' '2 1' '0 0' '1 0.5' '2 1')" ]
/usr/bin/python3 -c 'import sys, numpy as np; assert np.load(sys.argv[1]).shape == (6, 2)' "$work/log.npy"

# The body of main() stands in the README, line for line.
/usr/bin/python3 - "$readme" "$source" <<'PYTHON'
import sys
readme, source = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
body = source[source.index("  const quarry::array eeg"):source.rindex("}")]
assert all(line.strip() in readme for line in body.splitlines()), "README and examples/cut.cpp differ"
PYTHON
