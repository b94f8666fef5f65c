// What the service's unit lets it see and write, whatever the rights of the files say.
#pragma once

#include "core/settings.hpp"
#include "doctor/finding.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr::doctor {

// Properties of the unit, as systemctl shows them.
struct ServiceWalls {
  std::string protect_home;           // yes, tmpfs, read-only, no
  std::string protect_system;         // strict: all is read only but what is named
  std::vector<std::string> writable;  // ReadWritePaths, without the - and + before them, and the
                                      // StateDirectory
  std::string protect_clock{};        // yes: the kernel is not asked who sets the clock
  std::string unit = "mini-dvr";      // which one it is
  std::string ip_allow{};             // IPAddressAllow, IPAddressDeny: networks between blanks
  std::string ip_deny{};
  bool has_own_tmp = false;  // PrivateTmp, which is emptied when the service stops
};

// The arguments with which systemctl tells them, of all units of the usual names.
std::vector<std::string> question_for_walls();

// Of the unit that reads `config_file`; where none does, of the first that is shown. nullopt: there
// is no such service.
std::optional<ServiceWalls> parse_walls(std::string_view shown, std::string_view config_file = {});

// Why the service can not see it, one plain line; empty: the unit lets it. A link counts as what it
// leads to.
std::string why_hidden(const ServiceWalls& walls, const std::filesystem::path& path);
// The same of writing there.
std::string why_not_writable(const ServiceWalls& walls, const std::filesystem::path& path);

// How the unit is told to allow it.
std::string way_to_see(const ServiceWalls& walls, const std::filesystem::path& path);
std::string way_to_write(const ServiceWalls& walls, const std::filesystem::path& path);

// `addresses`: addresses and networks between blanks.
std::string way_to_let_through(const ServiceWalls& walls, const std::string& addresses);

// Accounts, state and certificate, where the unit is in the way; recordings and programs are told
// with what else is said of them.
std::vector<Finding> judge_walls(const ServiceWalls& walls, const Settings& settings);

}  // namespace minidvr::doctor
