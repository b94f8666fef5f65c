#!/usr/bin/env bash
# To be sourced: a fresh Debian root in the folder $fresh, and commands in it. Output goes to the file $log; fail MESSAGE
# is the caller's. Needs root, and mmdebstrap and git (scripts/dependencies.sh fresh-root).
fresh= # the caller says where
log=

# make_root SUITE [OPTION of mmdebstrap...]
make_root() {
  local suite=$1
  shift
  mmdebstrap --quiet --variant=minbase "$@" "$suite" "$fresh" > "$log" 2>&1 || fail "mmdebstrap could not make the root"
  cp /etc/resolv.conf "$fresh/etc/"
  # Where a network has certificates of its own, the root needs them, too.
  mkdir -p "$fresh/etc/ssl/certs"
  cp /etc/ssl/certs/ca-certificates.crt "$fresh/etc/ssl/certs/"
}

# copy_work_tree CHECKOUT FOLDER: what git knows or would take, as it is now.
copy_work_tree() {
  mkdir -p "$2"
  git -C "$1" ls-files -z --cached --others --exclude-standard |
    tar -C "$1" --null --files-from=- --ignore-failed-read --warning=no-failed-read -c |
    tar -x -C "$2"
}

# in_root COMMAND...: with its own processes and mounts, which end with the command. SIGTERM to the first
# process there reaches the command. The root is mounted on only in the namespace of what runs in it, so there is
# nothing to unmount. Takes the place of the shell: call it in one of its own, ( ) or &.
in_root() {
  # shellcheck disable=SC2016 # for the inner shell
  exec unshare --mount --pid --fork --kill-child=KILL bash -c '
    root=$1
    shift
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t sysfs -o ro sysfs "$root/sys"
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb chroot "$root" "$@" &
    child=$!
    trap "kill -TERM $child" TERM
    # The signal ends a wait, too; then the command is still there.
    while kill -0 "$child" 2> /dev/null; do
      wait "$child"
      status=$?
    done
    exit "$status"' _ "$fresh" "$@"
}

# remove_root FOLDER: what was killed in it may still be on its way out when its files go. mmdebstrap on a busy machine may
# leave something mounted: of that no file goes.
remove_root() {
  local mounted
  while read -r _ mounted _; do
    [[ $mounted != "$1"/* ]] || umount "$mounted" || true
  done < /proc/mounts
  until rm -rf --one-file-system "$1" 2> /dev/null; do sleep 0.1; done
}

# there PATH WHEN, gone PATH WHEN: what the root has, or has no more.
there() { [[ -e $fresh$1 || -L $fresh$1 ]] || fail "$2: $1 is not there"; }
gone() { [[ ! -e $fresh$1 && ! -L $fresh$1 ]] || fail "$2: $1 is there"; }

# A root shares the network with this machine.
free_port() {
  local port
  for ((port = 18080; port < 19080; ++port)); do
    if ! (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
      echo "$port"
      return
    fi
  done
  fail "no free port"
}
