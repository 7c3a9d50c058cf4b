#!/bin/bash
# Power cuts, replayed from a record of all writes: tests/fault/power.py.
. "$(dirname "$0")/lib.bash"
run_python power.py
