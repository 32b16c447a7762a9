"""Whole answers by llama.cpp: plain, with the package's prompt lookup decoding, or with a second model that drafts.

The loop is the one of llama.cpp's own `speculative-simple`: draft greedily, read the draft and the token before it in one
batch, sample from each row with the target's sampler, keep what agrees. Greedy texts are those of plain decoding, but for
close choices: llama.cpp's sums depend on how many rows a batch has.
"""

import ctypes
import time

import llama_cpp
import numpy as np
from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

from llama_session import PeerError


class TokenSampler:
    """llama.cpp's own sampler: the likeliest token, or a draw at a temperature."""

    def __init__(self, temperature, seed):
        self.chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        if temperature > 0:
            llama_cpp.llama_sampler_chain_add(self.chain, llama_cpp.llama_sampler_init_temp(ctypes.c_float(temperature)))
            llama_cpp.llama_sampler_chain_add(self.chain, llama_cpp.llama_sampler_init_dist(seed))
        else:
            llama_cpp.llama_sampler_chain_add(self.chain, llama_cpp.llama_sampler_init_greedy())

    def choose(self, session, row):
        """The token after row `row` of the last read."""
        return int(llama_cpp.llama_sampler_sample(self.chain, session.context, row))

    def close(self):
        llama_cpp.llama_sampler_free(self.chain)


class ModelDrafter:
    """A second model that goes on greedily; what it has read beyond what stood is forgotten."""

    def __init__(self, session):
        self.session = session
        self.sampler = TokenSampler(0.0, 0)
        self.read = []
        session.clear()

    def draft(self, tokens, count):
        same = 0
        for own, said in zip(self.read, tokens[:-1]):
            if own != said:
                break
            same += 1
        self.session.truncate(same)
        self.session.append(tokens[same:])
        self.read = list(tokens)
        drafted = [self.sampler.choose(self.session, -1)]
        while len(drafted) < count:
            self.session.append([drafted[-1]])
            self.read.append(drafted[-1])
            drafted.append(self.sampler.choose(self.session, -1))
        return drafted

    def close(self):
        self.sampler.close()


class LookupDrafter:
    """The package's class, as it is."""

    def __init__(self, count):
        self.decoding = LlamaPromptLookupDecoding(num_pred_tokens=count)

    def draft(self, tokens, count):
        return [int(token) for token in self.decoding(np.array(tokens, dtype=np.intc))][:count]

    def close(self):
        pass


class NoDrafter:
    """Plain decoding."""

    def draft(self, tokens, count):
        return []

    def close(self):
        pass


def _drafter(name, draft_length, draft_session):
    if name == "model":
        return ModelDrafter(draft_session)
    if name == "lookup":
        return LookupDrafter(draft_length)
    if name == "none":
        return NoDrafter()
    raise PeerError(f"There is no drafter {name!r}; there are none, lookup and model.")


def generate(session, prompt, maximum, end, temperature, seed, drafter_name, draft_length, draft_session):
    """The answer to `prompt` and what it took, timed from the first token to the last."""
    if not prompt or len(prompt) + maximum + draft_length > session.context_length:
        raise PeerError(
            f"The prompt's {len(prompt)} and {maximum} more tokens do not fit a context of {session.context_length}.")
    if any(not 0 <= token < session.vocabulary_count for token in prompt):
        raise PeerError("The prompt has tokens that the model does not have.")
    drafter = _drafter(drafter_name, draft_length, draft_session)
    sampler = TokenSampler(temperature, seed)
    try:
        return _generate(session, list(prompt), maximum, end, drafter, draft_length, sampler)
    finally:
        sampler.close()
        drafter.close()


def _generate(session, tokens, maximum, end, drafter, draft_length, sampler):
    session.clear()
    session.append(tokens)
    answer = [sampler.choose(session, -1)]
    drafted_by_position, accepted_by_position = [0] * draft_length, [0] * draft_length
    rounds = 1
    started = time.perf_counter()
    ended = answer[0] in end
    while not ended and len(answer) < maximum:
        tokens.append(answer[-1])
        limit = min(draft_length, maximum - len(answer) - 1)
        draft = drafter.draft(tokens, limit) if limit > 0 else []
        session.append([tokens[-1], *draft], logits="all")
        rounds += 1
        accepted = 0
        while True:
            token = sampler.choose(session, accepted)
            answer.append(token)
            if token in end or accepted == len(draft) or token != draft[accepted]:
                break
            tokens.append(token)
            accepted += 1
        ended = token in end
        for position in range(len(draft)):
            drafted_by_position[position] += 1
            # A token that ended the answer may have been drafted, too.
            accepted_by_position[position] += position < accepted or (position == accepted and token == draft[position])
        session.truncate(len(tokens))
    seconds = time.perf_counter() - started
    return {
        "tokens": answer[:-1] if ended else answer, "ended": ended, "seconds": seconds, "rounds": rounds,
        "drafted_by_position": drafted_by_position, "accepted_by_position": accepted_by_position,
    }
