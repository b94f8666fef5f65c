#!/usr/bin/env bash
# Installs Mini-DVR as a service: scripts/install.sh [--package FILE | --prefix DIR] [--password] [--dry-run]
# On Debian 12 or 13, or Raspberry Pi OS of these (Bookworm, Trixie). Run by root. May be run again, to bring an
# installation up to date: it leaves settings and recordings as they are.
#   --package FILE  installs this package (scripts/package.sh); else it is built here and goes below DIR (/usr/local)
#   --password      only who knows a password may watch and control: asks for it, or, where nobody can be asked, makes one
#                   and prints it once; one that is there stays
#   --uninstall     takes the service and the program away; settings and recordings stay
#   --dry-run       tells what it would do
set -euo pipefail

readonly config=/etc/mini-dvr.conf
readonly unit=/etc/systemd/system/mini-dvr.service # of an installation that was built here
readonly drop_in=$unit.d/recordings.conf
readonly hold=/run/systemd/system/mini-dvr.service.d/hold.conf # while nobody is to start it
readonly sysusers=/etc/sysusers.d/mini-dvr.conf
readonly health_tries=30 # one a second: a Pi that has just started is busy

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/page_address.sh
. "$root/scripts/page_address.sh"

# fail WHAT WHAT_TO_DO
fail() {
  echo "install: $1" >&2
  echo "         $2" >&2
  exit 1
}

readonly usage="scripts/install.sh [--package FILE | --prefix DIR] [--password] [--uninstall] [--dry-run]"
package=
prefix=
password=
uninstall=
dry_run=
old_prefix= # of what was built here before, where that is another one
held_back= # the service does not start until there is a password
while (($#)); do
  case $1 in
    --package=* | --prefix=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    --package | --prefix)
      # An empty one is that of a variable that was not set: nothing else is to happen for it.
      [[ ${2:-} ]] || fail "$1 needs a value" "Usage: $usage"
      [[ $1 == --package ]] && package=$2 || prefix=$2
      shift
      ;;
    --password) password=yes ;;
    --uninstall) uninstall=yes ;;
    --dry-run) dry_run=yes ;;
    -h | --help) echo "Usage: $usage" && exit ;;
    *) fail "unknown option '$1'" "Usage: $usage" ;;
  esac
  shift
done
[[ ! $package || ! $prefix ]] || fail "a package goes where it goes, without --prefix" "Leave out one of the two."
prefix=${prefix:-/usr/local}
# As it is given, and as it is without links and dots.
for path in "$prefix" "$(realpath -m "$prefix")"; do
  [[ $path =~ ^/[A-Za-z0-9._/-]*$ ]] || fail "--prefix='$path' is not allowed" "Give an absolute path of letters, digits and ._-/"
done
prefix=$path
[[ ! $prefix/ =~ ^/(home|root)/ ]] || fail "the service can not see what is in $prefix" "Give a folder outside of /home and /root."
prefix=${prefix%/}
((EUID == 0)) || [[ $dry_run ]] || fail "must be run by root" "Run: sudo scripts/install.sh"

# run COMMAND...: what changes something.
run() {
  if [[ $dry_run ]]; then
    echo "would run: ${*@Q}"
  else
    "$@"
  fi
}

# The same, without what it says when all is well.
quietly() {
  if [[ $dry_run ]]; then run "$@"; else "$@" > /dev/null; fi
}

systemd_runs() {
  [[ -d /run/systemd/system ]]
}

state_of_package() {
  dpkg-query --show --showformat='${db:Status-Abbrev}' mini-dvr 2> /dev/null || true
}

# Also one that is held (hi), or to be removed (ri).
package_is_installed() {
  [[ $(state_of_package) == ?i* ]]
}

# os_release KEY: what the system says of itself.
os_release() {
  sed -n "s/^$1=\"\?\([^\"]*\)\"\?\$/\1/p" /etc/os-release 2> /dev/null || true
}

check_system() {
  local id id_like codename here
  id=$(os_release ID)
  id_like=$(os_release ID_LIKE)
  codename=$(os_release VERSION_CODENAME)
  [[ " $id $id_like " == *' debian '* && $codename =~ ^(bookworm|trixie)$ ]] ||
    fail "this is '${id:-unknown} $codename', not Debian or Raspberry Pi OS, Bookworm or Trixie" \
      "Install one of these; or build by scripts/build.sh, and run build/release/mini-dvr as you run services."
  [[ $package ]] || return 0
  [[ -f $package ]] || fail "there is no file $package" "Make it with scripts/package.sh, or leave out --package."
  [[ $(dpkg-deb --field "$package" Package 2> /dev/null) == mini-dvr ]] ||
    fail "$package is not a package of Mini-DVR" "Make one with scripts/package.sh."
  here=$(dpkg --print-architecture)
  [[ $(dpkg-deb --field "$package" Architecture) == "$here" ]] ||
    fail "$package is for $(dpkg-deb --field "$package" Architecture), and this system is $here" \
      "Take the package for $here, or leave out --package: then it is built here."
}

