"""A language model on this machine: llama.cpp's own HTTP server (by xllamacpp), for a GGUF file of the operator's."""
