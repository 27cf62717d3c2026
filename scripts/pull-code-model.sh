#!/usr/bin/env bash
# Fetches the language model that code- tasks ask, with a progress bar, and checks its digest.
# Where [models] in ygg.toml names Ollama: any model of its library, by default qwen2.5-coder:3b
# (2 GB); granite-code:8b (5 GB) wants a GPU. Where it names the embedded model: the small
# smollm2-135m (98 MB), and the path of its file is printed.
# Usage: scripts/pull-code-model.sh [NAME] [--digest sha256:…]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ygg=$root/.venv/bin/ygg
[[ -x $ygg ]] || ygg=$(command -v ygg) || {
    echo "scripts/pull-code-model.sh: there is no ygg here: run scripts/install" >&2
    exit 2
}
exec "$ygg" model pull "$@"
