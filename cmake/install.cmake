# What is installed where. `cmake --install BUILD` puts the program below the prefix. What belongs to the system is put
# there only when asked for: `cmake --install BUILD --component service`.
set(MINIDVR_UNIT_DIR /etc/systemd/system CACHE PATH "Where the unit of systemd goes")
set(MINIDVR_SYSUSERS_DIR /etc/sysusers.d CACHE PATH "Where the description of the user goes")

install(TARGETS mini-dvr COMPONENT program)
install(DIRECTORY static templates DESTINATION ${CMAKE_INSTALL_DATADIR}/mini-dvr COMPONENT program)
# Not below the libraries of one architecture: the program looks for it from where it is itself.
install(TARGETS virtual_camera_preload LIBRARY DESTINATION lib/mini-dvr COMPONENT program)

# The man page says of the settings what config/mini-dvr.conf says.
find_program(AWK awk REQUIRED)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS doc/settings_manual.awk config/mini-dvr.conf)
execute_process(COMMAND ${AWK} -f doc/settings_manual.awk config/mini-dvr.conf
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE SETTINGS COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "/usr/local/" "${CMAKE_INSTALL_PREFIX}/" SETTINGS "${SETTINGS}")
configure_file(doc/mini-dvr.1.in mini-dvr.1 @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/mini-dvr.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES completion/mini-dvr DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)

install(FILES systemd/mini-dvr.sysusers DESTINATION ${MINIDVR_SYSUSERS_DIR} RENAME mini-dvr.conf
  COMPONENT service EXCLUDE_FROM_ALL)
install(CODE "
  set(source \"${CMAKE_SOURCE_DIR}\")
  set(scratch \"${CMAKE_BINARY_DIR}\")
  set(unit_folder \"${MINIDVR_UNIT_DIR}\")"
  COMPONENT service EXCLUDE_FROM_ALL)
install(SCRIPT cmake/install_service.cmake COMPONENT service EXCLUDE_FROM_ALL)
