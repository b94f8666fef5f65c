#!/usr/bin/env bash
# To be sourced: asks a mini-dvr of this machine, where there may be no curl.

# ask PORT REQUEST [JSON]: sets answer.
ask() {
  local body=${3:-}
  { exec 3<> "/dev/tcp/127.0.0.1/$1"; } 2> /dev/null || return 1
  printf '%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$2" "${#body}" "$body" >&3
  answer=$(timeout 10 cat <&3) || true
  exec 3>&-
}

# answers_with PATH TEXT: whether the one on $port does.
# shellcheck disable=SC2154 # port is of whoever sources this
answers_with() { ask "$port" "GET $1" && [[ $answer == *"$2"* ]]; }
