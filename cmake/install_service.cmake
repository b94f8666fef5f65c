# Runs at `cmake --install --component service`: unit and settings, made for where the program is installed.
set(configuration /etc/mini-dvr.conf) # the unit names it
set(recordings /var/lib/mini-dvr/recordings)
set(accounts /var/lib/mini-dvr/accounts.json)

# Else what is there counts as this one when it is of the same second.
set(ENV{CMAKE_INSTALL_ALWAYS} 1)

file(READ "${source}/systemd/mini-dvr.service" unit)
string(REPLACE "=/usr/local/bin/" "=${CMAKE_INSTALL_PREFIX}/bin/" unit "${unit}")
file(WRITE "${scratch}/mini-dvr.service" "${unit}")
file(INSTALL FILES "${scratch}/mini-dvr.service" DESTINATION "${unit_folder}")

# Sets KEY to VALUE in the variable settings, unless a line of them sets it already: that is somebody's wish.
macro(set_unless_wished key value)
  if(NOT settings MATCHES "(^|\n)[ \t]*${key}[ \t]*=")
    string(REGEX REPLACE "(^|\n)#[ \t]*${key}[ \t]*=[^\n]*" "\\1${key} = ${value}" settings "${settings}")
    if(NOT settings MATCHES "(^|\n)${key} = ")
      string(APPEND settings "\n${key} = ${value}\n")
    endif()
  endif()
endmacro()

# The documented defaults, with those that a service wants otherwise. What is there is somebody's.
if(NOT EXISTS "$ENV{DESTDIR}${configuration}")
  file(READ "${source}/config/mini-dvr.conf" settings)
  set_unless_wished(recordings_dir "${recordings}")
  set_unless_wished(accounts_file "${accounts}")
  file(WRITE "${scratch}/mini-dvr.conf" "${settings}")
  file(INSTALL FILES "${scratch}/mini-dvr.conf" DESTINATION /etc)
endif()
