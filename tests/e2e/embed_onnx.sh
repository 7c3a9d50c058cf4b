#!/bin/sh
# embed-onnx on a small generated model: embed_onnx.py. The vectors need ONNX Runtime's library, which is not
# in Debian: VARVE_ONNXRUNTIME=/path/to/libonnxruntime.so. Without it only the refusals are tested.
exec python3 "$(dirname "$0")/embed_onnx.py" "$1"
