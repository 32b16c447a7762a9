"""The engines whose logits are compared with the reference. Each is asked for one window of tokens after another."""

import json
import os
import select
import subprocess
import tempfile

import numpy as np

_PEER = os.path.normpath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Benchmarks", "peers", "llama_peer.py"))


class EngineError(Exception):
    """What went wrong, in a sentence."""


class LlamaEngine:
    """llama.cpp, through `Benchmarks/peers/llama_peer.py` under an interpreter that has llama_cpp."""

    def __init__(self, python, model, longest_window, thread_count, flash_attention=True):
        self.name = "llama.cpp" if flash_attention else "llama.cpp, no flash attention"
        self._process = subprocess.Popen([python, _PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._folder = tempfile.TemporaryDirectory()
        self._ask(command="load", path=os.path.abspath(model), threads=thread_count, context=longest_window,
                  flash_attention=flash_attention)

    def _ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        reply = json.loads(line) if line else {"ok": False, "error": "the process ended"}
        if not reply["ok"]:
            raise EngineError(f"llama.cpp: {reply['error']}")
        return reply

    def logits(self, window):
        """The logits of every position of a fresh context, float32 [tokens, vocabulary]."""
        path = os.path.join(self._folder.name, "logits.f32")
        reply = self._ask(command="logits", tokens=window, file=path)
        return np.fromfile(path, "<f4").reshape(reply["rows"], reply["vocabulary_count"])

    def close(self):
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._folder.cleanup()


class TandemEngine:
    """Our own program: `tandem perplexity MODEL --ids IDS.json --context N --threads T --logits FILE`.

    It reads a JSON list of ids, cuts it into windows of N with a fresh context each, and writes the logits of every
    position, in order, as rows of little-endian float32. FILE is a named pipe here, so that nothing large is stored:
    the program must write from front to back and not seek. Windows must be asked for in the order of the list.
    """

    name = "tandem"

    def __init__(self, program, model, windows, vocabulary_count, thread_count):
        self._vocabulary_count = vocabulary_count
        self._folder = tempfile.TemporaryDirectory()
        ids, pipe = (os.path.join(self._folder.name, name) for name in ("ids.json", "logits.pipe"))
        with open(ids, "w", encoding="utf-8") as file:
            json.dump([token for window in windows for token in window], file)
        os.mkfifo(pipe)
        # Opened without waiting for a writer: a program that fails at once never opens its end.
        descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._pipe = os.fdopen(descriptor, "rb")
        self._errors = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [program, "perplexity", model, "--ids", ids, "--context", str(len(windows[0])), "--threads",
             str(thread_count), "--logits", pipe],
            stdout=subprocess.DEVNULL, stderr=self._errors, text=True)
        while not select.select([descriptor], [], [], 0.2)[0]:
            if self._process.poll() is not None:
                raise self._failure("ended without logits")
        os.set_blocking(descriptor, True)

    def _failure(self, what):
        self._process.wait(timeout=60)
        self._errors.seek(0)
        return EngineError(f"tandem {what}: {self._errors.read().strip() or 'it printed no message'}")

    def logits(self, window):
        """The logits of the next window, float32 [tokens, vocabulary]."""
        size = 4 * len(window) * self._vocabulary_count
        data = self._pipe.read(size)
        if len(data) < size:
            raise self._failure(f"wrote {len(data)} bytes of a window's {size}")
        return np.frombuffer(data, "<f4").reshape(len(window), self._vocabulary_count)

    def close(self):
        """Ends the process."""
        self._pipe.close()
        self._process.terminate()
        self._process.wait(timeout=60)
        self._folder.cleanup()
