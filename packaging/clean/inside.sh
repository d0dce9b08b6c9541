#!/bin/sh
# inside.sh PLACES COMMAND...: the first process of the clean machine. Runs COMMAND as alice in her clone, and says what is left
# behind afterwards: processes, mounts, network namespaces, and files in PLACES outside the clone and the lab's cache.
# Status 70 where something is, else the command's own. Nothing but Debian's essential packages is used.
places=$1
shift
kept="-path $HOME/holdfast -o -path $HOME/vectors -o -path /var/cache/holdfast-lab -o -path /var/log -o -path /snapshots"

snapshot() # NAME
{
    grep -v '^[^ ]* /run/netns ' /proc/self/mounts | sort >"/snapshots/$1.mounts" # which ip makes once, for everybody
    # shellcheck disable=SC2086 # they are words
    find $places -xdev \( $kept \) -prune -o ! -type d -printf '%p, changed %T+\n' | sort >"/snapshots/$1.files"
}

added() # KIND: what the second snapshot has and the first has not
{
    comm -13 "/snapshots/before.$1" "/snapshots/after.$1"
}

processes() # by builtins alone, which start none; a zombie is only waiting for this script to end
{
    for folder in /proc/[0-9]*; do
        { read -r pid name state _ <"$folder/stat"; } 2>/dev/null || continue
        [ "$pid" = $$ ] || [ "$state" = Z ] || echo "left behind: process $pid $name"
    done
}

mkdir -p /snapshots
snapshot before
runuser -u alice -- sh -c 'cd ~/holdfast 2>/dev/null || cd ~; exec "$@"' sh "$@"
status=$?
processes >/snapshots/after.processes
snapshot after
{
    cat /snapshots/after.processes
    added mounts | sed 's/^/left behind: mount /'
    added files | sed 's/^/left behind: file /'
    ls /run/netns 2>/dev/null | sed 's/^/left behind: network namespace /'
} >/snapshots/left
head -n 40 /snapshots/left
[ ! -s /snapshots/left ] || status=70
exit $status
