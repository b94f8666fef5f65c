#!/usr/bin/env bash
# To be sourced: a fresh Debian root in the folder $fresh, and commands in it. Output goes to the file $log; fail MESSAGE
# is the caller's. Needs root, and mmdebstrap and git (scripts/dependencies.sh fresh-root).
fresh= # the caller says where
log=
foreign= # arm64, armhf: the root has programs of that, too, and qemu-user-static to run them

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

# As the kernel is told of programs of $foreign, and of what runs them.
registration() {
  local class machine emulator
  case $foreign in
    arm64) class=02 machine=b7 emulator=qemu-aarch64-static ;;
    armhf) class=01 machine=28 emulator=qemu-arm-static ;;
    *) return ;;
  esac
  printf '%s' ":foreign:M::\x7fELF\x$class\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x$machine\x00" \
    ':\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff' ":$fresh/usr/bin/$emulator:F"
}

# Runs what chroots, with the registration $0. It holds in the namespace of users that this is begun in (Linux 6.7), whose
# users are those of this machine: that map the caller writes.
# shellcheck disable=SC2016 # for that shell
readonly with_foreign='
  until read -r _ < /proc/self/uid_map && read -r _ < /proc/self/gid_map; do sleep 0.1; done
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && echo "$0" > /proc/sys/fs/binfmt_misc/register && exec "$@"'

# in_root COMMAND...: with its own processes and mounts, which end with the command. SIGTERM to the first
# process there reaches the command. The root is mounted on only in the namespace of what runs in it, so there is
# nothing to unmount. Takes the place of the shell: call it in one of its own, ( ) or &.
in_root() {
  # shellcheck disable=SC2016 # for the inner shell
  exec unshare --mount --pid --fork --kill-child=KILL bash -c '
    root=$1
    through=()
    [[ ! $2 ]] || through=(unshare --user --mount bash -c "$2" "$3")
    shift 3
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t sysfs -o ro sysfs "$root/sys"
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "${through[@]}" chroot "$root" "$@" &
    child=$!
    # Until it has its namespace there is no map to write.
    while [[ ${through[*]} ]] && kill -0 "$child"; do
      echo "0 0 65536" > "$root/proc/$child/gid_map" && echo "0 0 65536" > "$root/proc/$child/uid_map" && break
      sleep 0.1
    done 2> /dev/null
    trap "kill -TERM $child" TERM
    # The signal ends a wait, too; then the command is still there.
    while kill -0 "$child" 2> /dev/null; do
      wait "$child"
      status=$?
    done
    exit "$status"' _ "$fresh" "${foreign:+$with_foreign}" "$(registration)" "$@"
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

# A root shares the network with this machine, and with others: what runs beside it may have asked, too, and built for minutes before it
# listens.
free_port() {
  local port tried
  for ((tried = 0; tried < 1000; ++tried)); do
    port=$((18080 + RANDOM % 1000))
    if ! (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
      echo "$port"
      return
    fi
  done
  fail "no free port"
}
