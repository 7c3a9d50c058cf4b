#!/bin/bash
# Flipped bits: tests/fault/rot.py.
. "$(dirname "$0")/lib.bash"
run_python rot.py
