#!/bin/sh
# Two quantisations of a model with llama.cpp on a laptop: which one is slower, and by how much. Exit code 0: nothing is proven to be slower,
# 1: the second is, 3: one of them could not be measured. MODEL is what both files begin with: model-q8_0.gguf and model-q4_k_m.gguf.
set -eu

MODEL=${1:?usage: ab-llama-cpp.sh MODEL [further settings of plateau ab]}
shift

exec plateau ab \
  --a "exec llama-server -m '$MODEL-q8_0.gguf' --parallel 4 --ctx-size 8192 --port 8080" \
  --b "exec llama-server -m '$MODEL-q4_k_m.gguf' --parallel 4 --ctx-size 8192 --port 8080" \
  --url http://127.0.0.1:8080 \
  --concurrency 1,4 \
  --input-tokens 256 \
  "$@"
