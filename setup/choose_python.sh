# shellcheck shell=sh disable=SC2154
# Sourced with `root` set. `choose_python run` (or `dev`) sets `python` to one that has what is needed,
# or says in a sentence what to do and exits 3.

choose_python() {
    python=$root/.venv/bin/python
    [ -x "$python" ] || python=$root/.venv/Scripts/python.exe # Git Bash on Windows
    case ${VIRTUAL_ENV:-${CONDA_PREFIX:-}} in
        '' | "$root/.venv")
            if [ -x "$python" ] && _is_ready "$1"; then return; fi
            ;;
    esac
    _find_interpreter
    python=$("$found" -I "$root/setup/environment.py" "$1") || exit $?
}

# The stamp is a copy of what was installed from; environment.py writes it when all is done.
_is_ready() {
    stamp=$root/.venv/ready-$1
    [ -f "$stamp" ] && cat "$root/pyproject.toml" "$root/constraints.txt" | cmp -s - "$stamp"
}

# The active environment's Python first, then those on PATH; the first that is new enough (and not too new).
_find_interpreter() {
    other=
    for candidate in ${VIRTUAL_ENV:+"$VIRTUAL_ENV/bin/python"} ${CONDA_PREFIX:+"$CONDA_PREFIX/bin/python"} \
        python3 python python3.13 python3.12 python3.11; do
        version=$("$candidate" -E -S -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
        case $version in
            3.11.* | 3.12.* | 3.13.*)
                found=$candidate
                return
                ;;
        esac
        other=${other:-", but $candidate is $version"}
    done
    echo "Python 3.11, 3.12 or 3.13 is needed${other:-", and there is none on the PATH"}:" \
        "install one of them (from python.org, conda or your system's packages), then start again." >&2
    exit 3
}
