#!/usr/bin/env bash
# Installs Mini-DVR as a service: scripts/install.sh [--prefix /usr/local]
# Run by root. May be run again, to bring an installation up to date: it leaves /etc/mini-dvr.conf and
# the recordings as they are.
set -euo pipefail

readonly user=minidvr
readonly state_folder=/var/lib/mini-dvr
readonly recordings=$state_folder/recordings
readonly config=/etc/mini-dvr.conf
readonly unit=/etc/systemd/system/mini-dvr.service

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
  echo "install: $1" >&2
  exit 1
}

prefix=/usr/local
while (($#)); do
  case $1 in
    --prefix=*) prefix=${1#*=} ;;
    --prefix)
      (($# > 1)) || fail "--prefix needs a folder"
      prefix=$2
      shift
      ;;
    *) fail "unknown option '$1'; usage: scripts/install.sh [--prefix /usr/local]" ;;
  esac
  shift
done
[[ $prefix =~ ^/[A-Za-z0-9._/-]*$ ]] || fail "--prefix='$prefix' is not allowed; allowed is an absolute path of letters, digits and ._-/"
prefix=${prefix%/}
((EUID == 0)) || fail "must be run by root: sudo scripts/install.sh"

build() {
  local owner
  owner=$(stat -c %U "$root")
  if [[ $owner != root && $owner == "${SUDO_USER:-}" ]]; then
    # The build folder stays with whom the checkout belongs to.
    runuser -u "$owner" -- "$root/scripts/build.sh" release
  else
    "$root/scripts/build.sh" release
  fi
}

make_user() {
  getent passwd "$user" > /dev/null ||
    useradd --system --user-group --no-create-home --home-dir "$state_folder" \
      --shell /usr/sbin/nologin --comment 'Mini-DVR' "$user"
  usermod --append --groups video "$user"
}

make_folders() {
  install -d -o "$user" -g "$user" -m 0750 "$state_folder" "$recordings"
}

# The documented defaults, with the one that an installed service wants otherwise.
write_config() {
  if [[ -e $config ]]; then
    echo "Kept the settings in $config"
    return
  fi
  sed "s|^#recordings_dir = .*|recordings_dir = $recordings|" "$root/config/mini-dvr.conf" > "$config"
  grep -qx "recordings_dir = $recordings" "$config" ||
    echo "recordings_dir = $recordings" >> "$config"
  chmod 0644 "$config"
}

enable_service() {
  install -d /etc/systemd/system
  sed "s|/usr/local/|$prefix/|g" "$root/systemd/mini-dvr.service" > "$unit"
  chmod 0644 "$unit"
  if [[ ! -d /run/systemd/system ]]; then
    echo "systemd does not run here: the unit is in $unit, but not enabled."
    return
  fi
  systemctl daemon-reload
  systemctl --quiet enable mini-dvr.service
  systemctl restart mini-dvr.service
}

"$root/scripts/dependencies.sh" build run
build
cmake --install "$root/build/release" --prefix "$prefix" > /dev/null
make_user
make_folders
write_config
"$prefix/bin/mini-dvr" --config "$config" --check-config > /dev/null || fail "correct $config, then run this again"
enable_service

cat << END
Installed in $prefix.
  settings    $config, then: systemctl restart mini-dvr
  recordings  $(sed -n 's/^recordings_dir *= *//p' "$config" | tail -n 1)
  log         journalctl -u mini-dvr -f
END
