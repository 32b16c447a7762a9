"""The forward pass of the Llama family, written from its definition, one sequence at a time.

The order of the sums is whatever NumPy does: this is the yardstick for accuracy, not for bits. With float64 weights the
result is as good as exact beside any float32 engine.
"""

import numpy as np

from checkpoint import load, rotary_frequencies


class Transformer:
    """Weights of a checkpoint, in the precision in which they are multiplied."""

    def __init__(self, path, dtype=np.float32):
        self.shape, weights = load(path)
        self.weights = {name: weight.astype(dtype) for name, weight in weights.items()}
        self.dtype = dtype

    def forward(self, tokens):
        """Logits [tokens, vocabulary], and the residual stream: entry i is the input of layer i [tokens, width].

        The stream has one entry more than there are layers; the last is the input of the final norm.
        """
        tokens = np.asarray(tokens)
        hidden = self.weights["embedding"][tokens]
        stream = [hidden]
        rotation = self._rotation(len(tokens))
        for layer in range(self.shape.layer_count):
            hidden = hidden + self._attention(layer, hidden, rotation)
            hidden = hidden + self._feed_forward(layer, hidden)
            stream.append(hidden)
        return self._norm(hidden, self.weights["outputNorm"]) @ self.weights["output"].T, stream

    def _weight(self, layer, name):
        return self.weights.get(f"layers.{layer}.{name}")

    def _norm(self, rows, weight):
        mean_square = np.mean(np.square(rows, dtype=np.float64), axis=-1, keepdims=True)
        return (rows / np.sqrt(mean_square + self.shape.epsilon)).astype(self.dtype) * weight

    def _rotation(self, count):
        frequencies = rotary_frequencies(self.shape.head_width, self.shape.rotary_base) / self.shape.rotary_divisors
        angles = np.arange(count)[:, None] * frequencies
        return np.exp(1j * angles)[:, None, :]

    def _rotate(self, heads, rotation):
        """Turns every pair of channels of [tokens, heads, D] by its position's angle, as complex numbers."""
        pairs = heads.reshape(*heads.shape[:2], -1, 2)
        if not self.shape.rotary_is_interleaved:
            pairs = heads.reshape(*heads.shape[:2], 2, -1).swapaxes(2, 3)
        turned = (pairs[..., 0] + 1j * pairs[..., 1]) * rotation
        turned = np.stack([turned.real, turned.imag], axis=-1)
        if not self.shape.rotary_is_interleaved:
            turned = turned.swapaxes(2, 3)
        return turned.reshape(heads.shape).astype(self.dtype)

    def _project(self, layer, rows, name, head_count):
        out = rows @ self._weight(layer, name).T
        bias = self._weight(layer, f"{name}Bias")
        if bias is not None:
            out = out + bias
        heads = out.reshape(len(rows), head_count, self.shape.head_width)
        norm = self._weight(layer, f"{name}Norm")
        return heads if norm is None else self._norm(heads, norm)

    def _attention(self, layer, hidden, rotation):
        shape, count = self.shape, len(hidden)
        rows = self._norm(hidden, self._weight(layer, "attentionNorm"))
        query = self._rotate(self._project(layer, rows, "query", shape.head_count), rotation)
        key = self._rotate(self._project(layer, rows, "key", shape.key_value_head_count), rotation)
        value = self._project(layer, rows, "value", shape.key_value_head_count)
        future = np.triu(np.full((count, count), -np.inf), 1)
        mixed = np.empty_like(query)
        for head in range(shape.head_count):
            shared = head * shape.key_value_head_count // shape.head_count
            scores = query[:, head] @ key[:, shared].T / np.sqrt(shape.head_width) + future
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            weights /= weights.sum(axis=1, keepdims=True)
            mixed[:, head] = weights.astype(self.dtype) @ value[:, shared]
        return mixed.reshape(count, -1) @ self._weight(layer, "attentionOutput").T

    def _feed_forward(self, layer, hidden):
        rows = self._norm(hidden, self._weight(layer, "feedForwardNorm"))
        gate = rows @ self._weight(layer, "gate").T
        gate = gate / (1 + np.exp(-gate))
        return (gate * (rows @ self._weight(layer, "up").T)) @ self._weight(layer, "down").T


def greedy(transformer, tokens, count):
    """The `count` ids that follow greedily, and the smallest lead that any of them had over the runner-up."""
    tokens, lead = list(tokens), np.inf
    for _ in range(count):
        last = transformer.forward(tokens)[0][-1]
        second, first = np.partition(last, -2)[-2:]
        lead = min(lead, float(first - second))
        tokens.append(int(last.argmax()))
    return tokens[len(tokens) - count:], lead


def log_probabilities(logits):
    """log softmax of every row, in float64."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
