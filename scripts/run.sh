#!/usr/bin/env bash
# Runs Mini-DVR, whatever is missing installed and built first: scripts/run.sh [mini-dvr options]
# Settings come from config/local.conf of this checkout, which git leaves alone, or, where there is none, from
# config/mini-dvr.conf, unless --config names another file; see build/release/mini-dvr --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/page_address.sh
. "$root/scripts/page_address.sh"
program=$root/build/release/mini-dvr

"$root/scripts/dependencies.sh" build run
"$root/scripts/build.sh" release

options=("$@")
config_given=
for option in "$@"; do
  case $option in
    --config | --config=*) config_given=yes ;;
    -h | --help | --version | --check-config) only_tells=yes ;;
  esac
done
config=$root/config/local.conf
[[ -e $config ]] || config=$root/config/mini-dvr.conf
[[ $config_given ]] || options=(--config "$config" "${options[@]}")
[[ ${only_tells:-} ]] && exec "$program" "${options[@]}"

# A wrong setting ends here, with the reason. 1: a certificate is of no use, without which it records all the same.
settings=$("$program" "${options[@]}" --check-config) || { status=$? && ((status == 1)) || exit "$status"; }

is_default() {
  grep -q "^$1 = .*  # default\$" <<< "$settings"
}

# A codec, as a Raspberry Pi has some, lists what it makes as formats of its capture, JPEG among them. Of all that a driver is
# capable of only what this device is counts.
gives_mjpeg() {
  local said
  said=$(v4l2-ctl --device "$1" --info --list-formats 2> /dev/null) || true
  said=${said#*Device Caps}
  [[ $said == *$'Type: Video Capture\n'* && $said != *Memory-to-Memory* && $said =~ \'(MJPG|JPEG)\' ]]
}

# The first camera that gives MJPEG.
find_camera() {
  local device
  while read -r device; do
    if gives_mjpeg "$device"; then
      echo "$device"
      return
    fi
  done < <(compgen -G '/dev/video*' | sort -V)
  return 1
}

if is_default device && [[ $(value_of preview) == on ]]; then
  if camera=$(find_camera); then
    [[ $camera == "$(value_of device)" ]] || echo "Using the camera $camera."
    options+=(--device "$camera")
  elif [[ -e $(value_of device) && ! -r $(value_of device) ]]; then
    echo "$(value_of device) is there but may not be read: add yourself to the group 'video'." >&2
  # Another stream may be what is recorded.
  elif is_default stream_url; then
    echo "No camera found: using the virtual camera."
    options+=(--device virtual)
  fi
fi

port=$(value_of app_port)
host=$(value_of app_host)
# Mini-DVR records all the same, and serves its page as soon as it can.
is_taken() {
  case $host in
    0.0.0.0) (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null ;;
    ::) (: < "/dev/tcp/::1/$port") 2> /dev/null ;;
    127.* | ::1) (: < "/dev/tcp/$host/$port") 2> /dev/null ;;
    *) return 1 ;; # perhaps not an address of this machine yet
  esac
}
if is_taken; then
  echo "Port $port is taken by another program: the page is there when that ends." >&2
fi

echo "Open  $(page_addresses "$host" "$port")  (Ctrl-C ends)"

exec "$program" "${options[@]}"
