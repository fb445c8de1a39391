#!/usr/bin/env bash
# A one-node Slurm from Debian's packages, started by hand, and a batch graded on it.
#
#     tests/cluster/slurm.sh install   # apt-get: munge, slurmctld, slurmd, slurm-client (as root)
#     tests/cluster/slurm.sh start     # write a configuration for this machine and start munged, slurmctld, slurmd
#     tests/cluster/slurm.sh grade     # a batch of three submissions with --slurm; compares with one graded here
#     tests/cluster/slurm.sh stop
#     tests/cluster/slurm.sh           # all of these
#
# Needs root, and a Python in $PYTHON (default python) that has what the project needs, distributed and dask-jobqueue.
set -euo pipefail

project=$(cd "$(dirname "$0")/../.." && pwd)
state=${SLURM_TEST_STATE:-/tmp/grader-slurm}
python=${PYTHON:-python}
export SLURM_CONF=$state/slurm.conf

install() {
    local packages=(munge slurmctld slurmd slurm-client)
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "${packages[@]}" && return
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

start() {
    mkdir -p "$state"/{ctld,d}
    local host cpus memory
    host=$(hostname -s)
    cpus=$(nproc)
    memory=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 * 9 / 10))
    cat > "$SLURM_CONF" << END
ClusterName=grader
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/d
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
    mkdir -p /run/munge /var/log/munge /var/lib/munge
    chown munge: /run/munge /var/log/munge /var/lib/munge /etc/munge
    [ -f /etc/munge/munge.key ] || head -c 1024 /dev/urandom > /etc/munge/munge.key
    chown munge: /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
    runuser -u munge -- munged
    slurmctld
    slurmd
    wait_for_node
}

wait_for_node() {
    for _ in $(seq 60); do
        if sinfo -h -o %T 2> /dev/null | grep -q idle; then return; fi
        sleep 1
    done
    echo "Slurm's node does not come up; see $state/slurmctld.log and $state/slurmd.log" >&2
    return 1
}

grade() {
    local work
    work=$(mktemp -d)
    for name in one two three; do
        mkdir -p "$work/class/$name"
        { echo "# $name"; cat "$project/reference/autograd.py"; } > "$work/class/$name/autograd.py"
    done
    cd "$project"
    "$python" -m grader batch "$work/class" autograd --out "$work/here" --cases 5 --jobs 1
    DASK_JOBQUEUE__SLURM__LOG_DIRECTORY="$work" DASK_JOBQUEUE__SLURM__WALLTIME="00:20:00" \
        "$python" -m grader batch "$work/class" autograd --out "$work/there" --cases 5 --jobs 1 --slurm
    "$python" - "$work" << 'END'
import json, pathlib, sys


def timeless(value):
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if not k.endswith("_s") and k != "graded_at"}
    return [timeless(item) for item in value] if isinstance(value, list) else value


work = pathlib.Path(sys.argv[1])
here, there = ({f.name: timeless(json.loads(f.read_text())) for f in (work / d / "reports").iterdir()} for d in ("here", "there"))
assert len(here) == 3 and here == there, "the reports differ"
print("Three submissions graded by a Slurm job, with the same reports as here.")
END
    rm -rf "$work"
}

# End each daemon and wait until it is gone: what is left of one would disturb the next start.
stop() {
    local file
    for file in "$state"/slurmd.pid "$state"/slurmctld.pid /run/munge/munged.pid; do
        [ -f "$file" ] && end "$(cat "$file")" || true
    done
}

end() {
    local tries
    kill "$1" 2> /dev/null || return 0
    for tries in $(seq 50); do
        kill -0 "$1" 2> /dev/null || return 0
        sleep 0.2
    done
    kill -9 "$1" 2> /dev/null || true
}

case "${1:-all}" in
    install | start | grade | stop) "$1" ;;
    all)
        install
        trap stop EXIT
        start
        grade
        ;;
    *)
        echo "usage: $0 [install|start|grade|stop]" >&2
        exit 4
        ;;
esac
