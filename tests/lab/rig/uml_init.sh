#!/bin/busybox sh
# The first process of a User-Mode Linux guest: its root is a private tree, its /run is shared with the
# host. From the kernel's command line come HF_ADDRESS and HF_ROUTER; of a gateway HF_INNER, HF_INNER6
# and HF_PAGE; of a client HF_PROBE, which it pings for ever.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
busybox=/bin/busybox
end() { $busybox poweroff -f; }
trap end EXIT # a first process that merely exits is a kernel panic

$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t devtmpfs devtmpfs /dev
$busybox mount -t tmpfs tmpfs /tmp

# The algorithms' generic parts and drbg (which every IV generator draws from) are nobody's dependency.
for module in af_packet ipv6 xfrm_user xfrm_algo esp4 esp6 cbc ctr authenc hmac sha512_generic gcm \
    ghash_generic chacha20poly1305 chacha_generic poly1305_generic echainiv seqiv drbg jitterentropy_rng; do
    $busybox modprobe -q "$module" || $busybox grep -q "/$module.ko" "/lib/modules/$($busybox uname -r)/modules.builtin" ||
        echo "no module $module" >>/run/console.log
done

$busybox ip link set lo up
$busybox ip addr add "$HF_ADDRESS/24" dev vec0
$busybox ip link set vec0 up
$busybox ip route add default via "$HF_ROUTER"
echo 1 >/proc/sys/net/ipv4/ip_forward

if [ -n "$HF_INNER" ]; then
    $busybox ip addr add "$HF_INNER/24" dev lo
    $busybox ip addr add "$HF_INNER6/64" dev lo
    python3 /run/services.py "$HF_PAGE" "$HF_INNER" "$HF_INNER6" >/run/services.log 2>&1 &
else
    while :; do # a ping that is answered leaves its output, whole, in /run/ping
        $busybox ping -c 1 -W 1 "$HF_PROBE" >/run/ping.part 2>&1 && $busybox mv /run/ping.part /run/ping
        $busybox sleep 0.1
    done &
fi
charon-systemd >>/run/console.log 2>&1
