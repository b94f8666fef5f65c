find_package(Threads REQUIRED)
set(Boost_NO_WARN_NEW_VERSIONS ON)
find_package(Boost 1.81 REQUIRED COMPONENTS filesystem json program_options url)
find_package(fmt 9 REQUIRED)
find_path(UTFCPP utf8cpp/utf8.h REQUIRED)  # headers alone, where every compiler looks
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(CURL REQUIRED libcurl>=7.87)

# Asio with its TLS, Beast and Process are compiled once (lib/core/boost_*.cpp) instead of in every file that uses
# them: it halves the build time and keeps the compiler's memory small.
add_library(minidvr_boost INTERFACE)
target_compile_definitions(minidvr_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED
  BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_PROCESS_V2_SEPARATE_COMPILATION)
target_link_libraries(minidvr_boost INTERFACE
  Boost::headers Boost::filesystem Boost::json Boost::url OpenSSL::SSL ZLIB::ZLIB Threads::Threads fmt::fmt)
