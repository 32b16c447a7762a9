"""How far an engine's predictions are from the reference's."""

import numpy as np

from transformer import log_probabilities

_ROWS_AT_ONCE = 64  # float64 log-probabilities of 64 rows of 50,000 take 25 MB


class Comparison:
    """Sums over all positions seen so far. The reference compared with itself gives its own perplexity."""

    def __init__(self):
        self.divergences = []
        self.agreements = 0
        self.surprises = []

    def add(self, window, reference, other):
        """A window's ids, and both sides' logits [tokens, vocabulary]. The last position predicts nothing known."""
        for start in range(0, len(window), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            ours, theirs = log_probabilities(reference[rows]), log_probabilities(other[rows])
            self.divergences.extend(np.sum(np.exp(ours) * (ours - theirs), axis=1))
            self.agreements += int(np.sum(reference[rows].argmax(axis=1) == other[rows].argmax(axis=1)))
            following = np.asarray(window[start + 1:start + 1 + _ROWS_AT_ONCE], dtype=np.int64)
            self.surprises.extend(-theirs[np.arange(len(following)), following])

    def summary(self):
        """The figures, by name."""
        divergences = np.array(self.divergences)
        return {
            "positions": len(divergences),
            "perplexity": float(np.exp(np.mean(self.surprises))) if self.surprises else None,
            "mean_divergence": float(divergences.mean()),
            "median_divergence": float(np.median(divergences)),
            "divergence_99_percent": float(np.quantile(divergences, 0.99)),
            "largest_divergence": float(divergences.max()),
            "top1_agreement": self.agreements / len(divergences),
        }
