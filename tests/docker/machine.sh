#!/usr/bin/env bash
# Runs a script on a Debian machine that exists only meanwhile: it sees this machine's files, but
# what it writes is kept in memory. It has its own network with nothing but loopback, its own
# processes, and systemd as the first of them. Needs root.
#
#   machine.sh SCRATCH CHECKOUT SITE_PACKAGES
#
# SCRATCH is an empty folder with the script, script.sh. What the script writes into /run/out is in
# SCRATCH/out afterwards. CHECKOUT is in /opt/spanlight, with the packages of SITE_PACKAGES.
set -euo pipefail
readonly scratch=$1 checkout=$2 site_packages=$3

# Its processes get a group of their own, whose members are all that its systemd can see.
unified=/sys/fs/cgroup/unified
[[ -d $unified ]] || unified=/sys/fs/cgroup
readonly group=$unified/spanlight-machine-$$
leave() {
  find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.2
}
trap 'for _ in {1..50}; do [[ -d $group ]] && leave; done' EXIT
mkdir -- "$group"

boot() {
  set -euo pipefail
  mount --make-rprivate /
  mount -t tmpfs tmpfs "$scratch/machine"
  cd -- "$scratch/machine"
  mkdir written work root
  mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/written,workdir=$PWD/work" root
  cd root
  mount -t proc proc proc
  mount --bind -o ro proc/sys proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs dev
  local device
  for device in null zero full random urandom tty; do
    touch dev/$device
    mount --bind /dev/$device dev/$device
  done
  mkdir dev/shm dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mkdir -p run/out run/old run/systemd/system opt/spanlight
  mount --bind "$scratch/out" run/out
  cp -- "$scratch/script.sh" run/script.sh
  (cd -- "$checkout" && git ls-files -z --cached --others --exclude-standard |
    tar --create --null --ignore-failed-read --files-from=- 2>/dev/null) | tar --extract --no-same-owner --directory=opt/spanlight
  # Debian's own Python, as on a real machine, because services see no home folders.
  /usr/bin/python3 -m venv --without-pip opt/spanlight/.venv
  mount --bind -o ro "$site_packages" opt/spanlight/.venv/lib/python3.*/site-packages
  pivot_root . run/old
  umount -l /run/old
  ip link set lo up
  # Only what the script starts shall run.
  rm -f /etc/systemd/system/*.wants/*
  for device in getty.target systemd-logind.service systemd-udevd.service; do
    ln -s /dev/null /run/systemd/system/$device
  done
  cat >/run/systemd/system/script.service <<'END'
[Unit]
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
WorkingDirectory=/opt/spanlight
ExecStart=/bin/bash /run/script.sh
StandardOutput=file:/run/out/log
StandardError=inherit
END
  exec env -i container=spanlight PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --unit=script.service --log-target=journal --show-status=no
}

export -f boot
export scratch checkout site_packages
mkdir -p -- "$scratch/machine" "$scratch/out"
(
  echo $BASHPID >"$group/cgroup.procs"
  exec unshare --mount --pid --cgroup --uts --ipc --net --fork --kill-child bash -c boot
)
