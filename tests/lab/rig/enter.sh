#!/bin/sh
# enter.sh TREE SCRATCH COMMAND...: runs COMMAND in TREE, in mount and process namespaces of our own.
# What it writes lands in SCRATCH/upper; SCRATCH/run is its /run, shared with the host.
set -e
tree=$1 scratch=$2
shift 2
mkdir -p "$scratch/upper" "$scratch/work" "$scratch/root" "$scratch/run"
mount -t overlay -o "lowerdir=$tree,upperdir=$scratch/upper,workdir=$scratch/work" overlay "$scratch/root"
cd "$scratch/root"
mount -t proc proc proc
mount --rbind /dev dev
mount --rbind /sys sys
mount --bind "$scratch/run" run
exec chroot . "$@"
