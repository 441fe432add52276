#!/usr/bin/python3
"""Recordings of instruments through the command: values beside MNE's where it reads the format, else
beside those that the file was made of."""
import os
import shutil
import unittest

import mne
import numpy as np

from command import BAD_DATA, NO_INPUT, CommandTest

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")


class RecordingTest(CommandTest):
    def golden(self, folder, name):
        return shutil.copy(os.path.join(DATA, folder, name), self.path(name))

    def described(self, source):
        """What info says of the array."""
        array, = self.info(source)["arrays"]
        return array

    def values(self, source):
        """What the file says that its numbers mean."""
        self.quarry("convert", source, "--physical", "-o", "volts.npy", "--force")
        return self.load("volts.npy")


class EdfTest(RecordingTest):
    def check(self, name, factors):
        """Each signal alone: MNE resamples those with fewer samples than others."""
        path = self.golden("edf", name)
        read = mne.io.read_raw_bdf if name.endswith(".bdf") else mne.io.read_raw_edf
        names = read(path, verbose="error").ch_names
        self.assertEqual(names, list(factors))
        for each, factor in factors.items():
            rest = [other for other in names if other != each]
            expected = read(path, exclude=rest, verbose="error")
            found = self.values(f"{name}::{each}")
            np.testing.assert_allclose(found.ravel() * factor, expected.get_data()[0], rtol=1e-12,
                                       atol=1e-15)
            self.assertEqual(self.described(f"{name}::{each}")["attributes"]["sample_rate"],
                             expected.info["sfreq"])

    def test_signals_of_several_rates(self):
        self.check("plain.edf", {"EEG Fpz-Cz": 1e-6, "ECG": 1e-3, "Temp": 1})

    def test_samples_of_three_bytes(self):
        self.check("plain.bdf", {"A1": 1e-6, "A2": 1e-6})

    def test_signals_beside_annotations(self):
        self.check("marks.edf", {"EEG": 1e-6})
        self.check("marks.bdf", {"EEG": 1e-6})

    def test_annotations_are_text(self):
        path = self.golden("edf", "marks.edf")
        self.quarry("slice", "marks.edf::EDF Annotations", "...", "-o", "text.npy")
        marks = self.load("text.npy").tobytes()
        for each in mne.io.read_raw_edf(path, verbose="error").annotations:
            self.assertIn(f"+{each['onset']:g}\x14{each['description']}\x14".encode(), marks)

    def test_a_short_file_says_by_how_much(self):
        self.golden("edf", "plain.edf")
        self.write("short.edf", self.read("plain.edf")[:-5])  # of 26 bytes of a record
        self.fails(BAD_DATA, "info", "short.edf", says="3 are missing")  # to the first signal
        run = self.finished("print", "--allow-prefix", "short.edf::Temp")
        self.assertEqual(run.stdout.count(b"\n"), 2)
        self.assertIn(b"5 are missing", run.stderr)


