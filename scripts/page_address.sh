#!/usr/bin/env bash
# To be sourced: where the page is, by what the settings say.

# value_of KEY: of $settings, which --check-config printed: lines such as "device = /dev/video0  # default".
settings=
value_of() {
  sed -n "s/^$1 = \(.*\)  # .*/\1/p" <<< "$settings"
}

# page_scheme: https where the settings name a certificate.
page_scheme() {
  if [[ $(value_of tls_certificate) ]]; then echo https; else echo http; fi
}

# page_addresses HOST PORT
page_addresses() {
  local host=$1 port=$2 lan scheme
  scheme=$(page_scheme)
  case $host in
    0.0.0.0 | ::)
      # The first address is the one of the LAN; later ones are IPv6 and bridges of containers.
      lan=$(hostname -I 2> /dev/null | cut -d ' ' -f 1) || lan=
      [[ $lan == *:* ]] && lan="[$lan]"
      echo "$scheme://localhost:$port${lan:+  or, from elsewhere,  $scheme://$lan:$port}"
      ;;
    # Of the addresses of one link the zone is written %25eth0 in a URL.
    *:*) echo "$scheme://[${host/\%/%25}]:$port" ;;
    *) echo "$scheme://$host:$port" ;;
  esac
}