# What apt says is of interest when it fails.
apt_get() {
  local log
  [[ ! $dry_run ]] || { run apt-get "$@"; return; }
  log=$(mktemp)
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" < /dev/null > "$log" 2>&1 || {
    tail -n 25 "$log" >&2
    rm "$log"
    fail "apt-get $1 failed, see above" "Cure that (often: apt-get update, or the network), then run this again."
  }
  rm "$log"
}

# can_build USER: whether this is one here who can get to the checkout. One that root has unpacked, below /root maybe, may
# have kept an owner of elsewhere.
can_build() {
  if [[ $1 == root ]] || ! id "$1" > /dev/null 2>&1; then return 1; fi
  ((EUID != 0)) || runuser -u "$1" -- test -x "$root/scripts/build.sh" 2> /dev/null
}

build() {
  local owner
  owner=$(stat -c %U "$root")
  if ! can_build "$owner"; then
    run "$root/scripts/build.sh" release
    return
  fi
  # The build folder is of whom the checkout belongs to, also where root has built there. Where root may give nothing away
  # (NFS), what is left in the way is told by the build.
  [[ ! -d $root/build ]] || run find "$root/build" ! -user "$owner" -execdir chown -h "$owner:" {} + 2> /dev/null || true
  run runuser -u "$owner" -- "$root/scripts/build.sh" release
}

# A package starts its service when it is installed, which is before there is a password. One that runs already goes on.
# Not by a mask: a unit of an installation that was built here would come before that.
hold_back() {
  [[ $password ]] && systemd_runs || return 0
  ! systemctl --quiet is-active mini-dvr.service || return 0
  held_back=yes
  [[ $dry_run ]] || trap leave_stopped EXIT
  if [[ $dry_run ]]; then
    echo "would write to $hold: a condition that never holds"
  else
    mkdir -p "${hold%/*}"
    printf '[Unit]\nConditionPathExists=!/\n' > "$hold"
  fi
  run systemctl daemon-reload
}

