#!/usr/bin/env bash
# To be sourced: where the page is, by what the settings say.

# value_of KEY: of $settings, which --check-config printed: lines such as "device = /dev/video0  # default".
settings=
value_of() {
  sed -n "s/^$1 = \(.*\)  # .*/\1/p" <<< "$settings"
}

# page_addresses HOST PORT
page_addresses() {
  local host=$1 port=$2 lan
  case $host in
    0.0.0.0 | ::)
      # The first address is the one of the LAN; later ones are IPv6 and bridges of containers.
      lan=$(hostname -I 2> /dev/null | cut -d ' ' -f 1) || lan=
      [[ $lan == *:* ]] && lan="[$lan]"
      echo "http://localhost:$port${lan:+  or, from elsewhere,  http://$lan:$port}"
      ;;
    # Of the addresses of one link the zone is written %25eth0 in a URL.
    *:*) echo "http://[${host/\%/%25}]:$port" ;;
    *) echo "http://$host:$port" ;;
  esac
}
