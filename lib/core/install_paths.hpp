// Where the program's own files are, whether it runs from its build folder or is installed.
#pragma once

#include <filesystem>

namespace minidvr {

// The folder with static/ and templates/: the checkout when run from its build folder, else
// PREFIX/share/mini-dvr. Found from where the executable is.
std::filesystem::path data_dir();

// The virtual camera's library: beside the executable, or PREFIX/lib/mini-dvr.
std::filesystem::path virtual_camera_library();

// recordings/ in the checkout, or under the install prefix.
std::filesystem::path default_recordings_dir();

// What the installed service reads its settings from (its unit names it); empty in a checkout.
std::filesystem::path service_config_file();

// accounts.json in the checkout, or in /var/lib/mini-dvr, which is the service's: not beside the
// recordings, whose disk may be pulled.
std::filesystem::path default_accounts_file();

}  // namespace minidvr
