"""A model from a GGUF file or a Hugging Face directory, in one form: a `Shape` and a dictionary of weights.

Weights have our names: `embedding`, `outputNorm`, `output`, and per layer `layers.N.` + attentionNorm, query, key,
value, queryBias, keyBias, valueBias, queryNorm, keyNorm, attentionOutput, feedForwardNorm, gate, up, down.
"""

import json
import os
from dataclasses import dataclass, field

import numpy as np

from gguf_file import GGUFFile
from safetensors_file import read_safetensors

# our name: (GGUF: blk.N.…, Hugging Face: model.layers.N.…)
LAYER_NAMES = {
    "attentionNorm": ("attn_norm.weight", "input_layernorm.weight"),
    "query": ("attn_q.weight", "self_attn.q_proj.weight"),
    "key": ("attn_k.weight", "self_attn.k_proj.weight"),
    "value": ("attn_v.weight", "self_attn.v_proj.weight"),
    "queryBias": ("attn_q.bias", "self_attn.q_proj.bias"),
    "keyBias": ("attn_k.bias", "self_attn.k_proj.bias"),
    "valueBias": ("attn_v.bias", "self_attn.v_proj.bias"),
    "queryNorm": ("attn_q_norm.weight", "self_attn.q_norm.weight"),
    "keyNorm": ("attn_k_norm.weight", "self_attn.k_norm.weight"),
    "attentionOutput": ("attn_output.weight", "self_attn.o_proj.weight"),
    "feedForwardNorm": ("ffn_norm.weight", "post_attention_layernorm.weight"),
    "gate": ("ffn_gate.weight", "mlp.gate_proj.weight"),
    "up": ("ffn_up.weight", "mlp.up_proj.weight"),
    "down": ("ffn_down.weight", "mlp.down_proj.weight"),
}
MODEL_NAMES = {
    "embedding": ("token_embd.weight", "model.embed_tokens.weight"),
    "outputNorm": ("output_norm.weight", "model.norm.weight"),
    "output": ("output.weight", "lm_head.weight"),
}


@dataclass
class Shape:
    """What a forward pass needs to know beside the weights."""

    layer_count: int
    head_count: int
    key_value_head_count: int
    head_width: int
    epsilon: float
    rotary_base: float
    # Which channels of a head rotate together: (2i, 2i + 1) as GGUF stores llama, or (i, i + D/2) as all others do.
    rotary_is_interleaved: bool
    # Every frequency is divided by its number here.
    rotary_divisors: np.ndarray = field(repr=False)


def llama3_divisors(head_width, base, factor, low, high, original_length):
    """Llama 3.1's scaling as one divisor per frequency: 1 for short waves, `factor` for long ones, a ramp between."""
    frequencies = rotary_frequencies(head_width, base)
    wavelengths = 2 * np.pi / frequencies
    ramp = (original_length / wavelengths - low) / (high - low)
    middle = 1 / ((1 - ramp) / factor + ramp)
    divisors = np.where(wavelengths < original_length / high, 1.0, middle)
    return np.where(wavelengths > original_length / low, factor, divisors)


def rotary_frequencies(head_width, base):
    """base^(−2i/D) for i in 0 ..< D/2."""
    return base ** (-np.arange(0, head_width, 2, dtype=np.float64) / head_width)


def load(path):
    """A checkpoint's `Shape` and weights (float32)."""
    return _load_directory(path) if os.path.isdir(path) else _load_gguf(GGUFFile(path))


def _load_gguf(file):
    architecture = file.metadata["general.architecture"]
    if architecture not in ("llama", "qwen2", "qwen3"):
        raise ValueError(f"architecture {architecture} is not known here")

    def value(key, *default):
        return file.metadata.get(f"{architecture}.{key}", *default)

    heads = value("attention.head_count")
    head_width = value("attention.key_length", value("embedding_length") // heads)
    divisors = np.ones(head_width // 2)
    if "rope_freqs.weight" in file:
        divisors = file.tensor("rope_freqs.weight").astype(np.float64)
    if value("rope.scaling.type", "none") == "linear":
        divisors = divisors * value("rope.scaling.factor")
    shape = Shape(
        layer_count=value("block_count"), head_count=heads, key_value_head_count=value("attention.head_count_kv", heads),
        head_width=head_width, epsilon=value("attention.layer_norm_rms_epsilon"),
        rotary_base=value("rope.freq_base", 10_000.0), rotary_is_interleaved=architecture == "llama",
        rotary_divisors=divisors)
    names = {name: gguf for name, (gguf, _) in MODEL_NAMES.items()}
    for layer in range(shape.layer_count):
        names |= {f"layers.{layer}.{name}": f"blk.{layer}.{gguf}" for name, (gguf, _) in LAYER_NAMES.items()}
    weights = {name: file.tensor(theirs) for name, theirs in names.items() if theirs in file}
    weights.setdefault("output", weights["embedding"])
    return shape, weights


def _load_directory(path):
    with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    heads = config["num_attention_heads"]
    head_width = config.get("head_dim") or config["hidden_size"] // heads
    base = config.get("rope_theta", 10_000.0)
    divisors = np.ones(head_width // 2)
    scaling = config.get("rope_scaling") or {}
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind == "linear":
        divisors = divisors * scaling["factor"]
    elif kind == "llama3":
        divisors = llama3_divisors(
            head_width, base, scaling["factor"], scaling["low_freq_factor"], scaling["high_freq_factor"],
            scaling["original_max_position_embeddings"])
    elif kind != "default":
        raise ValueError(f"rope scaling {kind} is not known here")
    shape = Shape(
        layer_count=config["num_hidden_layers"], head_count=heads,
        key_value_head_count=config.get("num_key_value_heads", heads), head_width=head_width,
        epsilon=config["rms_norm_eps"], rotary_base=base, rotary_is_interleaved=False, rotary_divisors=divisors)
    stored = read_safetensors(os.path.join(path, "model.safetensors"))
    names = {name: theirs for name, (_, theirs) in MODEL_NAMES.items()}
    for layer in range(shape.layer_count):
        names |= {f"layers.{layer}.{name}": f"model.layers.{layer}.{hf}" for name, (_, hf) in LAYER_NAMES.items()}
    weights = {name: stored[theirs] for name, theirs in names.items() if theirs in stored}
    weights.setdefault("output", weights["embedding"])
    return shape, weights
