#!/bin/sh
# Sets up once, then is `python -m grader ARGS`; `grade` is the default command. Nothing here grades.
set -eu

self=$0
while [ -L "$self" ]; do # called through a symlink: the project is where it leads
    target=$(readlink "$self")
    case $target in
        /*) self=$target ;;
        *) self=$(dirname "$self")/$target ;;
    esac
done
case $self in
    */*) root=${self%/*}/ ;;
    *) root=. ;;
esac
root=$(CDPATH='' cd -- "$root" && pwd -P)

# shellcheck source=setup/choose_python.sh
. "$root/setup/choose_python.sh"
choose_python run

case ${1-} in
    grade | batch | export | explain | audit | handout | list | doctor | -h | --help | --version) ;;
    *) set -- grade "$@" ;;
esac

# -P and -s: neither the current folder nor the user's own packages may stand in for a module of the grader.
PYTHONPATH=$root exec "$python" -P -s -m grader "$@"
