#include "core/install_paths.hpp"

#include <system_error>

namespace minidvr {
namespace fs = std::filesystem;
namespace {

fs::path executable_dir() {
  std::error_code ec;
  const fs::path executable = fs::read_symlink("/proc/self/exe", ec);
  return ec ? fs::current_path(ec) : executable.parent_path();
}

// The checkout that the executable was built in (CHECKOUT/build/PRESET/mini-dvr); empty when it is
// installed.
fs::path checkout() {
  std::error_code ec;
  const fs::path root = executable_dir().parent_path().parent_path();
  // By a file that the program does not need: it is to say which of the others is missing.
  const bool found = fs::exists(root / "CMakePresets.json", ec);
  return found ? root : fs::path{};
}

fs::path prefix() {
  return executable_dir().parent_path();
}

}  // namespace

fs::path data_dir() {
  const fs::path root = checkout();
  return root.empty() ? prefix() / "share" / "mini-dvr" : root;
}

fs::path virtual_camera_library() {
  constexpr auto name = "libvirtual_camera.so";
  std::error_code ec;
  for (const auto& folder : {executable_dir(), executable_dir() / "test" / "virtual_camera"}) {
    if (fs::exists(folder / name, ec)) return folder / name;
  }
  return prefix() / "lib" / "mini-dvr" / name;
}

fs::path service_config_file() {
  return checkout().empty() ? fs::path("/etc/mini-dvr.conf") : fs::path{};
}

fs::path default_accounts_file() {
  const fs::path root = checkout();
  return (root.empty() ? fs::path("/var/lib/mini-dvr") : root) / "accounts.json";
}

fs::path default_recordings_dir() {
  const fs::path root = checkout();
  return (root.empty() ? prefix() : root) / "recordings";
}

}  // namespace minidvr
