#!/bin/bash
# kill -9 at the calls that change files: tests/fault/kill.py.
. "$(dirname "$0")/lib.bash"
run_python kill.py
