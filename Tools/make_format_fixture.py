#!/usr/bin/env python3
"""Writes Tests/TandemMathTests/Formats/FormatFixture.swift: encoded blocks beside the numbers they stand for.

Decoders and encoders here follow the published descriptions of the GGUF formats and share no code with the library.
Everything is computed in float32, in the order of operations that the descriptions give.

    python3 Tools/make_format_fixture.py > Tests/TandemMathTests/Formats/FormatFixture.swift
"""
import numpy as np

f32 = np.float32
rng = np.random.default_rng(20260101)


def halves(raw):
    return np.frombuffer(bytes(raw), dtype="<f2").astype(f32)


def half_bytes(value):
    return np.array([value], dtype=f32).astype("<f2").tobytes()


# Decoders: one block of bytes to its numbers.


def nibbles(raw):
    q = np.frombuffer(bytes(raw), dtype=np.uint8)
    return np.concatenate([q & 15, q >> 4]).astype(np.int32)


def bits(raw, count):
    word = int.from_bytes(bytes(raw), "little")
    return np.array([word >> i & 1 for i in range(count)], dtype=np.int32)


def decode_f32(b):
    return np.frombuffer(b, dtype="<f4")


def decode_f16(b):
    return halves(b)


def decode_bf16(b):
    return (np.frombuffer(b, dtype="<u2").astype(np.uint32) << 16).view(f32)


def decode_q8_0(b):
    return np.frombuffer(b[2:], dtype=np.int8).astype(f32) * halves(b[:2])[0]


def decode_q4_0(b):
    return (nibbles(b[2:]) - 8).astype(f32) * halves(b[:2])[0]


def decode_q4_1(b):
    d, m = halves(b[:4])
    return nibbles(b[4:]).astype(f32) * d + m


def decode_q5_0(b):
    return (nibbles(b[6:]) + 16 * bits(b[2:6], 32) - 16).astype(f32) * halves(b[:2])[0]


def decode_q5_1(b):
    d, m = halves(b[:4])
    return (nibbles(b[8:]) + 16 * bits(b[4:8], 32)).astype(f32) * d + m


def six_bit(b):
    """Eight scales and eight minima from twelve bytes."""
    scales, minima = [], []
    for j in range(8):
        if j < 4:
            scales.append(b[j] & 63)
            minima.append(b[j + 4] & 63)
        else:
            scales.append((b[j + 4] & 15) | (b[j - 4] >> 6) << 4)
            minima.append((b[j + 4] >> 4) | (b[j] >> 6) << 4)
    return np.array(scales, dtype=f32), np.array(minima, dtype=f32)


