#!/bin/sh
# Tokenizers, on vocabularies trained here, against npm's where it is there: tokenizers.py.
exec python3 "$(dirname "$0")/tokenizers.py" "$1"
