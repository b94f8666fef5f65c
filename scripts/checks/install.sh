#!/usr/bin/env bash
# scripts/install.sh installs what was built or a package, may be run again, takes itself away and tells what to do:
# scripts/checks/install.sh [PACKAGE]
# In a fresh root of Debian 12, with a stand-in for systemctl that runs the service as its unit says, on the virtual camera.
# The program is built there, which takes some minutes: without a package at once, with one behind it. Needs root; leaves
# nothing behind.
set -euo pipefail

readonly settings=/etc/mini-dvr.conf
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/fresh_root.sh
. "$checkout/scripts/fresh_root.sh"

fail() {
  echo "install: $1" >&2
  [[ ! -s ${log:-} ]] || tail -n 30 "$log" >&2
  [[ ! -s ${fresh:-}/run/service.log ]] || grep -v " info " "$fresh/run/service.log" >&2 || true
  exit 1
}

package=${1:-}
[[ ! $package || -f $package ]] || fail "usage: scripts/checks/install.sh [PACKAGE]"
((EUID == 0)) || fail "must be run by root"
"$checkout/scripts/dependencies.sh" fresh-root

scratch=$(mktemp -d)
fresh=$scratch/root
log=$scratch/log
trap 'remove_root "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

says() { grep -qF -- "$1" "$log" || fail "does not say '$1'"; }

place=/mini-dvr # of the checkout, in the fresh root

