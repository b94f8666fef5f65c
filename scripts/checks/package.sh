#!/usr/bin/env bash
# A package can be installed, brought up to date, removed and purged, and loses nobody's recordings:
# scripts/checks/package.sh PACKAGE [PACKAGE OF THE RELEASE BEFORE]
# In a fresh root of the Debian that the package is for, without systemd: what it is told is noted, and the service is run as
# its unit says, on the virtual camera. What it is brought up to date from is without a second package the same with a lower
# version and other settings. Of another architecture it is run by qemu-user, which takes a Linux of 6.7 or newer.
# Needs root; leaves nothing behind.
set -euo pipefail

readonly patience=240 # s, for what must happen
readonly settings=/etc/mini-dvr.conf
readonly recordings=/var/lib/mini-dvr/recordings
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=scripts/fresh_root.sh
. "$checkout/scripts/fresh_root.sh"
# shellcheck source=scripts/checks/ask.sh
. "$checkout/scripts/checks/ask.sh"

fail() {
  echo "package: $1" >&2
  [[ ! -s ${log:-} ]] || tail -n 30 "$log" >&2
  exit 1
}

usage="usage: scripts/checks/package.sh PACKAGE [PACKAGE OF THE RELEASE BEFORE]"
[[ $# -ge 1 && $# -le 2 && -f $1 && -f ${2:-$1} ]] || fail "$usage"
package=$1
older=${2:-}
version=$(dpkg-deb --field "$package" Version)
architecture=$(dpkg-deb --field "$package" Architecture)
case $version in
  *+deb12) suite=bookworm ;;
  *+deb13) suite=trixie ;;
  *) fail "version '$version' tells no suite" ;;
esac
here=$(dpkg --print-architecture)
if [[ $architecture != "$here" ]]; then
  [[ $architecture == arm64 ]] || fail "a package for $architecture does not run here"
  foreign=$architecture
fi
((EUID == 0)) || fail "must be run by root"
"$checkout/scripts/dependencies.sh" fresh-root

scratch=$(mktemp -d)
fresh=$scratch/root
log=$scratch/log
service=
cleanup() {
  if [[ $service ]]; then
    kill -KILL "$service" 2> /dev/null || true
    { wait "$service" || true; } 2> /dev/null
  fi
  remove_root "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# apt ARGUMENT...: in the root, where questions are answered by leaving things as they are.
apt() {
  (in_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold -o DPkg::Path=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@") > "$log" 2>&1 || fail "apt-get $1 failed"
}

# The same package with a lower version and other settings, for the update to change.
make_older_package() {
  if [[ $older ]]; then
    cp "$older" "$fresh/older.deb"
    return
  fi
  dpkg-deb --raw-extract "$package" "$scratch/older"
  sed -i 's/^Version: .*/Version: 0.0.1/' "$scratch/older/DEBIAN/control"
  sed -i '1s/$/ Of another version./' "$scratch/older$settings"
  # What dpkg compares is listed there.
  sed -i "s|^[0-9a-f]*  ${settings#/}\$|$(md5sum < "$scratch/older$settings" | cut -d ' ' -f 1)  ${settings#/}|" \
    "$scratch/older/DEBIAN/md5sums"
  dpkg-deb --root-owner-group --build "$scratch/older" "$fresh/older.deb" > "$log" 2>&1 || fail "no older package"
}

# Notes what systemd is told, of which nothing happens that takes one that runs. Other services than this one are not its business.
put_systemd() {
  # shellcheck disable=SC2016 # for the shell there
  printf '#!/bin/sh\n[ "$1" = mini-dvr.service ] || exit 101\n' > "$fresh/usr/sbin/policy-rc.d"
  cat > "$fresh/usr/local/bin/systemctl" << 'END'
#!/bin/sh
echo "$*" >> /systemctl.log
case " $* " in
  *" start "* | *" restart "*) stat -c '%U:%G %a' /etc/mini-dvr.conf > /settings-at-start ;;
esac
case " $* " in
  *" start "* | *" stop "* | *" restart "* | *" daemon-reload "* | *" is-active "*) ;;
  *) SYSTEMD_OFFLINE=1 exec /usr/bin/systemctl "$@" ;;
esac
END
  chmod +x "$fresh/usr/sbin/policy-rc.d" "$fresh/usr/local/bin/systemctl"
  mkdir -p "$fresh/run/systemd/system"
}

