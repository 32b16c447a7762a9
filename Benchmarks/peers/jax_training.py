"""Training steps of the same small model in JAX: what `tandem train` is compared with.

    python3 -m venv .build-jax && .build-jax/bin/pip install jax
    .build-jax/bin/python Benchmarks/peers/jax_training.py --layers 2 --steps 12

Shapes are those of `tandem train --preset base` beside SmolLM2-135M: layers of 576 channels, 9 heads of which 3 have keys and
values, a feed-forward of 1,536; memory projected from stored hidden states for each layer, the last state added to the
input, the large model's embedding and 8,192 rows of its head frozen; half next token, half the large model's 32 likeliest
tokens; AdamW, clipping, an average of the weights. Numbers are random: only the time of a step counts. Prints tokens a
second, the median of the steps after those that compile, as JSON.
"""

import argparse
import functools
import json
import statistics
import time

import jax
import jax.numpy as jnp

WIDTH, HEADS, GROUPS, HEAD_WIDTH, FEED_FORWARD, VOCABULARY, DRAFT, TOP = 576, 9, 3, 64, 1536, 49152, 8192, 32


def norm(x, weight):
    return x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-5) * weight


def rotate(x, positions):
    half = HEAD_WIDTH // 2
    angles = positions[:, None] * (100000.0 ** (-jnp.arange(half) / half))[None, :]
    cosine, sine = jnp.cos(angles)[None, :, None, :], jnp.sin(angles)[None, :, None, :]
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * cosine - b * sine, a * sine + b * cosine], axis=-1)


def make_weights(layers, key):
    def matrix(rows, columns):
        nonlocal key
        key, part = jax.random.split(key)
        return jax.random.normal(part, (rows, columns), jnp.float32) * 0.02

    def layer():
        return {
            "norm": jnp.ones(WIDTH), "q": matrix(WIDTH, WIDTH), "k": matrix(WIDTH, GROUPS * HEAD_WIDTH),
            "v": matrix(WIDTH, GROUPS * HEAD_WIDTH), "o": matrix(WIDTH, WIDTH), "ffn_norm": jnp.ones(WIDTH),
            "gate": matrix(WIDTH, FEED_FORWARD), "up": matrix(WIDTH, FEED_FORWARD), "down": matrix(FEED_FORWARD, WIDTH),
            "memory_norm": jnp.ones(WIDTH), "memory": matrix(WIDTH, WIDTH),
        }

    trained = {
        "input": matrix(WIDTH, WIDTH), "last": matrix(WIDTH, WIDTH), "norm": jnp.ones(WIDTH),
        "layers": [layer() for _ in range(layers)],
    }
    return trained, {"embedding": matrix(VOCABULARY, WIDTH), "head": matrix(WIDTH, DRAFT)}


def forward(weights, frozen, batch, dtype):
    def product(x, matrix):
        return jnp.matmul(x.astype(dtype), matrix.astype(dtype), preferred_element_type=jnp.float32)

    tokens, states, starts = batch["tokens"], batch["states"], batch["starts"]
    length = tokens.shape[1]
    positions = jnp.arange(length)
    last = jnp.take_along_axis(states[-1], jnp.maximum(starts - 1, 0)[:, :, None], axis=1)
    x = product(norm(frozen["embedding"][tokens], 1.0), weights["input"]) + product(norm(last, 1.0), weights["last"])
    own = (positions[None, None, :] >= starts[:, :, None]) & (positions[None, None, :] <= positions[None, :, None])
    before = positions[None, None, :] < starts[:, :, None]
    mask = jnp.concatenate([before, own], axis=-1)[:, None, None]
    for layer, state in zip(weights["layers"], states[:-1]):
        memory = product(norm(state, layer["memory_norm"]), layer["memory"])
        h = norm(x, layer["norm"])
        split = lambda y, heads: y.reshape(*y.shape[:2], heads, HEAD_WIDTH)
        q = rotate(split(product(h, layer["q"]), HEADS), positions)
        k = jnp.concatenate([rotate(split(product(y, layer["k"]), GROUPS), positions) for y in (memory, h)], axis=1)
        v = jnp.concatenate([split(product(y, layer["v"]), GROUPS) for y in (memory, h)], axis=1)
        q = q.reshape(*q.shape[:2], GROUPS, HEADS // GROUPS, HEAD_WIDTH)
        scores = jnp.einsum("bqghd,bkgd->bghqk", q, k) / HEAD_WIDTH**0.5
        attention = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf), axis=-1)
        attended = jnp.einsum("bghqk,bkgd->bqghd", attention, v).reshape(*x.shape)
        x = x + product(attended, layer["o"])
        h = norm(x, layer["ffn_norm"])
        x = x + product(jax.nn.silu(product(h, layer["gate"])) * product(h, layer["up"]), layer["down"])
    return product(norm(x, weights["norm"]), frozen["head"])