# install_sh ARGUMENT...: one run of it, with a systemd of its own that ends with it. Sets status.
install_sh() {
  status=0
  # shellcheck disable=SC2016 # for the inner shell
  (in_root bash -c '
    export PATH=/usr/local/bin:$PATH
    mkdir -p /run/systemd/system
    trap "systemctl stop mini-dvr.service" EXIT
    "$0/scripts/install.sh" "$@"' "$place" "$@") > "$log" 2>&1 < /dev/null || status=$?
}

make_system() {
  make_root bookworm --dpkgopt=force-unsafe-io --include=ca-certificates,systemd
  copy_work_tree "$checkout" "$fresh/mini-dvr"
  printf '#!/bin/sh\nexit 101\n' > "$fresh/usr/sbin/policy-rc.d"
  # Notes what it is told, and runs the service: user and command are those of the unit.
  cat > "$fresh/usr/local/bin/systemctl" << 'END'
#!/bin/bash
echo "systemctl $*" >> /run/systemctl.log
runs() { [[ -f /run/service.pid ]] && kill -0 "$(cat /run/service.pid)" 2> /dev/null; }
stop() {
  [[ -f /run/service.pid ]] || return 0
  kill -TERM "$(cat /run/service.pid)" 2> /dev/null
  while runs; do sleep 0.1; done
  rm /run/service.pid
}
start() {
  # The condition of scripts/install.sh. As by systemd, whoever asks for a start is told nothing of it.
  ! grep -qsx 'ConditionPathExists=!/' /run/systemd/system/mini-dvr.service.d/*.conf || exit 0
  for unit in /etc/systemd/system/mini-dvr.service /usr/lib/systemd/system/mini-dvr.service; do
    [[ ! -f $unit ]] || break
  done
  touch /run/started
  [[ -f /var/lib/mini-dvr/accounts.json ]] || touch /run/started-without-password
  command=$(sed -n 's/^ExecStart=//p' "$unit")
  umask 0027
  # shellcheck disable=SC2086 # words
  setpriv --reuid minidvr --regid minidvr --init-groups --no-new-privs $command > /run/service.log 2>&1 &
  echo $! > /run/service.pid
}
case " $* " in
  *" is-active "*) runs || exit 3 ;;
  *" is-enabled "*) SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl "$@" ;;
  *" enable "*) SYSTEMD_OFFLINE=1 /usr/bin/systemctl --quiet enable mini-dvr.service ;;
  *" disable "*)
    [[ $* != *--now* ]] || stop
    SYSTEMD_OFFLINE=1 /usr/bin/systemctl --quiet disable mini-dvr.service
    ;;
  *" stop "*) stop ;;
  *" start "*) runs || start ;;
  *" restart "*) stop && start ;;
esac
exit 0
END
  chmod +x "$fresh/usr/local/bin/systemctl" "$fresh/usr/sbin/policy-rc.d"
}

# Settings of somebody who records elsewhere.
write_settings() {
  local port
  port=$(free_port)
  printf '%s\n' 'device = virtual' 'app_host = 127.0.0.1' "app_port = $port" 'preview_host = 127.0.0.1' \
    "preview_port = $((port + 1000))" 'resolution = 320x240' "recordings_dir = $1" > "$fresh$settings"
}

check_refusals() {
  install_sh --bogus
  [[ $status == 1 ]] || fail "--bogus gives status $status"
  says "Usage: scripts/install.sh"
  install_sh --package /nowhere.deb
  [[ $status == 1 ]] || fail "a package that is not there gives status $status"
  says "Make it with scripts/package.sh"
  install_sh --prefix /home/pi/mini-dvr
  says "outside of /home"
  install_sh --prefix /opt/../home/pi/mini-dvr
  says "outside of /home"
  local option
  for option in --package --prefix --package= --prefix=; do
    # Behind = nothing follows that could be the value.
    if [[ $option == *= ]]; then install_sh --dry-run "$option"; else install_sh --dry-run "$option" ''; fi
    [[ $status == 1 ]] || fail "$option without a value gives status $status"
    says "${option%=} needs a value"
  done
  local release
  release=$(cat "$fresh/etc/os-release")
  sed -i 's/=bookworm/=bullseye/' "$fresh/etc/os-release"
  install_sh
  [[ $status == 1 ]] || fail "another Debian gives status $status"
  says "not Debian or Raspberry Pi OS, Bookworm or Trixie"
  echo "$release" > "$fresh/etc/os-release"
}

check_dry_run() {
  find "$fresh" -xdev -not -path '*/run/*' -not -path "$fresh/tmp" -printf '%p %s %T@\n' | sort > "$scratch/before"
  install_sh --dry-run "$@"
  [[ $status == 0 ]] || fail "--dry-run gives status $status"
  says "would run: "
  find "$fresh" -xdev -not -path '*/run/*' -not -path "$fresh/tmp" -printf '%p %s %T@\n' | sort > "$scratch/after"
  diff "$scratch/before" "$scratch/after" > "$log" || fail "--dry-run changes something"
}

# One that was built here goes when the package is there, and not before: apt may fail. No program is needed for that.
check_order() {
  local unit=/etc/systemd/system/mini-dvr.service apt remove
  mkdir -p "$scratch/bad/DEBIAN" "$fresh/etc/systemd/system"
  printf '%s\n' 'Package: mini-dvr' 'Version: 0' "Architecture: $(in_root dpkg --print-architecture)" 'Maintainer: nobody <nobody@localhost>' \
    'Depends: mini-dvr-no-such-package' 'Description: can not be installed' > "$scratch/bad/DEBIAN/control"
  dpkg-deb --build "$scratch/bad" "$fresh/bad.deb" > "$log" 2>&1 || fail "no package that can not be installed"
  echo "ExecStart=/opt/dvr/bin/mini-dvr --config $settings" > "$fresh$unit"
  mkdir -p "$fresh/opt/dvr/bin"
  touch "$fresh/opt/dvr/bin/mini-dvr"
  install_sh --dry-run --package /bad.deb
  [[ $status == 0 ]] || fail "--dry-run over one that was built gives status $status"
  apt=$(grep -n "'apt-get' 'install'" "$log" | cut -d : -f 1)
  remove=$(grep -n "'rm' .*'$unit'" "$log" | cut -d : -f 1)
  ((${apt:-0} && ${apt:-0} < ${remove:-0})) || fail "takes away what was built before the package is installed"
  install_sh --package /bad.deb
  [[ $status == 1 ]] || fail "a package that can not be installed gives status $status"
  says "apt-get install failed"
  there "$unit" "a package that can not be installed"
  there /opt/dvr/bin/mini-dvr "a package that can not be installed"
  ! grep -q disable "$fresh/run/systemctl.log" 2> /dev/null || fail "stops a recorder that works for a package that can not be installed"
  rm -r "$fresh$unit" "$fresh/opt/dvr" "$fresh/bad.deb"
}

# A checkout of somebody, in which root has built before.
give_to_user() {
  (in_root useradd --create-home pi) > "$log" 2>&1 || fail "there can be no user pi"
  (in_root chown -R pi: /mini-dvr) || fail "pi can not have the checkout"
  mkdir -p "$fresh/mini-dvr/build/release"
  touch "$fresh/mini-dvr/build/release/.lock"
}

# By pi, but where pi can not get to what is pi's: there root builds, as nobody else can.
check_builder() {
  install_sh --dry-run
  says "would run: 'runuser' '-u' 'pi' '--' '/mini-dvr/scripts/build.sh' 'release'"
  mkdir -m 0700 "$fresh/kept"
  mv "$fresh/mini-dvr" "$fresh/kept"
  place=/kept/mini-dvr
  install_sh --dry-run
  says "would run: '/kept/mini-dvr/scripts/build.sh' 'release'"
  place=/mini-dvr
  mv "$fresh/kept/mini-dvr" "$fresh"
  rmdir "$fresh/kept"
}

# built_by USER: who can build on.
built_by() {
  [[ $(in_root stat -c %U /mini-dvr/build/release/mini-dvr) == "$1" ]] || fail "$1, whose the checkout is, has not built"
  (in_root runuser -u "$1" -- /mini-dvr/scripts/build.sh release) > "$log" 2>&1 || fail "$1 can not build after an installation"
}

check_installation() {
  install_sh "$@"
  [[ $status == 0 ]] || fail "gives status $status"
  says "State: ok"
  says "http://127.0.0.1:"
  grep -q "systemctl --quiet enable mini-dvr.service" "$fresh/run/systemctl.log" || fail "does not enable the service"
}

# Twice the same; then with another folder, which exists and is somebody else's.
check_folders() {
  check_installation "$@"
  there /data/video "the folder that the settings name"
  [[ $(stat -c %a "$fresh/data/video") == 750 ]] || fail "the folder is for $(stat -c %a "$fresh/data/video")"
  grep -qxF 'ReadWritePaths="-/data/video"' "$fresh/etc/systemd/system/mini-dvr.service.d/recordings.conf" ||
    fail "the unit is not allowed to write there"
  # As tools that write settings may leave them.
  chown root:root "$fresh$settings"
  chmod 0600 "$fresh$settings"
  cp -a "$fresh$settings" "$scratch/settings"
  check_installation "$@"
  cmp -s "$scratch/settings" "$fresh$settings" || fail "the second time changes the settings"
  [[ $(in_root stat -c '%G %a' "$settings") == 'minidvr 640' ]] || fail "the service may not read the settings"

  mkdir -p "$fresh/data/others"
  touch "$fresh/data/others/file"
  sed -i 's|^recordings_dir = .*|recordings_dir = /data/others|' "$fresh$settings"
  install_sh "$@"
  [[ $status == 1 ]] || fail "a folder of somebody else gives status $status"
  says "chown minidvr: '/data/others'"
  [[ $(stat -c %U "$fresh/data/others") == root ]] || fail "takes a folder that is somebody else's"

  sed -i 's|^recordings_dir = .*|recordings_dir = /var/lib/mini-dvr/recordings|' "$fresh$settings"
  check_installation "$@"
  gone /etc/systemd/system/mini-dvr.service.d/recordings.conf "a folder that is allowed anyway"
}

# The package's own scripts may start the service here, and do not before there is a password. Without one it stays off.
# Nor do they start one that was built here before, and stopped: its unit comes first.
check_held_back() {
  local policy unit=/etc/systemd/system/mini-dvr.service wanted=/etc/systemd/system/multi-user.target.wants/mini-dvr.service
  policy=$(cat "$fresh/usr/sbin/policy-rc.d")
  # shellcheck disable=SC2016 # for the shell there
  printf '#!/bin/sh\n[ "$1" = mini-dvr.service ] || exit 101\n' > "$fresh/usr/sbin/policy-rc.d"
  echo 'DPkg::Path "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";' > "$fresh/etc/apt/apt.conf.d/path"
  echo 'accounts_file = /proc/accounts.json' >> "$fresh$settings" # where none can be kept
  install_sh --password "$@"
  [[ $status == 1 ]] || fail "a password that can not be kept gives status $status"
  says "the password can not be kept"
  says "mini-dvr.service is not started, now and at boot"
  gone /run/started "a password that can not be kept"
  gone "$wanted" "a password that can not be kept"
  gone /run/systemd/system/mini-dvr.service.d "a password that can not be kept"
  sed -i '/^accounts_file/d' "$fresh$settings"

  install_sh --password "$@"
  [[ $status == 0 ]] || fail "--password gives status $status"
  says "State: ok"
  there /run/started "--password"
  gone /run/started-without-password "--password"
  there "$wanted" "--password"
  gone /run/systemd/system/mini-dvr.service.d "--password"
  install_sh --uninstall
  [[ $status == 0 ]] || fail "--uninstall gives status $status"

  rm "$fresh/var/lib/mini-dvr/accounts.json" "$fresh/run/started"
  printf '%s\n' '[Service]' "ExecStart=/opt/dvr/bin/mini-dvr --config $settings" '[Install]' 'WantedBy=multi-user.target' > "$fresh$unit"
  mkdir -p "$fresh/opt/dvr/bin" "$fresh${wanted%/*}"
  ln -sf "$unit" "$fresh$wanted"
  install_sh --password "$@"
  [[ $status == 0 ]] || fail "--password over one that was built gives status $status"
  says "State: ok"
  there /run/started "--password over one that was built"
  gone /run/started-without-password "--password over one that was built"
  gone "$unit" "--password over one that was built"
  install_sh --uninstall
  [[ $status == 0 ]] || fail "--uninstall gives status $status"
  rm -r "$fresh/var/lib/mini-dvr/accounts.json" "$fresh/etc/apt/apt.conf.d/path" "$fresh/opt/dvr"
  echo "$policy" > "$fresh/usr/sbin/policy-rc.d"
}

# One program is there, the one that runs.
check_prefix() {
  check_installation --prefix /opt/dvr
  there /opt/dvr/bin/mini-dvr "--prefix"
  grep -q '^ExecStart=/opt/dvr/bin/mini-dvr ' "$fresh/etc/systemd/system/mini-dvr.service" || fail "the unit runs another program"
  gone /usr/local/bin/mini-dvr "another prefix than before"
  gone /usr/local/share/mini-dvr "another prefix than before"
  ln -s dvr "$fresh/opt/link"
  check_installation --prefix /opt/link
  there /opt/dvr/bin/mini-dvr "the same prefix by a link"
  check_installation
  there /usr/local/bin/mini-dvr "the first prefix again"
  gone /opt/dvr/bin/mini-dvr "the first prefix again"
}

# Made where nobody can be asked, once; root is told the state all the same.
check_password() {
  local accounts=/var/lib/mini-dvr/accounts.json
  install_sh --password "$@"
  [[ $status == 0 ]] || fail "--password gives status $status"
  grep -qE '^Account admin, password [^ ]{20,} ' "$log" || fail "no password is told"
  says "State: ok"
  [[ $(in_root stat -c '%U %a' "$accounts") == "minidvr 600" ]] || fail "the accounts can be read by others"
  cp "$fresh$accounts" "$scratch/accounts"
  install_sh --password "$@"
  [[ $status == 0 ]] || fail "--password gives status $status where there is one"
  cmp -s "$scratch/accounts" "$fresh$accounts" || fail "--password replaces the one that is there"
  says "has a password, which stays"
  ! grep -q '^Account admin, password ' "$log" || fail "--password tells another one than that which is there"
}

# Where the service is not at home: it makes files there, and reads what root has made.
check_accounts_elsewhere() {
  local accounts program=/usr/local/bin/mini-dvr
  [[ ! $package ]] || program=/usr/bin/mini-dvr
  cp -a "$fresh$settings" "$scratch/settings"
  echo 'accounts_file = /etc/dvr-access/accounts.json' >> "$fresh$settings"
  check_installation "$@"
  [[ $(in_root stat -c '%U %a' /etc/dvr-access) == "minidvr 750" ]] || fail "the folder of the accounts is not the service's"
  grep -qxF 'ReadWritePaths="-/etc/dvr-access"' "$fresh/etc/systemd/system/mini-dvr.service.d/recordings.conf" ||
    fail "the unit is not allowed to write beside the accounts"
  mkdir "$fresh/etc/dvr-of-root"
  accounts=/etc/dvr-of-root/accounts.json
  (in_root bash -c "echo a password of root | $program passwd --accounts-file $accounts") > "$log" 2>&1 || fail "no password in a folder of root's"
  [[ $(in_root stat -c '%U %a' "$accounts") == "minidvr 600" ]] || fail "the service may not read what root has written"
  (in_root "$program" tls --self-signed --accounts-file "$accounts") > "$log" 2>&1 || fail "no certificate in a folder of root's"
  [[ $(in_root stat -c '%U %a' /etc/dvr-of-root/tls-key.pem) == "minidvr 600" ]] || fail "the service may not read the key"
  chmod 0700 "$fresh/etc/dvr-of-root"
  ! (in_root bash -c "echo a password of root | $program passwd --accounts-file $accounts") > "$log" 2>&1 || fail "all is well with accounts that are kept from the service"
  says "minidvr may not read it"
  rm -r "$fresh/etc/dvr-of-root"
  mv "$scratch/settings" "$fresh$settings"
  check_installation "$@"
  gone /etc/systemd/system/mini-dvr.service.d/recordings.conf "accounts that are where they were"
}

# A hold keeps a package as it is, and does not make it one that is missing.
check_held_packages() {
  (in_root apt-mark hold ffmpeg) > /dev/null
  (in_root /mini-dvr/scripts/dependencies.sh run) > "$log" 2>&1 || fail "a held package is asked of apt"
  [[ ! -s $log ]] || fail "a held package counts as missing"
  (in_root apt-mark unhold ffmpeg) > /dev/null
  [[ $package ]] || return 0
  (in_root apt-mark hold mini-dvr) > /dev/null
  install_sh --uninstall
  [[ $status == 1 ]] || fail "--uninstall of a held package gives status $status"
  says "Held packages were changed"
  (in_root apt-mark unhold mini-dvr) > /dev/null
}

# What is built takes over from a package that is removed, and the leftovers of that are purged: nothing is lost.
check_after_package() {
  local wanted=/etc/systemd/system/multi-user.target.wants/mini-dvr.service accounts=/var/lib/mini-dvr/accounts.json
  there "$accounts" "before the package is removed"
  cp -a "$fresh$settings" "$scratch/settings"
  cp -a "$fresh$accounts" "$scratch/accounts"
  install_sh --uninstall
  [[ $status == 0 ]] || fail "--uninstall gives status $status"
  check_installation
  (in_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y purge '~c') > "$log" 2>&1 || fail "what was removed can not be purged"
  # shellcheck disable=SC2016 # for dpkg-query
  [[ ! $(in_root dpkg-query --show --showformat='${db:Status-Abbrev}' mini-dvr 2> /dev/null) ]] || fail "dpkg still knows the package"
  cmp -s "$scratch/settings" "$fresh$settings" || fail "the settings of the package are others, or gone"
  cmp -s "$scratch/accounts" "$fresh$accounts" || fail "the accounts are others, or gone"
  there "$wanted" "the package purged"
  there /var/lib/mini-dvr/recordings/.state "the package purged"
}

check_uninstall() {
  touch "$fresh/var/lib/mini-dvr/recordings/20261129_100000.mp4"
  install_sh --uninstall
  [[ $status == 0 ]] || fail "--uninstall gives status $status"
  local name
  for name in /usr/bin /usr/local/bin /usr/share /usr/local/share /usr/lib /usr/local/lib /etc/systemd/system /usr/lib/systemd/system; do
    [[ ! $(find "$fresh$name" -maxdepth 3 -name '*mini-dvr*' -not -path '*.wants/*' -print -quit) ]] ||
      fail "--uninstall leaves $(find "$fresh$name" -maxdepth 3 -name '*mini-dvr*' -not -path '*.wants/*')"
  done
  there "$settings" "--uninstall"
  there /var/lib/mini-dvr/recordings/20261129_100000.mp4 "--uninstall"
  install_sh --uninstall
  [[ $status == 0 ]] || fail "--uninstall of nothing gives status $status"
  says "not installed"
}

make_system
arguments=()
if [[ $package ]]; then
  cp "$package" "$fresh/package.deb"
  arguments=(--package /package.deb)
fi
check_refusals
check_order
check_dry_run "${arguments[@]}"
write_settings /data/video
[[ ! $package ]] || check_held_back "${arguments[@]}"
[[ $package ]] || give_to_user
[[ $package ]] || check_builder
check_folders "${arguments[@]}"
[[ $package ]] || built_by pi
[[ $package ]] || check_prefix
check_password "${arguments[@]}"
check_accounts_elsewhere "${arguments[@]}"
check_held_packages
[[ ! $package ]] || check_after_package
check_uninstall
echo "scripts/install.sh ${arguments[*]}: installs, changes nothing twice, and takes itself away"