# told WHEN COMMAND...: that systemd was told to do this with the service, once and in this order, and nothing else.
told() {
  local commands
  commands=$(sed -n 's/^\(.* \)*\(start\|stop\|restart\|reload\) mini-dvr\.service$/\2/p' "$fresh/systemctl.log" | tr '\n' ' ')
  [[ $commands == "${*:2} " ]] || fail "$1: systemd was told '$commands', not '${*:2}'"
  rm "$fresh/systemctl.log"
}

# wait_for WHAT COMMAND...
wait_for() {
  local what=$1 limit=$((SECONDS + patience))
  shift
  until "$@"; do
    ((SECONDS < limit)) || fail "$what: not within $patience s"
    [[ ! $service ]] || kill -0 "$service" 2> /dev/null || fail "$what: the service has ended"
    sleep 0.2
  done
}

has_recordings() { (($(find "$fresh$recordings" -maxdepth 1 -name '*.mp4' | wc -l) >= $1)); }

# As the unit says: its user and groups, its folders, its command.
start_service() {
  local command
  command=$(sed -n 's/^ExecStart=//p' "$unit")
  # shellcheck disable=SC2016 # for the inner shell
  in_root bash -c '
    install -d -o minidvr -g minidvr -m 0750 /var/lib/mini-dvr /var/lib/mini-dvr/recordings
    umask 0027
    exec setpriv --reuid minidvr --regid minidvr --init-groups --no-new-privs --bounding-set=-all $1' _ "$command" >> "$log" 2>&1 &
  service=$!
  wait_for "the service answers" answers_with /status '"preview":"running"'
}

stop_service() {
  local first
  read -r first _ < "/proc/$service/task/$service/children" || true
  kill -TERM "$first"
  wait "$service" || fail "the service ended with status $?"
  service=
}

check_installed() {
  local user
  user=$(in_root id minidvr) || fail "$1: there is no user minidvr"
  [[ $user == *'(video)'* ]] || fail "$1: minidvr is not in the group video: $user"
  unit=$(find "$fresh/usr/lib/systemd/system/" -name mini-dvr.service)
  [[ $unit ]] || fail "$1: there is no unit"
  there /etc/systemd/system/multi-user.target.wants/mini-dvr.service "$1"
  there /usr/share/man/man1/mini-dvr.1.gz "$1"
  there /usr/share/bash-completion/completions/mini-dvr "$1"
  (in_root mini-dvr --config "$settings" --check-config) > "$scratch/settings" 2>&1 || fail "$1: the settings are wrong"
  grep -q "^recordings_dir = $recordings  # config file $settings" "$scratch/settings" || fail "$1: recordings would go elsewhere"
}

# What is linked with says the linker, and Debian's tools name its packages. The rest is named by hand.
check_needs() {
  local name owner depends
  depends=$(dpkg-deb --field "$package" Depends)
  for name in bin/ustreamer bin/ffmpeg bin/v4l2-ctl bin/kill libcurl.so.4 certs/ca-certificates.crt; do
    case $name in
      *.crt) owner=ca-certificates ;; # made when that is installed
      *) owner=$(in_root dpkg-query --search "*/$name") || fail "there is no $name" ;;
    esac
    owner=${owner%%:*}
    [[ " $depends " =~ [\ ,]"$owner"[\ ,] ]] || fail "$name is of $owner, which Depends does not name: $depends"
  done
}

# stream_url may hold a password.
settings_are_readable() {
  [[ $2 == 'root:minidvr 640' ]] || fail "$1: $settings is $2"
}

check_install() {
  apt update
  apt install /older.deb
  check_installed "installed"
  told "installed" start
  settings_are_readable "installed" "$(in_root stat -c '%U:%G %a' "$settings")"
  gone /var/lib/mini-dvr/recordings/.state "installed, without a service that ran"
}

# Somebody changes a setting and records.
use_it() {
  port=$(free_port)
  printf '%s\n' 'device = virtual' 'app_host = 127.0.0.1' 'preview_host = 127.0.0.1' "app_port = $port" \
    "preview_port = $((port + 1000))" 'resolution = 320x240' >> "$fresh$settings"
  start_service
  ask "$port" 'POST /api/recording' '{"on":true}'
  wait_for "it records" answers_with /status '"recording":"running"'
  wait_for "frames are written" answers_with /status '"state":"recording"'
  stop_service
  wait_for "there is a recording" has_recordings 1
}

fingerprint() { (cd "$fresh$recordings" && md5sum -- "$@"); }

tells_status() { (in_root mini-dvr status) > "$scratch/status" 2>&1; }

