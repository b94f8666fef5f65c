#!/usr/bin/env bash
# What the package's own scripts do with what is there when they run. With other folders in the place of /etc and /var/lib, and
# stand-ins for what takes root. All of it, in a real root: scripts/checks/package.sh.
set -euo pipefail

# shellcheck source=scripts/checks/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"
fresh=$scratch/root
told=$scratch/told

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

# What a service that ran leaves.
put_state() {
  new_root
  touch "$fresh/var/lib/mini-dvr/"{accounts.json,tls-key.pem,recordings_folders.json} \
    "$fresh/var/lib/mini-dvr/recordings/"{20261129_100000.mp4,.mini-dvr-folder}
}

state() { (cd "$fresh/var/lib" && find . | sort); }

put_state
runs postrm purge
[[ $(state) == $'.\n./mini-dvr\n./mini-dvr/recordings\n./mini-dvr/recordings/20261129_100000.mp4' ]] || fail "purged: there is $(state)"
[[ -e $told ]] || fail "purged: debhelper does not forget the service"

# A unit that runs what was built here keeps all of it; one of the package's program, which is gone, or none at all, nothing.
put_state
before=$(state)
echo "ExecStart=$fresh/usr/local/bin/mini-dvr --config /etc/mini-dvr.conf" > "$fresh/etc/systemd/system/mini-dvr.service"
touch "$fresh/usr/local/bin/mini-dvr"
chmod +x "$fresh/usr/local/bin/mini-dvr"
runs postrm purge
[[ $(state) == "$before" ]] || fail "purged beside what was built: there is only $(state)"
[[ ! -e $told ]] || fail "purged beside what was built: debhelper forgets the service"
grep -qF "$fresh/usr/local/bin/mini-dvr is what mini-dvr.service runs" "$log" || fail "purged beside what was built: does not say so"
runs postrm remove
[[ -e $told ]] || fail "removed beside what was built: debhelper does not run"
rm "$fresh/usr/local/bin/mini-dvr"
runs postrm purge
[[ $(state) != "$before" ]] || fail "purged with a unit of a program that is gone: all is still there"
put_state
ln -s /dev/null "$fresh/etc/systemd/system/mini-dvr.service"
runs postrm purge
[[ $(state) != "$before" ]] || fail "purged with the service masked: all is still there"
