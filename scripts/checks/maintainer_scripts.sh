#!/usr/bin/env bash
# What the package's own scripts do with what is there when they run. With other folders in the place of /etc and /var/lib, and
# stand-ins for what takes root. All of it, in a real root: scripts/checks/package.sh.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fresh=$scratch/root
told=$scratch/told
log=$scratch/log

fail() {
  echo "maintainer_scripts: $1" >&2
  [[ ! -s $log ]] || cat "$log" >&2
  exit 1
}

mkdir "$scratch/bin"
for name in systemd-sysusers chgrp; do
  # shellcheck disable=SC2016 # for the shell there
  printf '#!/bin/sh\necho "%s $1" >> "%s"\n' "$name" "$told" > "$scratch/bin/$name"
done
chmod +x "$scratch/bin"/*

# runs SCRIPT ARGUMENT...: what debhelper adds, which starts the service and forgets it, notes how the settings are then.
runs() {
  rm -f "$told"
  sed -e "s#/\(etc\|var/lib\)/#$fresh/\1/#g" \
    -e "s|^#DEBHELPER#\$|echo debhelper \$(stat -c %a $fresh/etc/mini-dvr.conf 2> /dev/null) >> $told|" \
    "$root/debian/mini-dvr.$1" > "$scratch/script"
  PATH="$scratch/bin:$PATH" sh "$scratch/script" "${@:2}" > "$log" 2>&1 || fail "$*: ends with status $?"
}

new_root() {
  rm -rf "$fresh"
  mkdir -p "$fresh/etc/systemd/system" "$fresh/var/lib/mini-dvr/recordings/.state" "$fresh/usr/local/bin"
}

# The service may read the settings, and nobody else, when it is started.
for mode in 600 640 644 660; do
  new_root
  touch "$fresh/etc/mini-dvr.conf"
  chmod "$mode" "$fresh/etc/mini-dvr.conf"
  runs postinst configure
  [[ $(cat "$told") == $'systemd-sysusers mini-dvr.conf\nchgrp minidvr\ndebhelper 6'[46]0 ]] ||
    fail "settings of mode $mode: does $(tr '\n' ',' < "$told")"
done
new_root
runs postinst configure
[[ $(cat "$told") == 'debhelper' ]] || fail "without settings: does $(tr '\n' ',' < "$told")"
