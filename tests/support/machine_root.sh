#!/usr/bin/env bash
# Makes the root file system of the tests' machine: Debian trixie with systemd as PID 1, without
# what would reach out of a container. What is there already is left alone.
#   usage: tests/support/machine_root.sh FOLDER
# Afterwards FOLDER/root is there, and FOLDER/runs once a container has run with it.
set -euo pipefail
folder=$1
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
[ ! -e "$folder/runs" ] || exit 0
rm -rf "$folder/root"
work=$folder/root.partial
rm -rf "$work"
debootstrap --variant=minbase \
  --include=systemd,systemd-sysv,dbus,libnss-systemd,age,util-linux,procps \
  trixie "$work" >"$folder/log" 2>&1 || {
  tail -n 20 "$folder/log" >&2
  exit 1
}
# These change the kernel that the machine shares with its host, or wait for what is not there.
for unit in systemd-sysctl systemd-modules-load systemd-binfmt systemd-pstore systemd-udevd \
  systemd-networkd systemd-resolved systemd-timesyncd systemd-firstboot console-getty getty@tty1; do
  ln -sf /dev/null "$work/etc/systemd/system/$unit.service"
done
for unit in sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount \
  proc-sys-fs-binfmt_misc.automount apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer; do
  ln -sf /dev/null "$work/etc/systemd/system/$unit"
done
# sops-install-secrets asks for it, as NixOS has it.
chroot "$work" groupadd --system --gid 96 keys
rm -rf "$work"/var/cache/apt/* "$work"/var/lib/apt/lists/*
# Empty: no first boot, and each machine is given one.
: >"$work/etc/machine-id"
mv "$work" "$folder/root"
podman --runtime=runc run --rm --timeout=60 --privileged --network=host \
  --ulimit=nofile=1024:1024 --ulimit=nproc=1000:1000 --rootfs "$folder/root" /bin/true >&2
touch "$folder/runs"
