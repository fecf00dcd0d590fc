"""`python -m inference.llm --host 127.0.0.1 --port 8200`: serve the model of LLM_GGUF until SIGTERM."""

from __future__ import annotations

import argparse
import sys

from engines.errors import EngineError
from inference.common.settings import SettingsError, language_model_from_environment
from inference.llm.server import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="inference.llm")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8200)
    options = parser.parse_args()
    try:
        serve(language_model_from_environment(), host=options.host, port=options.port)
    except (SettingsError, EngineError) as error:
        sys.stderr.write(f"language model: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
