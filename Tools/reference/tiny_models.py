"""The recipes of the tiny models: shapes, formats, seeds, and their weights."""

from dataclasses import dataclass, field

import numpy as np

import tiny_tokenizer
from checkpoint import llama3_divisors


@dataclass
class Recipe:
    """One tiny model. `formats` maps weight names to formats; anything else is `default_format`; vectors are F32."""

    name: str
    seed: int
    architecture: str = "llama"
    width: int = 64
    layer_count: int = 2
    head_count: int = 4
    key_value_head_count: int = 2
    head_width: int = 16
    feed_forward_width: int = 80
    rotary_base: float = 10_000.0
    tied: bool = True
    pre_tokenizer: str = "smollm"
    default_format: str = "F32"
    formats: dict = field(default_factory=dict)
    # None, ("linear", factor) or ("llama3", factor, low, high, original length).
    scaling: tuple = None
    has_directory_twin: bool = False
    epsilon: float = 1e-5

    context_length = 256

    def format_of(self, name):
        """The format of a matrix, by its name without the layer's number."""
        return self.formats.get(name, self.default_format)


# Seeds are such that greedy text varies, has no control tokens and no close choices. Original lengths are so small that
# a short text reaches the ramp and the scaled frequencies, and one epsilon is so large that nobody can overlook it.
RECIPES = [
    Recipe("llama-f32", 112, width=48, head_count=3, key_value_head_count=1),
    Recipe("llama3-bf16", 214, rotary_base=500.0, tied=False, pre_tokenizer="llama-bpe", default_format="BF16",
           scaling=("llama3", 8.0, 1.0, 4.0, 64), has_directory_twin=True),
    Recipe("llama-linear-q", 309, feed_forward_width=96, rotary_base=1000.0, scaling=("linear", 4.0),
           default_format="Q4_0", pre_tokenizer="gpt-2",
           formats={"embedding": "Q5_1", "key": "Q5_0", "value": "Q5_1", "up": "Q5_0", "down": "Q8_0"}),
    Recipe("llama-q4_1", 422, default_format="Q4_1", formats={"embedding": "Q8_0"}, head_count=6, width=96,
           feed_forward_width=128),
    Recipe("llama-k", 511, width=256, layer_count=1, head_count=8, head_width=32, feed_forward_width=256,
           default_format="Q4_K", formats={"embedding": "Q6_K", "value": "Q5_K", "up": "Q5_K", "down": "Q6_K"}),
    Recipe("qwen2-f16", 600, "qwen2", rotary_base=1_000_000.0, default_format="F16", pre_tokenizer="qwen2",
           epsilon=0.01),
    Recipe("qwen3-bf16", 713, "qwen3", head_width=24, rotary_base=1_000_000.0, default_format="BF16",
           pre_tokenizer="qwen2", has_directory_twin=True),
]


def _uniform(state, count):
    """Numbers in [−1, 1) from splitmix64: the same on every machine and under every version of NumPy."""
    with np.errstate(over="ignore"):
        z = np.uint64(state % 2**64) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def long_tokens(recipe):
    """Ids up to the end of the context, of no meaning, without control tokens."""
    low, high = len(tiny_tokenizer.CONTROL), len(tiny_tokenizer.tokens())
    place = (_uniform(recipe.seed * 7_919, recipe.context_length) + 1) / 2
    return (low + place * (high - low)).astype(int).tolist()


def shapes(recipe):
    """Every weight of a recipe in our names, with its shape, in the order of the files."""
    vocabulary_count, width = len(tiny_tokenizer.tokens()), recipe.width
    query, key = recipe.head_count * recipe.head_width, recipe.key_value_head_count * recipe.head_width
    all_shapes = {"embedding": (vocabulary_count, width)}
    for layer in range(recipe.layer_count):
        own = {"attentionNorm": (width,), "query": (query, width), "key": (key, width), "value": (key, width)}
        if recipe.architecture == "qwen2":
            own |= {"queryBias": (query,), "keyBias": (key,), "valueBias": (key,)}
        if recipe.architecture == "qwen3":
            own |= {"queryNorm": (recipe.head_width,), "keyNorm": (recipe.head_width,)}
        own |= {
            "attentionOutput": (width, query), "feedForwardNorm": (width,), "gate": (recipe.feed_forward_width, width),
            "up": (recipe.feed_forward_width, width), "down": (width, recipe.feed_forward_width),
        }
        all_shapes |= {f"layers.{layer}.{name}": shape for name, shape in own.items()}
    all_shapes["outputNorm"] = (width,)
    if not recipe.tied:
        all_shapes["output"] = (vocabulary_count, width)
    return all_shapes


# Queries and keys are large, so that attention looks at some positions and not at the mean of all.
_GAINS = {"query": 1.6, "key": 1.6}


def weights(recipe):
    """Float64 weights in the rows' natural order (rotary pairs half a head apart)."""
    made = {}
    for index, (path, shape) in enumerate(shapes(recipe).items()):
        name = path.split(".")[-1]
        noise = _uniform(recipe.seed * 1_000_003 + index * 0x5851F42D4C957F2D, int(np.prod(shape))).reshape(shape)
        if name == "outputNorm":
            # Logits with a spread of about 2.5, as those of real models.
            made[path] = (1 + 0.4 * noise) * (2.5 if not recipe.tied else 17 / np.sqrt(recipe.width))
        elif name.endswith("Norm"):
            made[path] = 1 + 0.4 * noise
        elif name.endswith("Bias"):
            made[path] = 0.8 * noise
        elif name == "embedding":
            # Small beside what the layers add; else a tied model only ever repeats its last token.
            made[path] = 0.25 * noise
        else:
            made[path] = _GAINS.get(name, 1.0) * np.sqrt(3 / shape[-1]) * noise
    return made


def rotary_divisors(recipe):
    """The numbers of `rope_freqs.weight`, or None."""
    if recipe.scaling and recipe.scaling[0] == "llama3":
        return llama3_divisors(recipe.head_width, recipe.rotary_base, *recipe.scaling[1:])
    return None
