#!/bin/sh
# Sets up once, then runs the project's own tests: lint, format, types, pytest. With arguments: only `pytest ARGS`.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

# shellcheck source=setup/choose_python.sh
. "$root/setup/choose_python.sh"
choose_python dev

cd "$root"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" # the tests run side by side already
if [ $# -gt 0 ]; then
    exec "$python" -m pytest "$@"
fi
"$python" -m ruff check
"$python" -m ruff format --check
"$python" -m mypy
exec "$python" -m pytest -n 2 --dist worksteal
