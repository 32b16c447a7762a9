"""Reads and writes one safetensors file of F32, F16 and BF16 tensors."""

import json
import struct

import numpy as np

from formats import decode


def read_safetensors(path):
    """Every tensor as float32, by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = decode(entry["dtype"], data[begin:end], entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    """`tensors` is a list of (name, format, shape, bytes)."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, kind, shape, data in tensors:
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)
