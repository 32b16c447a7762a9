"""llama.cpp as a process that answers one JSON object a line, so that a benchmark can take turns with it.

    request  {"command": "load", "path": "model.gguf", "threads": 2, "context": 2304, "sequences": 1}
    answer   {"ok": true, "load_seconds": 0.21, ...}   or   {"ok": false, "error": "a sentence"}

Commands (defaults in brackets). Seconds are measured inside, around `llama_decode` and `llama_synchronize` alone:
loading, token choice and JSON stay outside, but for `generate`, which is timed from its first token to its last with all
that belongs to it. The cache is f16, both thread counts are `threads`.

    load       path, threads [2], context [4096], sequences [1], flash_attention [true], unified_cache [false],
               draft [none]                            replaces the model loaded before; `draft` is a model that drafts
    prefill    tokens                                  a fresh conversation reads that many, logits for the last one
    decode     tokens, prompt [0]                      that many single-row reads after a prompt
    rows       rows, context, repeat [1]               reads of `rows` rows, logits for all, after `context` tokens
    sequences  count, context, tokens                  `tokens` steps; each reads one row for every conversation
    generate   prompt (list of ids), maximum, end (list of ids), temperature [0], seed [0],
               drafter ["none", "lookup" or "model"], draft_length [3]
                                                       a fresh conversation: plain, prompt lookup decoding, draft model
    logits     tokens (list of ids), file              a fresh conversation; writes float32 [ids, vocabulary]
    memory                                             bytes resident, from the kernel
    version
    quit

`others_cores` in an answer is the number of cores that other processes kept busy meanwhile: distrust figures
where it is above 0.05.
"""

import json
import os
import sys

import llama_cpp

from llama_generation import generate
from llama_session import LlamaSession, PeerError, pseudo_random_tokens
from load import OthersShare


def memory_usage():
    """Resident bytes of this process: all, the part that is not a mapped file, and the highest so far."""
    wanted = {"VmRSS": "resident_bytes", "RssAnon": "anonymous_bytes", "VmHWM": "peak_bytes"}
    usage = {}
    try:
        with open("/proc/self/status", "r", encoding="ascii", errors="replace") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key in wanted:
                    usage[wanted[key]] = int(value.split()[0]) * 1024
    except OSError:
        pass
    return usage


class Peer:
    """The commands, and the session that they work on."""

    def __init__(self):
        self.session = None
        self.draft = None
        self.anonymous_bytes_before_load = memory_usage().get("anonymous_bytes")

    def load(self, path, threads=2, context=4096, sequences=1, flash_attention=True, unified_cache=False,
             draft=None):
        for session in (self.session, self.draft):
            if session:
                session.close()
        self.session = self.draft = None
        self.session = LlamaSession(path, threads, context, sequences, flash_attention, unified_cache)
        if draft:
            self.draft = LlamaSession(draft, threads, context, 1, flash_attention, unified_cache)
            if self.draft.vocabulary_count != self.session.vocabulary_count:
                raise PeerError(f"{draft} has other tokens than {path}: it cannot draft for it.")
        return {
            "load_seconds": self.session.load_seconds,
            "vocabulary_count": self.session.vocabulary_count,
            "weight_bytes": llama_cpp.llama_model_size(self.session.model),
        }

    def prefill(self, tokens):
        session = self._loaded()
        session.clear()
        return {"seconds": session.append(self._tokens(tokens))}

    def decode(self, tokens, prompt=0):
        session = self._loaded()
        session.clear()
        prompt_seconds = session.append(self._tokens(prompt)) if prompt else 0.0
        steps = [session.append([token]) for token in self._tokens(tokens, seed=2)]
        return {"seconds": sum(steps), "prompt_seconds": prompt_seconds, "step_seconds": steps}

    def rows(self, rows, context, repeat=1):
        session = self._loaded()
        if session.filled != context:
            session.clear()
            session.append(self._tokens(context), logits="none")
        seconds = []
        for _ in range(repeat):
            seconds.append(session.append(self._tokens(rows, seed=3), logits="all"))
            session.truncate(context)
        return {"seconds": seconds}

    def sequences(self, count, context, tokens):
        session = self._loaded()
        if count > session.sequence_count:
            raise PeerError(f"{count} conversations, but the model was loaded for {session.sequence_count}.")
        session.clear()
        for sequence in range(count):
            for start in range(0, context, session.batch_length):
                part = self._tokens(context, seed=sequence)[start:start + session.batch_length]
                session.read([(token, start + i, sequence, False) for i, token in enumerate(part)])
        steps = []
        for step in range(tokens):
            row = self._tokens(count, seed=1000 + step)
            steps.append(session.read([(token, context + step, i, True) for i, token in enumerate(row)]))
        session.clear()
        return {"seconds": sum(steps), "tokens": count * tokens, "step_seconds": steps}

    def generate(self, prompt, maximum, end, temperature=0.0, seed=0, drafter="none", draft_length=3):
        session = self._loaded()
        if drafter == "model" and not self.draft:
            raise PeerError("No draft model is loaded; name one in the load command.")
        return generate(
            session, prompt, maximum, set(end), temperature, seed, drafter, draft_length,
            self.draft if drafter == "model" else None)

    def logits(self, tokens, file):
        session = self._loaded()
        session.clear()
        if len(tokens) > session.batch_length:
            raise PeerError(f"{len(tokens)} ids; at most {session.batch_length} at once.")
        bad = [token for token in tokens if not 0 <= token < session.vocabulary_count]
        if bad or not tokens:
            raise PeerError(f"Ids must be 0...{session.vocabulary_count - 1} and at least one; got {bad[:3] or 'none'}.")
        seconds = session.append(tokens, logits="all")
        session.logits(len(tokens)).astype("<f4").tofile(file)
        return {"seconds": seconds, "rows": len(tokens), "vocabulary_count": session.vocabulary_count}

    def memory(self):
        return {**memory_usage(), "anonymous_bytes_before_load": self.anonymous_bytes_before_load}

    def version(self):
        system = llama_cpp.llama_print_system_info().decode("utf-8", "replace").strip()
        return {"llama_cpp_python": llama_cpp.__version__, "llama": llama_cpp.llama_version().decode(), "system": system}

    def _loaded(self):
        if not self.session:
            raise PeerError("No model is loaded; send a load command first.")
        return self.session

    def _tokens(self, count, seed=1):
        return pseudo_random_tokens(count, self.session.vocabulary_count, seed)


COMMANDS = {"load", "prefill", "decode", "rows", "sequences", "generate", "logits", "memory", "version"}


def answer(peer, line):
    """The answer to one line of input; never raises for what the line says."""
    try:
        request = json.loads(line)
        command = request.pop("command", None)
        if command not in COMMANDS:
            raise PeerError(f"There is no command {command!r}; there are {', '.join(sorted(COMMANDS))} and quit.")
        with OthersShare() as others:
            result = getattr(peer, command)(**request)
        return {"ok": True, **result, "others_cores": others.cores}
    except (PeerError, ValueError, TypeError, AttributeError, OSError) as error:
        return {"ok": False, "error": str(error)}


def main():
    # llama.cpp may write to stdout, which belongs to the protocol: keep a private copy and send the rest to stderr.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    peer = Peer()
    for line in sys.stdin:
        if not line.strip():
            continue
        if '"quit"' in line:
            break
        output.write(json.dumps(answer(peer, line)) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