class BrainVisionTest(RecordingTest):
    def recording(self, name):
        """The array by its header, with channels first, and MNE's reader of it."""
        for ending in (".eeg", ".vmrk", ".vhdr"):
            path = self.golden("brainvision", name + ending)
        by_channel = self.described(name + ".vhdr")["attributes"]["axis_names"][0] == "channel"
        values = self.values(name + ".vhdr")
        return (values if by_channel else values.T,
                mne.io.read_raw_brainvision(path, verbose="error"))

    def check(self, name, factors, precision=1e-12):
        found, expected = self.recording(name)
        found = (found.T * factors).T
        np.testing.assert_allclose(found, expected.get_data(), rtol=precision, atol=0)
        attributes = self.described(name + ".vhdr")["attributes"]
        self.assertEqual(attributes["channel_names"], expected.ch_names)
        self.assertEqual(attributes["sample_rate"], expected.info["sfreq"])

    def test_samples_of_all_channels_at_a_time(self):
        self.check("multiplexed", [1e-6, 1e-6, 1e-6])
        self.check("wide", [1e-6, 1e-6, 1e-6])

    def test_one_channel_after_the_other(self):
        self.check("vectorized", [1e-6, 1e-6, 1e-6])
        self.check("real_vectorized", [1e-6, 1e-6, 1e-6], 1e-6)  # MNE scales single as single

    def test_units_of_each_channel(self):
        self.check("units", [1e-6, 1e-3, 1])

    def test_the_data_file_leads_to_its_header(self):
        self.recording("multiplexed")
        self.assertEqual(self.info("multiplexed.eeg")["format"], "brainvision")
        self.assertEqual(self.quarry("print", "multiplexed.eeg"),
                         self.quarry("print", "multiplexed.vhdr"))
        self.fails(BAD_DATA, "info", "multiplexed.vmrk", says="the .vhdr beside them")

    def test_a_short_data_file_says_by_how_much(self):
        self.recording("vectorized")
        self.write("vectorized.eeg", self.read("vectorized.eeg")[:-3])
        self.fails(BAD_DATA, "info", "vectorized.vhdr", says="3 are missing")

    def test_data_files_elsewhere_are_refused(self):
        self.recording("multiplexed")
        header = self.read("multiplexed.vhdr")
        self.write("far.vhdr", header.replace(b"=multiplexed.eeg", b"=/etc/hostname"))
        self.fails(BAD_DATA, "info", "far.vhdr", says="absolute")
        self.write("near.vhdr", header.replace(b"=multiplexed.eeg", b"=none.eeg"))
        self.fails(NO_INPUT, "info", "near.vhdr", says="none.eeg")


class ScopeTest(RecordingTest):
    RAW = np.array([-12544, -12800, 32767, -32768, 0, 1, 258])  # of long_ri2.isf

    def test_tektronix(self):
        self.golden("isf", "long_ri2.isf")
        np.testing.assert_array_equal(self.values("long_ri2.isf"),
                                      self.RAW * 7.8125E-4 + (0.5 - 1.28E+3 * 7.8125E-4))

    def test_lecroy_segments(self):
        self.golden("trc", "sequence_big.trc")
        raw = ((np.arange(12) * 37 % 251 - 125) * 257).reshape(3, 4)
        self.quarry("slice", "sequence_big.trc::wave_array_1", "...", "-o", "raw.npy")
        self.assert_array("raw.npy", raw.astype(">i2"))
        np.testing.assert_array_equal(self.values("sequence_big.trc::wave_array_1"),
                                      raw * float(np.float32(0.0009765)) - 0.125)
        self.quarry("slice", "sequence_big.trc::trigtime_array", "...", "-o", "times.npy")
        self.assertEqual(self.load("times.npy").tolist(),
                         [(0.0, -1e-7), (0.5, -1.5e-7), (1.25, -2e-7)])

    def test_keysight_buffers(self):
        self.golden("keysight", "peaks.bin")
        wave = (np.arange(4) * 3 % 7 + 0.25).astype("<f4")
        for name in ("1.max", "1.min"):
            self.quarry("slice", f"peaks.bin::{name}", ":", "-o", "part.npy", "--force")
            self.assert_array("part.npy", wave)
        self.fails(NO_INPUT, "print", "peaks.bin::1.mean", says=["1.max", "1.min"])

    def test_a_block_gets_its_meaning_by_a_layout(self):
        self.write("answer.dat", b"#14\x00\x01\xff\xfe\n")
        self.assertEqual(self.info("answer.dat")["format"], "ieee488")
        self.assertEqual(self.quarry("print", "answer.dat"), "[  0   1 255 254]\n")
        self.assertEqual(self.quarry("print", "answer.dat", "--as", ">i2[2]@3"), "[ 1 -2]\n")

    def test_decimal_text_is_skipped_with_a_remedy(self):
        self.write("text.isf", b":WFMPRE:ENCDG ASC;BYT_NR 1;:CURVE 1,2")
        self.assertEqual(self.info("text.isf")["skipped"][0]["reason"],
                         "its values are decimal text (ENCDG ASCII)")
        self.fails(BAD_DATA, "print", "text.isf", says="DATA:ENCDG RIBINARY")

    def test_they_are_not_written(self):
        self.save("a.npy", np.arange(3))
        for name in ("isf", "ieee488", "trc", "keysight", "edf", "brainvision"):
            self.fails(BAD_DATA, "convert", "a.npy", "-o", "b.out", "--format", name)


if __name__ == "__main__":
    unittest.main()
