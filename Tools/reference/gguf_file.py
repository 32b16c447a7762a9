"""Reads and writes GGUF files: just enough, for files that we trust."""

import mmap
import struct

import numpy as np

from formats import FORMATS, NAMES, byte_count, decode

ALIGNMENT = 32
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9


class GGUFFile:
    """Metadata as a dictionary, and tensors decoded to float32 when asked for."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._place = 0
        if self._bytes[:4] != b"GGUF":
            raise ValueError(f"{path} is not a GGUF file")
        self._place = 4
        version = self._scalar(4)
        if version not in (2, 3):
            raise ValueError(f"{path} has GGUF version {version}")
        tensor_count, pair_count = self._scalar(10), self._scalar(10)
        self.metadata = {}
        for _ in range(pair_count):
            key = self._string()
            self.metadata[key] = self._value(self._scalar(4))
        self._tensors = {}
        for _ in range(tensor_count):
            name = self._string()
            dimensions = [self._scalar(10) for _ in range(self._scalar(4))]
            self._tensors[name] = (NAMES[self._scalar(4)], tuple(reversed(dimensions)), self._scalar(10))
        alignment = self.metadata.get("general.alignment", ALIGNMENT)
        self._start = (self._place + alignment - 1) // alignment * alignment

    def __contains__(self, name):
        return name in self._tensors

    def names(self):
        """Every tensor's name."""
        return list(self._tensors)

    def encoding(self, name):
        """A tensor's format, shape (outermost dimension first) and bytes."""
        kind, shape, offset = self._tensors[name]
        begin = self._start + offset
        return kind, shape, self._bytes[begin:begin + byte_count(kind, int(np.prod(shape)))]

    def tensor(self, name):
        """A tensor as float32."""
        kind, shape, data = self.encoding(name)
        return decode(kind, data, shape)

    def _scalar(self, kind):
        layout = _SCALARS[kind]
        (value,) = struct.unpack_from(layout, self._bytes, self._place)
        self._place += struct.calcsize(layout)
        return value

    def _string(self):
        length = self._scalar(10)
        self._place += length
        return self._bytes[self._place - length:self._place].decode("utf-8", "surrogateescape")

    def _value(self, kind):
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            element = self._scalar(4)
            return [self._value(element) for _ in range(self._scalar(10))]
        return self._scalar(kind)


def _string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _kind(value):
    """The metadata type of a Python value: whole numbers are u32, token types (negative or in lists) i32."""
    if isinstance(value, bool):
        return 7
    if isinstance(value, int):
        return 4
    if isinstance(value, float):
        return 6
    if isinstance(value, str):
        return _STRING
    raise TypeError(f"no metadata type for {value!r}")


def _value(value):
    if isinstance(value, list):
        kind = 5 if isinstance(value[0], int) else _kind(value[0])
        items = [_string(item) if kind == _STRING else struct.pack(_SCALARS[kind], item) for item in value]
        return struct.pack("<IIQ", _ARRAY, kind, len(value)) + b"".join(items)
    kind = _kind(value)
    return struct.pack("<I", kind) + (_string(value) if kind == _STRING else struct.pack(_SCALARS[kind], value))


def write_gguf(path, metadata, tensors):
    """Writes version 3. `tensors` is a list of (name, format, shape with the outermost dimension first, bytes)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    head += b"".join(_string(key) + _value(value) for key, value in metadata.items())
    body = b""
    for name, kind, shape, data in tensors:
        assert len(data) == byte_count(kind, int(np.prod(shape))), name
        head += _string(name) + struct.pack("<I", len(shape))
        head += b"".join(struct.pack("<Q", dimension) for dimension in reversed(shape))
        head += struct.pack("<IQ", FORMATS[kind][0], len(body))
        body += data + b"\0" * (-len(data) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(head + b"\0" * (-len(head) % ALIGNMENT) + body)
