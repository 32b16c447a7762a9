# Every verb is a script in Tools/tasks, or one line. `make` lists them.
.DEFAULT_GOAL := help

MODEL  ?= smollm2-135m-instruct
PROMPT ?= Explain step by step how to make a cup of tea, and then repeat the steps as a numbered list.
PYTHON ?= python3
# An environment with llama.cpp, NumPy and tokenizers, made by Benchmarks/peers/setup.sh.
PEERS  ?= .build-peers
export MODEL PROMPT PYTHON PEERS TEXT PROMPTS EVAL PER_FILE ARMS DRAFT BUNDLE

.PHONY: help demo test test-debug test-release kernels examples format lint docs bench bench-peers proofs fixtures clean

help: ## lists the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: ## builds, pulls a model of 98 MB, answers with drafting and without; PROMPT="…" asks something else
	@Tools/tasks/demo.sh

test: ## all tests: debug, kernels, release on a real model; skips what this machine lacks. CI adds lint, docs, examples
	@Tools/tasks/test.sh debug
	@Tools/tasks/test.sh kernels
	@Tools/tasks/test.sh release

test-debug: ## the tests that are quick without optimisation
	@Tools/tasks/test.sh debug

test-release: ## all tests with optimisation, those on a real model included
	@Tools/tasks/test.sh release

kernels: ## the C kernels on instruction sets that this processor lacks
	@Tools/tasks/test.sh kernels

examples: ## builds the packages that use ours: Examples, Benchmarks
	@Tools/tasks/examples.sh

format: ## formats all Swift sources
	swift format -i -r --parallel Package.swift Sources Tests Examples Benchmarks

lint: ## formatting, warnings as errors, import rules
	@Tools/tasks/lint.sh

docs: ## builds the documentation, warnings as errors, into .build-docs
	@Tools/tasks/docs.sh

bench: ## measures the engine on this machine
	@Tools/tasks/bench.sh

bench-peers: ## measures the engine and llama.cpp in turns
	@Tools/tasks/bench.sh peers

proofs: ## drafting changes no text; EVAL=folder. Tokens, accuracy; TEXT=file.txt.gz PROMPTS=file.jsonl.gz
	@Tools/tasks/proofs.sh

fixtures: ## makes the golden files of the tests anew
	@Tools/tasks/fixtures.sh

clean: ## removes everything that was built
	rm -rf .build .build-* Examples/*/.build* Benchmarks/.build*
	find Benchmarks Tools -name __pycache__ -prune -exec rm -rf {} +
