#!/bin/bash
# Failing calls and allocations: tests/fault/errors.py.
. "$(dirname "$0")/lib.bash"
run_python errors.py
