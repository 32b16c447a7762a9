"""One llama.cpp model with one context, through the low-level interface, so that nothing but `llama_decode` is timed."""

import ctypes
import os
import sys
import time

import llama_cpp
import numpy as np

_LOG_LEVEL_ERROR = 4


@llama_cpp.llama_log_callback
def _log(level, text, _):
    if level == _LOG_LEVEL_ERROR:
        sys.stderr.write(text.decode("utf-8", "replace"))


class PeerError(Exception):
    """A request that cannot be met, in a sentence."""


def pseudo_random_tokens(count, vocabulary_count, seed=1):
    """The same ids on every run. Speed does not depend on them; ids below 256 are left out (control tokens live there)."""
    low = 256 if vocabulary_count > 1024 else 0
    return np.random.default_rng(seed).integers(low, vocabulary_count, size=count).tolist()


class LlamaSession:
    """A loaded model and a context for `sequence_count` conversations of `context_length` tokens each."""

    def __init__(self, path, thread_count, context_length, sequence_count=1, flash_attention=True,
                 unified_cache=False):
        if not os.path.isfile(path):
            raise PeerError(f"There is no file {path}.")
        llama_cpp.llama_log_set(_log, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        started = time.perf_counter()
        model_parameters = llama_cpp.llama_model_default_params()
        model_parameters.n_gpu_layers = 0
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), model_parameters)
        if not self.model:
            raise PeerError(f"llama.cpp cannot load {path}; its own message is above.")
        self.vocabulary_count = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        self.context_length = context_length
        self.sequence_count = sequence_count
        self.batch_length = min(2048, context_length * sequence_count)
        self.context = llama_cpp.llama_init_from_model(
            self.model, self._context_parameters(thread_count, flash_attention, unified_cache))
        if not self.context:
            raise PeerError(f"llama.cpp cannot make a context of {sequence_count} x {context_length} tokens.")
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(self.batch_length, 0, 1)
        self.load_seconds = time.perf_counter() - started
        self.filled = 0

    def _context_parameters(self, thread_count, flash_attention, unified_cache):
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = self.context_length * self.sequence_count
        parameters.n_batch = self.batch_length
        parameters.n_ubatch = min(512, self.batch_length)
        parameters.n_seq_max = self.sequence_count
        parameters.n_threads = thread_count
        parameters.n_threads_batch = thread_count
        parameters.kv_unified = unified_cache
        parameters.flash_attn_type = (
            llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED if flash_attention else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED)
        parameters.no_perf = True
        return parameters

    def close(self):
        """Frees everything; the session is unusable afterwards."""
        llama_cpp.llama_batch_free(self.batch)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def clear(self):
        """Forgets every conversation."""
        llama_cpp.llama_memory_clear(self.memory, False)
        self.filled = 0

    def truncate(self, length):
        """Forgets what conversation 0 holds from position `length` on."""
        llama_cpp.llama_memory_seq_rm(self.memory, 0, length, -1)
        self.filled = min(self.filled, length)

    def read(self, rows):
        """One `llama_decode` of rows (token, position, sequence, wants logits); returns its seconds."""
        if len(rows) > self.batch_length:
            raise PeerError(f"{len(rows)} rows at once; the context was made for {self.batch_length}.")
        batch = self.batch
        for index, (token, position, sequence, wants_logits) in enumerate(rows):
            batch.token[index] = token
            batch.pos[index] = position
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequence
            batch.logits[index] = 1 if wants_logits else 0
        batch.n_tokens = len(rows)
        started = time.perf_counter()
        status = llama_cpp.llama_decode(self.context, batch)
        llama_cpp.llama_synchronize(self.context)
        seconds = time.perf_counter() - started
        if status != 0:
            raise PeerError(f"llama_decode answered {status}: is the context of {self.context_length} tokens full?")
        return seconds

    def append(self, tokens, logits="last"):
        """Reads tokens after what conversation 0 holds (logits: "last", "all" or "none"); returns the seconds."""
        seconds = 0.0
        for start in range(0, len(tokens), self.batch_length):
            part = tokens[start:start + self.batch_length]
            last = start + len(part) == len(tokens)
            rows = [
                (token, self.filled + index, 0, logits == "all" or (logits == "last" and last and index == len(part) - 1))
                for index, token in enumerate(part)
            ]
            seconds += self.read(rows)
            self.filled += len(part)
        return seconds

    def logits(self, row_count):
        """The logits of the last read, which must have asked for them on all its rows: float32 [rows, vocabulary]."""
        pointer = llama_cpp.llama_get_logits(self.context)
        return np.ctypeslib.as_array(pointer, shape=(row_count, self.vocabulary_count)).copy()
