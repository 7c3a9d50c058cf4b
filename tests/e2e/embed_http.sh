#!/bin/sh
# embed-http against a real server on the loopback, with faults: embed_http.py.
exec python3 "$(dirname "$0")/embed_http.py" "$1"
