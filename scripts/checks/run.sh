#!/usr/bin/env bash
# scripts/run.sh runs the program with the settings that are meant, and on a camera. In a copy of it with stand-ins for what
# installs and builds, for the program, which notes how it is run, and for the devices of a machine.
set -euo pipefail

# shellcheck source=scripts/checks/scratch.sh
. "$(dirname "${BASH_SOURCE[0]}")/scratch.sh"
checkout=$scratch/checkout

mkdir -p "$checkout/scripts" "$checkout/config" "$checkout/build/release"
cp "$root/scripts/run.sh" "$root/scripts/page_address.sh" "$checkout/scripts"
cp "$root/config/mini-dvr.conf" "$checkout/config"
printf '#!/bin/sh\n' | tee "$checkout/scripts/dependencies.sh" > "$checkout/scripts/build.sh"
# Of the settings it knows those that are asked for.
cat > "$checkout/build/release/mini-dvr" << 'END_OF_PROGRAM'
#!/bin/sh
case " $* " in
  *" --check-config "*) cat "$SETTINGS" ;;
  *) echo "$*" > "$ARGUMENTS" ;;
esac
END_OF_PROGRAM
chmod +x "$checkout"/scripts/*.sh "$checkout/build/release/mini-dvr"

# As v4l2-ctl lists them: what the driver is capable of, what this device is, and the formats of its capture.
mkdir "$scratch/bin" "$scratch/devices"
cat > "$scratch/bin/v4l2-ctl" << 'END_OF_PROGRAM'
#!/bin/bash
while (($#)); do
  case $1 in
    --device | -d) device=$2 && shift ;;
    --info) info=yes ;;
    --list-formats) formats=yes ;;
  esac
  shift
done
IFS='|' read -r driver here type format < "$DEVICES/${device##*/}" || exit 1
if [[ ${info:-} ]]; then
  printf 'Driver Info:\n\tDriver name      : a driver\n\tCapabilities     : 0x84204000\n\t\t%s\n\t\tDevice Capabilities\n' "$driver"
  printf '\tDevice Caps      : 0x04204000\n\t\t%s\n\t\tStreaming\n' "$here"
fi
[[ ! ${formats:-} ]] || printf "ioctl: VIDIOC_ENUM_FMT\n\tType: %s\n\n\t[0]: '%s' (a format)\n" "$type" "$format"
END_OF_PROGRAM
chmod +x "$scratch/bin/v4l2-ctl"
# For each shell that begins: which devices there are.
cat > "$scratch/devices.bash" << 'END_OF_FUNCTION'
compgen() {
  [[ $* == '-G /dev/video*' ]] || { builtin compgen "$@"; return; }
  (cd "$DEVICES" && printf '/dev/%s\n' video*)
}
END_OF_FUNCTION
export DEVICES=$scratch/devices BASH_ENV=$scratch/devices.bash PATH=$scratch/bin:$PATH

export SETTINGS=$scratch/settings ARGUMENTS=$scratch/arguments

# runs ARGUMENT...: sets arguments, with which the program is run. Nobody listens on this address.
runs() {
  printf '%s\n' "device = $scratch/video0  # default" "preview = ${preview:-on  # default}" "stream_url = ${stream_url:-http://127.0.0.1:8000/stream  # default}" \
    'app_host = 192.0.2.1  # default' 'app_port = 8080  # default' 'tls_certificate =   # default' > "$SETTINGS"
  rm -f "$ARGUMENTS"
  "$checkout/scripts/run.sh" "$@" > "$log" 2>&1 || fail "ends with status $?"
  arguments=$(cat "$ARGUMENTS")
}

runs
[[ $arguments == "--config $checkout/config/mini-dvr.conf "* ]] || fail "does not read config/mini-dvr.conf: $arguments"
touch "$checkout/config/local.conf"
runs --fps 25
[[ $arguments == "--config $checkout/config/local.conf --fps 25"* ]] || fail "does not read config/local.conf: $arguments"
runs --config=/other.conf
[[ $arguments != *"$checkout/config"* ]] || fail "reads another file than --config names: $arguments"

# has DEVICE...: the machine has these: NAME|WHAT ITS DRIVER IS|WHAT IT IS|TYPE|FORMAT.
has() {
  local device
  rm -f "$DEVICES"/*
  for device in "$@"; do
    echo "${device#*|}" > "$DEVICES/${device%%|*}"
  done
}

# uses CAMERA WHEN
uses() {
  [[ $arguments == *" --device $1" ]] || fail "$2: runs with $arguments"
}

readonly codecs=('video10|Video Memory-to-Memory Multiplanar|Video Memory-to-Memory Multiplanar|Video Capture Multiplanar|NV12'
  'video11|Video Memory-to-Memory Multiplanar|Video Memory-to-Memory Multiplanar|Video Capture Multiplanar|MJPG'
  'video18|Video Memory-to-Memory|Video Memory-to-Memory|Video Capture|MJPG'
  'video31|Video Memory-to-Memory Multiplanar|Video Memory-to-Memory Multiplanar|Video Capture Multiplanar|JPEG')
readonly ribbon='video0|Video Capture|Video Capture|Video Capture|pRAA'
readonly camera='video32|Video Capture|Video Capture|Video Capture|MJPG'

has
runs
uses virtual "without a device"
has "${codecs[@]}"
runs
uses virtual "with codecs alone"
grep -qx 'No camera found: using the virtual camera.' "$log" || fail "does not say that there is no camera"
has "$ribbon" "${codecs[@]}"
runs
uses virtual "with the camera on the ribbon cable alone"
has "$ribbon" "${codecs[@]}" "$camera"
runs
uses /dev/video32 "with a camera behind codecs"
has 'video0|Video Memory-to-Memory|Video Capture|Video Capture|MJPG'
runs
uses /dev/video0 "with a camera whose driver has a codec, too"
has 'video0|Video Capture|Video Capture|Video Capture|JPEG' "$camera"
runs
uses /dev/video0 "with two cameras"

has "${codecs[@]}"
stream_url='http://192.0.2.2/stream  # config file' runs
[[ $arguments != *--device* ]] || fail "with the stream of another server: runs with $arguments"
preview='off  # config file' runs
[[ $arguments != *--device* ]] || fail "without a preview: runs with $arguments"
