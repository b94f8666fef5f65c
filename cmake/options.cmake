# Files grow beyond 2 GiB also where offsets are 32 bits wide unless one asks. In all targets: they share types.
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  add_compile_definitions(_FILE_OFFSET_BITS=64)
endif()

# On in the presets of developers. Off in release: another compiler than ours warns of other things, which is no
# reason to leave its users without the program. CI builds that with it, too (WERROR=ON, see scripts/build.sh).
option(MINIDVR_WERROR "Warnings end the build" OFF)

# Compiler options of all our own targets, as one interface target: link minidvr_options.
add_library(minidvr_options INTERFACE)
target_compile_options(minidvr_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wconversion
  -Wsign-conversion -Wold-style-cast -Wcast-qual -Wformat=2)
if(MINIDVR_WERROR)
  target_compile_options(minidvr_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A false positive of g++ 12 on Asio's coroutine frames at -O1.
  target_compile_options(minidvr_options INTERFACE -Wno-mismatched-new-delete)
  # False positives of g++ 12 on its own std::string (GCC bugs 105329 and 105651), which it reports as
  # ours when the header is precompiled. The address sanitizer looks for the real ones.
  target_compile_options(minidvr_options INTERFACE
    -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  # On a machine with much memory it collects its garbage late, and takes a fifth more than a small board has to spare.
  target_compile_options(minidvr_options INTERFACE "$<$<CONFIG:RelWithDebInfo>:SHELL:--param ggc-min-expand=30>")
  if(MINIDVR_UNITY)
    # It takes what is included for a header, whose types could be in another file, too.
    target_compile_options(minidvr_options INTERFACE -Wno-subobject-linkage)
  endif()
  if(MINIDVR_SANITIZE)
    # The checks that sanitizers insert make it lose track of what is initialised.
    target_compile_options(minidvr_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(MINIDVR_SANITIZE MATCHES thread)
    # Asio's fences are not seen by the thread sanitizer; its mutexes, which order the same, are.
    target_compile_options(minidvr_options INTERFACE -Wno-tsan)
  endif()
endif()
target_include_directories(minidvr_options INTERFACE ${CMAKE_SOURCE_DIR}/lib)
# All that is linked together goes through the same sanitizers; what they look for beside memory and threads, only
# in the program: the tests' own code would take the compiler half as long again.
if(MINIDVR_SANITIZE)
  string(REPLACE ",undefined" "" MINIDVR_SANITIZE_ALL "${MINIDVR_SANITIZE}")
  target_compile_options(minidvr_options INTERFACE
    -fsanitize=${MINIDVR_SANITIZE_ALL} -fno-sanitize-recover=all)
  target_link_options(minidvr_options INTERFACE -fsanitize=${MINIDVR_SANITIZE})
endif()

# Tests are counted, too: what a header defines may be linked from either. exec stays libc's: gcov's own writes the
# counts first, which after a vfork would be the parent's.
if(MINIDVR_COVERAGE)
  target_compile_options(minidvr_options INTERFACE
    --coverage -fprofile-update=atomic -fno-builtin-execve -fno-builtin-execv)
  target_compile_definitions(minidvr_options INTERFACE MINIDVR_COVERAGE)
  target_link_options(minidvr_options INTERFACE --coverage)
endif()

# minidvr_checked(TARGET): the program's own code, see above.
function(minidvr_checked target)
  if(MINIDVR_SANITIZE MATCHES undefined)
    # A null pointer ends the program anyway, and the address sanitizer tells where; null and vptr stand at every
    # use of every object and take a third of the build's time.
    target_compile_options(${target} PRIVATE
      -fsanitize=undefined -fno-sanitize=null,vptr -fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      # clang 14 can not do that to a coroutine ("Cannot represent a difference across sections").
      target_compile_options(${target} PRIVATE -fno-sanitize=function)
    endif()
  endif()
endfunction()

# minidvr_room(NAME SOURCES ... USES ...): one static library a room. A room sees only what it USES, so a
# dependency that points upwards does not link. COLD: no frame is looked at here, and to optimise it further would take the
# compiler a quarter longer.
function(minidvr_room name)
  cmake_parse_arguments(ROOM "COLD" "" "SOURCES;USES" ${ARGN})
  add_library(minidvr_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(minidvr_${name} PUBLIC minidvr_options ${ROOM_USES})
  if(ROOM_COLD AND CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(minidvr_${name} PRIVATE -O1)
  endif()
  minidvr_checked(minidvr_${name})
  minidvr_precompiled(minidvr_${name})
endfunction()

# minidvr_simulated(FILE...): what simulations drive through millions of steps. Where all else is not optimised, these are.
# What is precompiled is for those that are not.
function(minidvr_simulated)
  if(MINIDVR_SANITIZE)
    set_source_files_properties(${ARGN} PROPERTIES
      COMPILE_OPTIONS -O1 SKIP_UNITY_BUILD_INCLUSION ON SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# minidvr_precompiled(TARGET): reads cmake/precompiled.hpp once for the whole project, in the room core.
function(minidvr_precompiled target)
  if(target STREQUAL "minidvr_core")
    target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM minidvr_core)
  endif()
endfunction()
