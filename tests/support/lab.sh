# A throw-away machine: this machine's own systemd as PID 1 of fresh namespaces, over an overlay of /.
#
#   sh -euc "$script" lab "$script" keep INIT...
#
# Prints `init PID` (as this machine counts) when INIT is about to run, and otherwise why it cannot. It keeps the
# lab until standard input ends, which it does however the test program ends, and leaves nothing behind: every
# mount is in a namespace of its own, every write in a tmpfs, every process and cgroup below one cgroup.

keep() {
  exec 2>&1
  mount -t tmpfs -o mode=755 lab /tmp && cd /tmp
  mkdir cgroups && mount -t cgroup2 cgroup2 cgroups
  # What a keeper that was itself killed could not remove.
  for old in cgroups/envgate-lab-*; do
    [ -d "$old" ] && ! [ -d "/proc/${old##*-}" ] && remove "$old"
  done
  mine=cgroups/envgate-lab-$$
  mkdir "$mine"
  (
    echo 0 >"$mine/cgroup.procs"
    # Were this shell killed, unshare dies with it, and with unshare the whole lab.
    exec setpriv --pdeathsig KILL unshare --mount --pid --ipc --uts --net --cgroup --fork --kill-child \
      --propagation private sh -euc "$script" lab "$script" inside "$@"
  ) &
  # From here on only the lab holds the pipe: where it does not come up, the test program sees the end of it.
  exec >/dev/null 2>&1
  while read -r _; do :; done
  ! [ -e "$mine/cgroup.kill" ] || echo 1 >"$mine/cgroup.kill"
  kill -KILL $! 2>/dev/null || true
  wait
  remove "$mine"
}

# A dying process leaves its cgroup a moment after it was killed.
remove() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null || true
    [ -d "$1" ] || return 0
    sleep 0.1
  done
}

inside() {
  mkdir upper work root
  mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
  cd root

  # What this machine is set up for is not the lab's: its enabled units, its journal, its disks, its identity.
  mount -t tmpfs -o mode=755 tmpfs etc/systemd
  mount -t tmpfs -o mode=755 tmpfs var/log
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  : >etc/fstab
  rm -f etc/crypttab
  echo 656e76676174656c6162000000000001 >etc/machine-id
  mkdir etc/systemd/system
  printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\nForwardToSyslog=no\n' >etc/systemd/journald.conf
  printf '[Unit]\nRequires=sysinit.target\nWants=dbus.socket\nAfter=sysinit.target dbus.socket\n' \
    >etc/systemd/system/lab.target

  read -r pid _ </proc/self/stat
  mount -t proc proc proc
  # Most of it is the machine's, not the namespace's: no sysctl is set from here.
  mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup

  mount -t tmpfs -o mode=755 tmpfs dev
  for node in null zero full random urandom tty; do
    : >dev/$node
    mount --bind /dev/$node dev/$node
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd

  mkdir run/machine
  pivot_root . run/machine
  umount -l /run/machine
  rmdir /run/machine
  # systemd mounts a credential in another namespace and counts on it to appear here.
  mount --make-rshared /

  echo "init $pid"
  # No modules, no clock, no kernel log, no audit: those are the machine's too.
  exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    setpriv --bounding-set -sys_module,-sys_time,-syslog,-audit_control,-audit_read "$@" >/dev/null 2>&1
}

script=$1
part=$2
shift 2
"$part" "$@"