let_go() {
  run rm -f "$hold"
  [[ ! -d ${hold%/*} ]] || run rmdir --ignore-fail-on-non-empty "${hold%/*}"
  run systemctl daemon-reload
}

let_start() {
  [[ $held_back ]] || return 0
  trap - EXIT
  let_go
}

# What ends before there is a password leaves a service that does not start, at the next boot either.
leave_stopped() {
  let_go || true
  systemctl --quiet disable --now mini-dvr.service 2> /dev/null || true
  echo "install: mini-dvr.service is not started, now and at boot: without a password it would be open to others" >&2
  echo "         Run this again; or: mini-dvr passwd --config $config, then: systemctl enable --now mini-dvr" >&2
}

install_package() {
  [[ ! -f $unit ]] || prefix_of_unit > /dev/null
  lists_are_there || apt_get update
  hold_back
  apt_get install --no-install-recommends --no-remove -o Dpkg::Options::=--force-confold --reinstall --allow-downgrades "$(realpath "$package")"
  program=/usr/bin/mini-dvr
}

lists_are_there() {
  compgen -G '/var/lib/apt/lists/*Packages*' > /dev/null
}

# Of a package that was removed dpkg still keeps the settings, as its own. Whoever purges it one day would take them from
# this installation: so it is purged now, and they are put back. All else its script leaves to the unit that is there.
forget_removed_package() {
  local kept=$config.kept purged=yes
  [[ $(state_of_package) == ?c* ]] || return 0
  if ! grep -qsF "$unit" "$(dpkg-query --control-path mini-dvr postrm)"; then
    echo "A package of mini-dvr was removed, and is not to be purged: that would take accounts and settings away."
    return
  fi
  run cp -a "$config" "$kept"
  (apt_get purge mini-dvr) || purged=
  run mv "$kept" "$config"
  [[ $purged ]] || exit 1
}

install_what_is_built() {
  ! package_is_installed ||
    fail "the package mini-dvr is installed" "Update that with --package FILE, or take it away: apt-get remove mini-dvr"
  command -v systemd-sysusers > /dev/null || fail "there is no systemd-sysusers" "Run: apt-get install systemd"
  run "$root/scripts/dependencies.sh" build run service
  build
  # A link may lead from one to the other.
  [[ ! -f $unit ]] || old_prefix=$(prefix_of_unit)
  [[ $(realpath -m "$old_prefix/bin") != "$(realpath -m "$prefix/bin")" ]] || old_prefix=
  quietly cmake --install "$root/build/release" --prefix "$prefix"
  quietly cmake --install "$root/build/release" --prefix "$prefix" --component service
  run systemd-sysusers "$sysusers"
  # stream_url may hold a password: they are for the service and nobody else, also where they were for root alone.
  run chgrp minidvr "$config"
  run chmod g+r,o= "$config"
  forget_removed_package
  program=$prefix/bin/mini-dvr
}

tell_about_camera() {
  local reason="a USB camera works as soon as it is plugged in"
  ! command -v raspi-config > /dev/null ||
    reason+="; the camera that raspi-config switches is the one on the ribbon cable, which gives no MJPEG here"
  echo "No camera to enable: $reason."
}

# Folders that the settings name: made, and the service's own.
make_folder() {
  local folder=$1
  [[ -d $folder ]] || run install -d -o minidvr -g minidvr -m 0750 "$folder"
  [[ ! $dry_run ]] || return 0
  ! runuser -u minidvr -- test -w "$folder" -a -x "$folder" || return 0
  # Not a folder that somebody else uses.
  if [[ -z $(find "$folder" -mindepth 1 -maxdepth 1 -print -quit) ]]; then
    chown minidvr:minidvr "$folder" 2> /dev/null || true
  fi
  runuser -u minidvr -- test -w "$folder" -a -x "$folder" ||
    fail "the user minidvr may not write to $folder, which $config names" \
      "Allow it (chown minidvr: '$folder'; a disk without owners: mount it with uid=minidvr), and let it through the folders above."
}

# The unit allows what lies below its own folders and where disks are mounted. What is elsewhere is added here.
allow_folders() {
  local folder path lines=''
  for folder in "$@"; do
    path=$(realpath -m "$folder")
    [[ $path/ =~ ^/(var/lib/mini-dvr|media|mnt|srv)/ ]] && continue
    [[ $path != *[\"\\]* ]] || fail "systemd takes no folder named $path" "Choose one without quotes and backslashes."
    [[ ! $path/ =~ ^/(home|root|run/user)/ ]] || lines+=$'ProtectHome=read-only\n'
    lines+="ReadWritePaths=\"-${path//%/%%}\""$'\n'
  done
  if [[ ! $lines ]]; then
    [[ ! -e $drop_in ]] || run rm "$drop_in"
  elif [[ $dry_run ]]; then
    echo "would write to $drop_in: ${lines//$'\n'/ }"
  else
    mkdir -p "${drop_in%/*}"
    printf '# Written by scripts/install.sh for what %s says.\n[Service]\n%s' "$config" "$lines" > "$drop_in"
  fi
}

set_up_folders() {
  local recordings state accounts
  if [[ $dry_run && ! -x $program ]]; then
    echo "would make the folder that $config names (/var/lib/mini-dvr/recordings)"
    return
  fi
  # 1: a certificate is of no use, which is told; without it is recorded all the same.
  settings=$("$program" --config "$config" --check-config) || (($? == 1)) ||
    fail "$config has a wrong setting, see above" "Correct it, then run this again."
  recordings=$(value_of recordings_dir)
  state=$(value_of state_dir)
  # systemd makes it when the service starts; a password may be written there before.
  run install -d -o minidvr -g minidvr -m 0750 /var/lib/mini-dvr
  make_folder "$recordings"
  # Of root's own folder it can be read, and what the service keeps beside the accounts is done without.
  accounts=$(dirname "$(realpath -m "$(value_of accounts_file)")")
  [[ -d $accounts ]] || run install -d -o minidvr -g minidvr -m 0750 "$accounts"
  if [[ ! -d $accounts ]] || runuser -u minidvr -- test -w "$accounts" -a -x "$accounts"; then
    allow_folders "$recordings" "$state" "$accounts"
  else
    echo "The user minidvr may not write to $accounts, where $config keeps the accounts: a disk that is not mounted is not known by it."
    allow_folders "$recordings" "$state"
  fi
  # Its owner makes it when the time comes, in a folder of its own.
  [[ $(realpath -m "$state") == "$(realpath -m "$recordings")"/* ]] || make_folder "$state"
}

admin_has_password() {
  tr -d '[:space:]' 2> /dev/null < "$(value_of accounts_file)" | grep -q '"people":\[[^]]*"name":"admin"'
}

# Of the account admin. Before the service starts: it then is never open to others. One that is there stays.
set_up_password() {
  local made try
  [[ $password ]] || return 0
  if admin_has_password; then
    echo "The account admin has a password, which stays. To change it: $program passwd --config $config"
    return
  fi
  if [[ $dry_run ]]; then
    echo "would set a password of the account admin"
    return
  fi
  if [[ -t 0 ]]; then
    echo "The account admin gets a password."
    for ((try = 0; try < 3; ++try)); do
      ! "$program" passwd --config "$config" || return 0
    done
    fail "there is no password" "Set it by: $program passwd --config $config; then run this again without --password."
  fi
  made=$(head -c 15 /dev/urandom | base64 | tr '+/' 'xy')
  "$program" passwd --config "$config" <<< "$made" > /dev/null ||
    fail "the password can not be kept, see above" "Correct that, then run this again."
  echo "Account admin, password $made (it is not shown again)"
}

enable_service() {
  if ! systemd_runs; then
    echo "systemd does not run here: the service is installed, and not started."
    return
  fi
  run systemctl daemon-reload
  run systemctl --quiet enable mini-dvr.service
  run systemctl restart mini-dvr.service ||
    fail "the service does not start" "See why: journalctl -u mini-dvr -n 30"
}

# As `mini-dvr status` asks: by http or https, and with a password, too. The first seconds belong to the camera: until it has
# shown pictures there are none, which is a failure.
tell_health() {
  local try told='' status=2
  systemd_runs && [[ ! $dry_run ]] || return 0
  for ((try = 0; try < health_tries; ++try)); do
    status=0
    told=$("$program" status --config "$config" 2>&1) || status=$?
    ((status != 0)) || break
    sleep 1
  done
  echo "Open  $(page_addresses "$(value_of app_host)" "$(value_of app_port)")"
  case $status in
    0) echo "State: ok" ;;
    1)
      echo "State: failing: $(sed -n 's/^health *failing: //p' <<< "$told")"
      echo "       It runs, and goes on by itself when that is cured (a camera plugged in; settings: $config)."
      ;;
    *) fail "${told%%$'\n'*}" "See why: journalctl -u mini-dvr -n 30" ;;
  esac
}

# Of an installation that was built here: where its unit says.
prefix_of_unit() {
  local of_unit
  of_unit=$(sed -n 's|^ExecStart=\(.*\)/bin/mini-dvr .*|\1|p' "$unit")
  [[ $of_unit == /* ]] || fail "$unit is not ours: it does not say where mini-dvr is" "Take it away by hand, then run this again."
  echo "$of_unit"
}

# remove_program PREFIX
remove_program() {
  run rm -f "$1/bin/mini-dvr" "$1/share/man/man1/mini-dvr.1" "$1/share/bash-completion/completions/mini-dvr"
  run rm -rf "$1/share/mini-dvr" "$1/lib/mini-dvr"
}

remove_what_was_built() {
  local of_unit
  of_unit=$(prefix_of_unit)
  if systemd_runs; then run systemctl --quiet disable --now mini-dvr.service; fi
  run rm -f "$unit" "$sysusers"
  # There the package has put its own.
  [[ ! $package || $of_unit != /usr ]] || return 0
  remove_program "$of_unit"
}

uninstall() {
  local found=
  if package_is_installed; then
    found=yes
    apt_get remove mini-dvr
  fi
  if [[ -f $unit ]]; then
    found=yes
    remove_what_was_built
  fi
  [[ $found ]] || { echo "Mini-DVR is not installed."; return; }
  run rm -f "$drop_in"
  [[ ! -d ${drop_in%/*} ]] || run rmdir --ignore-fail-on-non-empty "${drop_in%/*}"
  if systemd_runs; then run systemctl daemon-reload; fi
  echo "Settings ($config), recordings and the user minidvr are kept."
}

if [[ $uninstall ]]; then
  uninstall
  exit
fi
check_system
program=
if [[ $package ]]; then install_package; else install_what_is_built; fi
tell_about_camera
set_up_folders
set_up_password
let_start
# It would be found before the package's. It records until all else is done: what fails above leaves it at work.
[[ ! $package || ! -f $unit ]] || remove_what_was_built
enable_service
# Until then it ran. It would be found on PATH, and nothing would take it away any more.
if [[ $old_prefix ]]; then
  remove_program "$old_prefix"
  [[ $dry_run ]] || echo "In the place of $old_prefix/bin/mini-dvr, which is gone, there is $program."
fi
cat << END
  settings    $config, then: systemctl restart mini-dvr
  log         journalctl -u mini-dvr -f
END
tell_health