# Sets frames: how many of what is being recorded are told.
count_frames() {
  ask "$port" 'GET /status'
  [[ $answer =~ \"frames\":([0-9]+) ]] || fail "/status tells no frames: $answer"
  frames=${BASH_REMATCH[1]}
}

# While it records: files change below it, and then it is started anew, as systemd was told.
check_upgrade() {
  local settings_before=$scratch/settings-before while_updated in_file
  cp "$fresh$settings" "$settings_before"
  recorded=("$(cd "$fresh$recordings" && ls -- *.mp4)")
  before=$(fingerprint "${recorded[@]}")
  start_service
  wait_for "it records on by itself, as it was wanted before" answers_with /status '"state":"recording"'
  # As tools that write settings may leave them.
  chown root:root "$fresh$settings"
  chmod 0600 "$fresh$settings"
  apt install /new.deb
  told "brought up to date" restart
  settings_are_readable "brought up to date, when it is started" "$(cat "$fresh/settings-at-start")"
  answers_with /status '"state":"recording"' || fail "brought up to date: it does not record meanwhile"
  count_frames
  stop_service
  wait_for "there are two recordings" has_recordings 2
  while_updated=$(cd "$fresh$recordings" && find . -name '*.mp4' -newer "${recorded[0]}" -printf '%f\n')
  in_file=$(in_root ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$recordings/$while_updated")
  ((in_file >= frames)) || fail "brought up to date: of $frames frames that were told $in_file are in $while_updated"
  recorded+=("$while_updated")
  before=$(fingerprint "${recorded[@]}")
  check_installed "brought up to date"
  check_needs
  cmp -s "$fresh$settings" "$settings_before" || fail "brought up to date: the settings are others"
  [[ $(fingerprint "${recorded[@]}") == "$before" ]] || fail "brought up to date: a recording has changed"
  start_service
  wait_for "it records on by itself, as it did before" answers_with /status '"recording":"running"'
  # Its port is not the usual one: the settings of the service are found.
  wait_for "mini-dvr status says that it is well" tells_status
  grep -qF "with the settings of $settings" "$scratch/status" || fail "mini-dvr status does not say whose settings it has"
  stop_service
  wait_for "there are three recordings" has_recordings 3
}

check_removal() {
  apt remove mini-dvr
  told "removed" stop
  gone /usr/bin/mini-dvr "removed"
  gone /usr/share/mini-dvr "removed"
  there "$settings" "removed"
  there "$recordings/.state" "removed"
  [[ $(fingerprint "${recorded[@]}") == "$before" ]] || fail "removed: a recording has changed"
}

check_purge() {
  local drop_ins=/etc/systemd/system/mini-dvr.service.d
  mkdir -p "$fresh$drop_ins"
  echo '# Written by scripts/install.sh for what /etc/mini-dvr.conf says.' > "$fresh$drop_ins/recordings.conf"
  echo '# Of somebody else.' > "$fresh$drop_ins/own.conf"
  touch "$fresh/var/lib/mini-dvr/tls-"{certificate,key}.pem
  apt purge mini-dvr
  gone "$drop_ins/recordings.conf" "purged"
  there "$drop_ins/own.conf" "purged"
  gone /var/lib/mini-dvr/tls-key.pem "purged"
  rm "$fresh$drop_ins/own.conf"
  gone "$settings" "purged"
  gone "$recordings/.state" "purged"
  gone /etc/systemd/system/multi-user.target.wants/mini-dvr.service "purged"
  [[ $(fingerprint "${recorded[@]}") == "$before" ]] || fail "purged: a recording has changed"
  grep -q "Recordings are kept in $recordings" "$log" || fail "purged: nobody is told that recordings are kept"
  # Without settings it is installed and brought up to date all the same.
  apt install /new.deb
  rm "$fresh$settings"
  apt install --reinstall /new.deb
  gone "$settings" "installed anew, after somebody removed them"
  # Without recordings nothing stays.
  rm -r "${fresh:?}$recordings"
  apt purge mini-dvr
  gone /var/lib/mini-dvr "purged without recordings"
  gone "$drop_ins" "purged without anything of somebody else"
}

options=()
[[ ! $foreign ]] || options=(--include=qemu-user-static --architectures="$here,$foreign")
make_root "$suite" --dpkgopt=force-unsafe-io "${options[@]}"
put_systemd
make_older_package
cp "$package" "$fresh/new.deb"
check_install
use_it
check_upgrade
check_removal
check_purge
echo "$(basename "$package"): installed, brought up to date, removed and purged on a fresh root of Debian $suite"
