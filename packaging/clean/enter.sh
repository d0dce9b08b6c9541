#!/bin/sh
# enter.sh ROOT VECTORS HOME COMMAND...: runs COMMAND in ROOT with the mounts of a container, in mount and process namespaces of its
# own, so that the host sees none of them. VECTORS: a folder to lie beside the clone, read-only, or ''.
set -e
root=$1 vectors=$2 home=$3
shift 3
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/net dev/pts dev/shm
for node in null zero full random urandom tty net/tun; do
    : >"dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mount -t devpts -o newinstance,mode=620,gid=5,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for stream in stdin:0 stdout:1 stderr:2; do
    ln -s "fd/${stream#*:}" "dev/${stream%:*}"
done
mount -t tmpfs -o mode=755 tmpfs run
if [ -n "$vectors" ]; then
    mount --bind "$vectors" ".$home/vectors/data"
    mount -o remount,ro,bind ".$home/vectors/data"
fi
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec env -i PATH=$path LANG=C.UTF-8 HOME="$home" chroot . "$@"
