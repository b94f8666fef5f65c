# Runs at `cmake --install --component service`: unit and settings, made for where the program is installed.
set(configuration /etc/mini-dvr.conf) # the unit names it
set(recordings /var/lib/mini-dvr/recordings)
set(accounts /var/lib/mini-dvr/accounts.json)

file(READ "${source}/systemd/mini-dvr.service" unit)
string(REPLACE "=/usr/local/bin/" "=${CMAKE_INSTALL_PREFIX}/bin/" unit "${unit}")
file(WRITE "${scratch}/mini-dvr.service" "${unit}")
file(INSTALL FILES "${scratch}/mini-dvr.service" DESTINATION "${unit_folder}")

# The documented defaults, with those that a service wants otherwise. What is there is somebody's.
if(NOT EXISTS "$ENV{DESTDIR}${configuration}")
  file(READ "${source}/config/mini-dvr.conf" settings)
  string(REGEX REPLACE "\n#recordings_dir = [^\n]*" "\nrecordings_dir = ${recordings}" settings "${settings}")
  string(REGEX REPLACE "\n#accounts_file = [^\n]*" "\naccounts_file = ${accounts}" settings "${settings}")
  if(NOT settings MATCHES "\nrecordings_dir = ${recordings}\n" OR NOT settings MATCHES "\naccounts_file = ${accounts}\n")
    message(FATAL_ERROR "config/mini-dvr.conf has no line '#recordings_dir = ...', or no '#accounts_file = ...'")
  endif()
  file(WRITE "${scratch}/mini-dvr.conf" "${settings}")
  file(INSTALL FILES "${scratch}/mini-dvr.conf" DESTINATION /etc)
endif()