def decode_q45_k(b, quants, fifths):
    d, dmin = halves(b[:4])
    scales, minima = six_bit(b[4:16])
    out = np.empty(256, dtype=f32)
    for j in range(8):
        q = np.frombuffer(quants[32 * (j // 2): 32 * (j // 2) + 32], dtype=np.uint8)
        q = (q & 15 if j % 2 == 0 else q >> 4).astype(np.int32)
        if fifths is not None:
            q += 16 * (np.frombuffer(fifths, dtype=np.uint8) >> j & 1).astype(np.int32)
        out[32 * j: 32 * j + 32] = (d * scales[j]) * q.astype(f32) - dmin * minima[j]
    return out


def decode_q4_k(b):
    return decode_q45_k(b, b[16:144], None)


def decode_q5_k(b):
    return decode_q45_k(b, b[48:176], b[16:48])


def decode_q6_k(b):
    low, high = np.frombuffer(b[:128], dtype=np.uint8), np.frombuffer(b[128:192], dtype=np.uint8)
    scales, d = np.frombuffer(b[192:208], dtype=np.int8).astype(f32), halves(b[208:])[0]
    q = np.empty(256, dtype=np.int32)
    for half in range(2):
        for quarter in range(4):
            part = low[64 * half + 32 * (quarter % 2):][:32]
            part = part & 15 if quarter < 2 else part >> 4
            upper = high[32 * half:][:32] >> (2 * quarter) & 3
            q[128 * half + 32 * quarter:][:32] = part.astype(np.int32) + 16 * upper.astype(np.int32) - 32
    return (d * np.repeat(scales, 16)) * q.astype(f32)


# Encoders: the numbers of one block to its bytes.


def away(x):
    """Nearest integer, halves away from zero, of float32 numbers; float64 holds x + 0.5 exactly."""
    x = x.astype(np.float64)
    return (np.sign(x) * np.floor(np.abs(x) + 0.5)).astype(np.int32)


def inverse(d):
    return f32(1) / d if d != 0 else f32(0)


def pack(q):
    return (q[:16] | q[16:] << 4).astype(np.uint8).tobytes()


def encode_f32(x):
    return x.astype("<f4").tobytes()


def encode_f16(x):
    return x.astype("<f2").tobytes()


def encode_bf16(x):
    u = x.astype(f32).view(np.uint32).astype(np.uint64)
    return ((u + 0x7FFF + (u >> 16 & 1)) >> 16).astype("<u2").tobytes()


def encode_q8_0(x):
    d = np.abs(x).max() / f32(127)
    return half_bytes(d) + away(x * inverse(d)).astype(np.int8).tobytes()


def encode_q4_0(x):
    d = x[np.abs(x).argmax()] / f32(-8)
    return half_bytes(d) + pack(np.minimum(15, (x * inverse(d) + f32(8.5)).astype(np.int32)))


def encode_q4_1(x):
    d = (x.max() - x.min()) / f32(15)
    q = np.minimum(15, ((x - x.min()) * inverse(d) + f32(0.5)).astype(np.int32))
    return half_bytes(d) + half_bytes(x.min()) + pack(q)


BLOCKS = {
    # name: bytes of a block, numbers in it, where half-precision scales stand, decoder, encoder
    "F32": (4, 1, [], decode_f32, encode_f32),
    "F16": (2, 1, [], decode_f16, encode_f16),
    "BF16": (2, 1, [], decode_bf16, encode_bf16),
    "Q8_0": (34, 32, [0], decode_q8_0, encode_q8_0),
    "Q4_0": (18, 32, [0], decode_q4_0, encode_q4_0),
    "Q4_1": (20, 32, [0, 2], decode_q4_1, encode_q4_1),
    "Q5_0": (22, 32, [0], decode_q5_0, None),
    "Q5_1": (24, 32, [0, 2], decode_q5_1, None),
    "Q4_K": (144, 256, [0, 2], decode_q4_k, None),
    "Q5_K": (176, 256, [0, 2], decode_q5_k, None),
    "Q6_K": (210, 256, [208], decode_q6_k, None),
}


def decoding_samples():
    for name, (size, length, scales, decode, _) in BLOCKS.items():
        count = 2 if length == 32 else 1 if length == 256 else 32
        blocks = []
        for index in range(count):
            block = bytearray(rng.integers(0, 256, size, dtype=np.uint8).tobytes())
            for place in scales:
                # The second block has a subnormal scale.
                block[place: place + 2] = half_bytes(f32(rng.normal()) * f32(0.05 if index == 0 else 3e-6))
            blocks.append(bytes(block))
        if name == "F16":
            special = [0, 0x8000, 1, 0x8001, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0xFC00]
            blocks = [b for b in blocks if decode(b)[0] == decode(b)[0]] + [v.to_bytes(2, "little") for v in special]
        if length == 1:
            blocks = [b for b in blocks if decode(b)[0] == decode(b)[0]]
        yield name, b"".join(blocks), np.concatenate([decode(b) for b in blocks])


def encoding_samples():
    for name, (_, length, _, _, encode) in BLOCKS.items():
        if encode is None:
            continue
        x = (rng.normal(size=160) * 0.1).astype(f32)
        x[32:64] = 0
        x[64:96] = 0.25
        x[96:128] = np.round(x[96:128] * 40) / f32(16)  # many ties
        x[128:160] *= f32(1e-6)
        blocks = [encode(x[i: i + length]) for i in range(0, len(x), length)]
        yield name, b"".join(blocks), x


def literal(name, data):
    text = data.hex()
    lines = [text[i: i + 100] for i in range(0, len(text), 100)]
    return f'            {name}: """\n' + "\n".join("                " + line for line in lines) + '\n                """'


def table(title, comment, samples):
    print(f"    /// {comment}\n    static let {title}: [Sample] = [")
    for name, data, numbers in samples:
        print(f'        Sample(\n            format: "{name}",')
        print(literal("bytes", data) + ",")
        print(literal("numbers", numbers.astype("<f4").tobytes()) + "),")
    print("    ]")


print("// Written by Tools/make_format_fixture.py; change that instead.\n")
print("/// Encoded blocks beside the numbers they stand for, as computed by an independent program.")
print("enum FormatFixture {")
print("    /// Bytes of a format and little-endian float32 numbers, both in hexadecimal.")
print("    struct Sample: Sendable {\n        let format: String\n        let bytes: String\n        let numbers: String\n    }\n")
table("decoding", "Random bytes, and what they decode to.", decoding_samples())
print()
table("encoding", "Random, constant, tied and tiny numbers, and what they are encoded as.", encoding_samples())
print("}")
