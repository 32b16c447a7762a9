"""llama.cpp's side of the benchmark table, alone: prints a table, and JSON with --json FILE.

    python measure.py model.gguf [--threads 2] [--rounds 7] [--no-flash-attention] [--json figures.json]

Every round measures everything once, so that a disturbance hits all lines alike; the table shows medians over the
rounds in which others kept at most a fifth of a core busy (over all of them, marked !, if most were disturbed).
The comparison with Tandem takes turns between both engines in one run and is the benchmark program's business.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

ROW_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16)
CONVERSATION_COUNT = 16
# The kernel counts processor time in hundredths of a second; the shortest measurement here takes five of them.
QUIET_CORES = 0.2


class PeerProcess:
    """A running `llama_peer.py`."""

    def __init__(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "llama_peer.py")
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, command, **arguments):
        """Sends one command and returns its answer; an error ends the program with the peer's sentence."""
        self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit("The llama.cpp process ended; its last words are above.")
        reply = json.loads(line)
        if not reply["ok"]:
            sys.exit(f"llama.cpp, {command}: {reply['error']}")
        return reply

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)


def measure_round(peer, batched, samples):
    """Adds one sample to every line: `(value, others_cores)`, higher is better for rates, lower for milliseconds."""
    def add(name, value, reply):
        samples.setdefault(name, []).append((value, reply["others_cores"] or 0.0))

    reply = peer.ask("prefill", tokens=512)
    add("prefill 512, tokens/s", 512 / reply["seconds"], reply)
    reply = peer.ask("decode", tokens=128)
    add("decode 128, tokens/s", 128 / reply["seconds"], reply)
    for rows in ROW_COUNTS:
        reply = peer.ask("rows", rows=rows, context=512, repeat=5)
        add(f"{rows} rows at context 512, ms", statistics.median(reply["seconds"]) * 1000, reply)
    reply = peer.ask("decode", tokens=48, prompt=2000)
    add("decode at context 2000, tokens/s", 48 / reply["seconds"], reply)
    reply = batched.ask("sequences", count=CONVERSATION_COUNT, context=32, tokens=32)
    add(f"{CONVERSATION_COUNT} conversations, tokens/s in all", reply["tokens"] / reply["seconds"], reply)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--no-flash-attention", action="store_true", help="better at long contexts on some machines")
    parser.add_argument("--json")
    options = parser.parse_args()

    peer, batched, samples = PeerProcess(), PeerProcess(), {}
    version = peer.ask("version")
    settings = {"path": options.model, "threads": options.threads, "flash_attention": not options.no_flash_attention}
    peer.ask("load", context=2304, **settings)
    batched.ask("load", context=256, sequences=CONVERSATION_COUNT, **settings)
    peer.ask("prefill", tokens=64)  # reads the file into memory and wakes the threads
    for _ in range(options.rounds):
        measure_round(peer, batched, samples)
    peer.close()
    batched.close()

    lines = {}
    print(f"llama.cpp {version['llama']} (llama-cpp-python {version['llama_cpp_python']}), "
          f"{options.threads} threads, flash attention {'on' if settings['flash_attention'] else 'off'}, "
          f"{options.rounds} rounds: median (range), rounds counted")
    for name, values in samples.items():
        quiet = [value for value, others in values if others <= QUIET_CORES]
        is_trusted = 2 * len(quiet) >= len(values)
        figures = quiet if is_trusted else [value for value, _ in values]
        lines[name] = {
            "median": statistics.median(figures), "is_trusted": is_trusted, "samples": [value for value, _ in values],
            "others_cores": [others for _, others in values],
        }
        print(f"{' ' if is_trusted else '!'} {name:36} {lines[name]['median']:8.1f}  ({min(figures):.1f} to "
              f"{max(figures):.1f}), {len(figures)} of {len(values)}")
    one = lines["1 rows at context 512, ms"]["median"]
    ratios = {rows: lines[f"{rows} rows at context 512, ms"]["median"] / one for rows in ROW_COUNTS}
    print("  v(T) = t(T) / t(1):  " + "  ".join(f"v({rows}) {ratio:.2f}" for rows, ratio in ratios.items()))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"version": version, "settings": settings, "lines": lines, "v": ratios}, file, indent=1)


if __name__ == "__main__":
    main()
