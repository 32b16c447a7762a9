"""Writes a tiny model as a GGUF file and as a Hugging Face directory."""

import json
import os

import tiny_models
import tiny_tokenizer
from checkpoint import LAYER_NAMES, MODEL_NAMES
from gguf_file import write_gguf
from quantise import encode
from safetensors_file import write_safetensors


def _file_name(path, column):
    """A weight's name in a GGUF file (column 0) or a Hugging Face file (column 1)."""
    if path in MODEL_NAMES:
        return MODEL_NAMES[path][column]
    _, layer, name = path.split(".")
    return f"{('blk', 'model.layers')[column]}.{layer}.{LAYER_NAMES[name][column]}"


def _side_by_side(matrix, head_width):
    """Puts the rows of every head in the order of GGUF's llama: channels i and i + D/2 become neighbours."""
    rows, columns = matrix.shape
    return matrix.reshape(-1, 2, head_width // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_model(path, recipe):
    """The GGUF file."""
    tensors = []
    for name, values in tiny_models.weights(recipe).items():
        last = name.split(".")[-1]
        kind = "F32" if values.ndim == 1 else recipe.format_of(last)
        if recipe.architecture == "llama" and last in ("query", "key"):
            values = _side_by_side(values, recipe.head_width)
        tensors.append((_file_name(name, 0), kind, values.shape, encode(kind, values)))
    divisors = tiny_models.rotary_divisors(recipe)
    if divisors is not None:
        tensors.append(("rope_freqs.weight", "F32", divisors.shape, encode("F32", divisors)))
    write_gguf(path, _metadata(recipe), tensors)


def _metadata(recipe):
    architecture = recipe.architecture
    metadata = {
        "general.architecture": architecture,
        "general.type": "model",
        "general.name": recipe.name,
        "general.license": "apache-2.0",
        f"{architecture}.block_count": recipe.layer_count,
        f"{architecture}.context_length": recipe.context_length,
        f"{architecture}.embedding_length": recipe.width,
        f"{architecture}.feed_forward_length": recipe.feed_forward_width,
        f"{architecture}.attention.head_count": recipe.head_count,
        f"{architecture}.attention.head_count_kv": recipe.key_value_head_count,
        f"{architecture}.attention.layer_norm_rms_epsilon": recipe.epsilon,
        f"{architecture}.rope.freq_base": recipe.rotary_base,
        f"{architecture}.rope.dimension_count": recipe.head_width,
        f"{architecture}.vocab_size": len(tiny_tokenizer.tokens()),
    }
    if recipe.head_width * recipe.head_count != recipe.width:
        metadata[f"{architecture}.attention.key_length"] = recipe.head_width
        metadata[f"{architecture}.attention.value_length"] = recipe.head_width
    if recipe.scaling and recipe.scaling[0] == "linear":
        metadata[f"{architecture}.rope.scaling.type"] = "linear"
        metadata[f"{architecture}.rope.scaling.factor"] = recipe.scaling[1]
    return metadata | tiny_tokenizer.gguf_metadata(recipe.pre_tokenizer)


def write_directory(path, recipe):
    """The same model as transformers would save it: config.json, model.safetensors, tokenizer.json and companions."""
    os.makedirs(path, exist_ok=True)
    tensors = []
    for name, values in tiny_models.weights(recipe).items():
        # Vectors stay F32, as in the GGUF file: both must be the same model to the last bit.
        kind = "F32" if values.ndim == 1 else recipe.format_of(name.split(".")[-1])
        assert kind in ("F32", "F16", "BF16"), "safetensors hold no block formats"
        tensors.append((_file_name(name, 1), kind, values.shape, encode(kind, values)))
    write_safetensors(os.path.join(path, "model.safetensors"), tensors)
    documents = {
        "config.json": _config(recipe),
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2},
        "tokenizer.json": tiny_tokenizer.tokenizer_json(recipe.pre_tokenizer),
        "tokenizer_config.json": {
            "add_bos_token": False, "bos_token": tiny_tokenizer.CONTROL[1], "eos_token": tiny_tokenizer.CONTROL[2],
            "chat_template": tiny_tokenizer.CHAT_TEMPLATE, "tokenizer_class": "PreTrainedTokenizerFast",
        },
    }
    for name, document in documents.items():
        with open(os.path.join(path, name), "w", encoding="utf-8", newline="\n") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.write("\n")


def _config(recipe):
    names = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
    config = {
        "architectures": [names[recipe.architecture]],
        "model_type": recipe.architecture,
        "vocab_size": len(tiny_tokenizer.tokens()),
        "hidden_size": recipe.width,
        "intermediate_size": recipe.feed_forward_width,
        "num_hidden_layers": recipe.layer_count,
        "num_attention_heads": recipe.head_count,
        "num_key_value_heads": recipe.key_value_head_count,
        "head_dim": recipe.head_width,
        "hidden_act": "silu",
        "max_position_embeddings": recipe.context_length,
        "rms_norm_eps": recipe.epsilon,
        "rope_theta": recipe.rotary_base,
        "tie_word_embeddings": recipe.tied,
        "attention_bias": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "bfloat16",
    }
    if recipe.scaling:
        kind, factor, *rest = recipe.scaling
        config["rope_scaling"] = {"rope_type": kind, "factor": factor}
        if rest:
            names = ("low_freq_factor", "high_freq_factor", "original_max_position_embeddings")
            config["rope_scaling"] |= dict(zip(names, rest))
    return config
