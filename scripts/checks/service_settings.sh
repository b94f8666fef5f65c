#!/usr/bin/env bash
# The unit of a service runs the program that is installed, and its settings are those of config/mini-dvr.conf, whichever form
# its lines have: with the service's own folders, unless a line names others, and never over those that are there. By the
# script of CMake that writes them.
set -euo pipefail

# shellcheck source=scripts/checks/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"
source=$scratch/source
written=$scratch/installed/etc/mini-dvr.conf

mkdir -p "$source/config" "$source/systemd" "$scratch/build"
cp "$root/systemd/mini-dvr.service" "$source/systemd"

# install_settings WHEN [PREFIX]
install_settings() {
  DESTDIR=$scratch/installed cmake "-DCMAKE_INSTALL_PREFIX=${2:-/usr/local}" "-Dsource=$source" "-Dscratch=$scratch/build" \
    -Dunit_folder=/etc/systemd/system -P "$root/cmake/install_service.cmake" > "$log" 2>&1 || fail "$1: can not be installed"
}

# gives WHAT RECORDINGS ACCOUNTS: with the lines of stdin as config/mini-dvr.conf these are in force, in one line each.
gives() {
  cat > "$source/config/mini-dvr.conf"
  rm -f "$written"
  install_settings "$1"
  diff <(printf '%s\n' "accounts_file = $3" "recordings_dir = $2") \
    <(sed -n 's/^ *\(recordings_dir\|accounts_file\) *= */\1 = /p' "$written" | sort) > "$log" || fail "$1: other settings (>) are in force"
}

readonly recordings=/var/lib/mini-dvr/recordings accounts=/var/lib/mini-dvr/accounts.json
shipped=$root/config/mini-dvr.conf
gives "as it comes" "$recordings" "$accounts" < "$shipped"
diff <(sed '/^#\?\(recordings_dir\|accounts_file\) =/d' "$shipped") <(sed '/^\(recordings_dir\|accounts_file\) =/d' "$written") > "$log" ||
  fail "another line than these two has changed (>)"
gives "both in force" /mnt/usb/rec /etc/dvr.json \
  < <(sed -e 's|^#recordings_dir = .*|recordings_dir = /mnt/usb/rec|' -e 's|^#accounts_file = .*|accounts_file = /etc/dvr.json|' "$shipped")
gives "one in force, with other spaces" /mnt/usb/rec "$accounts" < <(sed 's|^#recordings_dir = .*|  recordings_dir=/mnt/usb/rec|' "$shipped")
gives "a line of one's own besides" /mnt/usb/rec "$accounts" < <(cat "$shipped"; echo 'recordings_dir = /mnt/usb/rec')
gives "in the first line" /mnt/usb/rec "$accounts" <<< 'recordings_dir = /mnt/usb/rec'
gives "commented with a space" "$recordings" "$accounts" <<< $'# recordings_dir = x\n# accounts_file = y'
gives "without a line of them" "$recordings" "$accounts" <<< 'fps = 25'
grep -qx 'fps = 25' "$written" || fail "a line is lost"

echo 'fps = 10' > "$written"
install_settings "with settings that are there"
[[ $(cat "$written") == 'fps = 10' ]] || fail "settings that are there are written over"

# The unit runs the program of the prefix, also when another one was installed within the same second.
for prefix in /opt/one /opt/two /usr/local; do
  install_settings "below $prefix" "$prefix"
  grep -q "^ExecStart=$prefix/bin/mini-dvr " "$scratch/installed/etc/systemd/system/mini-dvr.service" || fail "below $prefix: the unit runs another program"
done