def loss(weights, frozen, batch, dtype):
    log = jax.nn.log_softmax(forward(weights, frozen, batch, dtype), axis=-1)
    hard = jnp.take_along_axis(log, batch["next"][..., None], axis=-1)[..., 0]
    soft = jnp.sum(jnp.take_along_axis(log, batch["top"], axis=-1) * batch["chances"], axis=-1)
    return -jnp.mean(0.5 * hard + 0.5 * soft)


@functools.partial(jax.jit, static_argnames="dtype", donate_argnums=0)
def step(run, frozen, batch, dtype):
    gradients = jax.grad(loss)(run["weights"], frozen, batch, dtype)
    size = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradients)))
    gradients = jax.tree.map(lambda g: g * jnp.minimum(1.0, 1.0 / size), gradients)
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, run["m"], gradients)
    v = jax.tree.map(lambda v, g: 0.95 * v + 0.05 * g * g, run["v"], gradients)
    weights = jax.tree.map(lambda w, m, v: w - 1e-4 * (m / (jnp.sqrt(v) + 1e-8) + 0.01 * w), run["weights"], m, v)
    average = jax.tree.map(lambda a, w: 0.999 * a + 0.001 * w, run["average"], weights)
    return {"weights": weights, "m": m, "v": v, "average": average}


def make_batch(sequences, length, layers, key):
    parts = jax.random.split(key, 5)
    starts, at = [], 0
    while at < length:
        size = 1 + len(starts) % 8
        starts += [at] * min(size, length - at)
        at += size
    return {
        "tokens": jax.random.randint(parts[0], (sequences, length), 0, VOCABULARY),
        "next": jax.random.randint(parts[1], (sequences, length), 0, DRAFT),
        "top": jax.random.randint(parts[2], (sequences, length, TOP), 0, DRAFT),
        "chances": jax.nn.softmax(jax.random.normal(parts[3], (sequences, length, TOP))),
        "states": list(jax.random.normal(parts[4], (layers + 1, sequences, length, WIDTH))),
        "starts": jnp.tile(jnp.array(starts[:length])[None], (sequences, 1)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--sequences", type=int, default=8, help="sequences of a step")
    parser.add_argument("--length", type=int, default=512, help="tokens of a sequence")
    parser.add_argument("--steps", type=int, default=12, help="steps that are timed")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32", help="of products' inputs")
    options = parser.parse_args()
    weights, frozen = make_weights(options.layers, jax.random.key(1))
    copy = lambda: jax.tree.map(jnp.zeros_like, weights)
    run = {"m": copy(), "v": copy(), "average": copy(), "weights": weights}
    batch = make_batch(options.sequences, options.length, options.layers, jax.random.key(2))
    trained = sum(w.size for w in jax.tree.leaves(weights))
    times = []
    for index in range(options.steps + 2):
        start = time.perf_counter()
        run = jax.block_until_ready(step(run, frozen, batch, jnp.dtype(options.dtype)))
        if index >= 2:
            times.append(time.perf_counter() - start)
    rate = options.sequences * options.length / statistics.median(times)
    print(json.dumps({
        "peer": f"jax {jax.__version__}", "dtype": options.dtype, "trained_weights": trained,
        "tokens_per_second": round(rate, 1), "fastest": round(options.sequences * options.length / min(times), 1),
    }))


if __name__ == "__main__":
    main()
