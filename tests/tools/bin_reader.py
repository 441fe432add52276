"""The typed .bin of one array, read from its byte map alone (formats/bin/bin.md)."""
import json
import struct

import numpy as np


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def dtype_of(text):
    if isinstance(text, str):
        return np.dtype(text)
    return np.dtype([(field[0], dtype_of(field[1]), *map(tuple, field[2:])) for field in text])


def read_bin(content):
    """The array, and the JSON. Fails if a checksum or a space is not what it must be."""
    magic, version, json_bytes, start, data_bytes, json_crc, header_crc = struct.unpack_from(
        "<8sIIQQII", content)
    assert (magic, version) == (b"\x89QRY\r\n\x1a\n", 1)
    assert header_crc == crc32c(content[:36])
    assert content[40:64] == bytes(24)
    text = content[64:64 + json_bytes]
    assert json_crc == crc32c(text)
    assert set(content[64 + json_bytes:start]) <= {ord(" ")}
    assert len(content) >= start + data_bytes  # a killed appender leaves more
    header = json.loads(text)
    array, = header["arrays"]
    out = np.ndarray(array["shape"], dtype_of(array["dtype"]), content, start + array["offset"],
                     array["strides"])
    return out, header
