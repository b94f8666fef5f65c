#include "doctor/service_walls.hpp"

#include "core/shell_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace minidvr::doctor {
namespace fs = std::filesystem;
namespace {

// Of ProtectHome=.
constexpr std::array<std::string_view, 3> kHomes{"/home", "/root", "/run/user"};
// Of PrivateTmp=.
constexpr std::array<std::string_view, 2> kTemporary{"/tmp", "/var/tmp"};
// What ProtectSystem=strict leaves.
constexpr std::array<std::string_view, 1> kAlwaysWritable{"/dev"};

bool is_below(const fs::path& path, std::string_view folder) {
  return (path.string() + '/').starts_with(std::string(folder) + '/');
}

bool is_below_any(const fs::path& path, const auto& folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](std::string_view folder) { return is_below(path, folder); });
}

fs::path real_path(const fs::path& path) {
  std::error_code ec;
  const fs::path absolute = fs::absolute(path, ec);
  fs::path real = fs::weakly_canonical(absolute, ec);
  if (ec) real = absolute.lexically_normal();
  return real.has_filename() ? real : real.parent_path();
}

bool is_in_own_tmp(const ServiceWalls& walls, const fs::path& path) {
  return walls.has_own_tmp && is_below_any(real_path(path), kTemporary);
}

// systemd follows links in what is named.
bool is_named(const std::vector<std::string>& writable, const fs::path& real) {
  return std::any_of(writable.begin(), writable.end(), [&](const std::string& folder) {
    return is_below(real, real_path(folder).string());
  });
}

// systemctl puts quotes around a path with spaces, as a shell has them.
std::vector<std::string> paths_in(std::string_view list) {
  auto paths = split_words(list);
  if (!paths) return {};
  for (auto& path : *paths)
    path.erase(0, path.find_first_not_of("-+"));
  std::erase(*paths, std::string());
  return std::move(*paths);
}

// As a unit takes it: in quotes, for it may have spaces; what % begins it would expand; and without
// the - a service whose disk is not there would not even start.
std::string as_in_unit(const fs::path& path) {
  std::string text = path.string();
  for (auto at = text.find('%'); at != std::string::npos; at = text.find('%', at + 2))
    text.insert(at, 1, '%');
  return "\"-" + text + '"';
}

std::string value_of(std::string_view shown, std::string_view key) {
  while (!shown.empty()) {
    const std::string_view line = shown.substr(0, shown.find('\n'));
    if (line.starts_with(key) && line.substr(key.size()).starts_with('='))
      return std::string(line.substr(key.size() + 1));
    shown.remove_prefix(std::min(shown.size(), line.size() + 1));
  }
  return {};
}

constexpr std::string_view kUsualUnit = "mini-dvr";  // of scripts/install.sh and the package
constexpr const char* kNotInTmp = "choose another place, such as below /var/lib/mini-dvr or /mnt";
constexpr std::string_view kUnitEnding = ".service";

std::string in_unit(const ServiceWalls& walls, const std::string& lines) {
  return fmt::format(
      "in sudo systemctl edit {0}, below [Service]: {1}; then sudo systemctl restart {0}",
      walls.unit, lines);
}

// Whether the unit in `block` is started with that file. systemctl shows the words of the command
// between blanks.
bool reads(std::string_view block, std::string_view config_file) {
  std::string command = value_of(block, "ExecStart") + ' ';
  std::replace(command.begin(), command.end(), '=', ' ');
  return !config_file.empty() &&
         command.find(fmt::format(" --config {} ", config_file)) != std::string::npos;
}

// systemctl puts an empty line between units.
std::vector<std::string_view> blocks_of(std::string_view shown) {
  std::vector<std::string_view> blocks;
  for (;;) {
    const auto end = shown.find("\n\n");
    blocks.push_back(shown.substr(0, end));
    if (end == std::string_view::npos) return blocks;
    shown.remove_prefix(end + 2);
  }
}

}  // namespace

std::vector<std::string> question_for_walls() {
  return {"show",
          "--property=Id,LoadState,ExecStart,StateDirectory,ProtectHome,ProtectSystem,"
          "ReadWritePaths,ProtectClock,PrivateTmp,IPAddressAllow,IPAddressDeny",
          "mini-dvr.service", "mini-dvr*.service"};
}

std::optional<ServiceWalls> parse_walls(std::string_view shown, std::string_view config_file) {
  const auto blocks = blocks_of(shown);
  const auto named = std::find_if(blocks.begin(), blocks.end(), [&](std::string_view block) {
    return reads(block, config_file);
  });
  const std::string_view block = named == blocks.end() ? blocks.front() : *named;
  if (value_of(block, "LoadState") != "loaded") return std::nullopt;
  ServiceWalls walls{value_of(block, "ProtectHome"), value_of(block, "ProtectSystem"),
                     paths_in(value_of(block, "ReadWritePaths")), value_of(block, "ProtectClock")};
  walls.ip_allow = value_of(block, "IPAddressAllow");
  walls.ip_deny = value_of(block, "IPAddressDeny");
  const std::string own_tmp = value_of(block, "PrivateTmp");
  walls.has_own_tmp = !own_tmp.empty() && own_tmp != "no";
  for (const auto& name : paths_in(value_of(block, "StateDirectory")))
    walls.writable.push_back("/var/lib/" + name.substr(0, name.find(':')));
  std::string unit = value_of(block, "Id");
  if (unit.ends_with(kUnitEnding)) unit.resize(unit.size() - kUnitEnding.size());
  if (!unit.empty()) walls.unit = std::move(unit);
  return walls;
}

std::string why_hidden(const ServiceWalls& walls, const fs::path& path) {
  if (is_in_own_tmp(walls, path)) {
    return fmt::format(
        "the service does not see {}: it has a {} of its own, which is emptied when it stops "
        "(PrivateTmp of its unit)",
        path.string(), is_below(real_path(path), "/tmp") ? "/tmp" : "/var/tmp");
  }
  const bool hides_homes = walls.protect_home == "yes" || walls.protect_home == "tmpfs";
  if (!hides_homes || !is_below_any(real_path(path), kHomes)) return {};
  return fmt::format("the service does not see {}: its unit says ProtectHome={}", path.string(),
                     walls.protect_home);
}

std::string why_not_writable(const ServiceWalls& walls, const fs::path& path) {
  if (auto why = why_hidden(walls, path); !why.empty()) return why;
  const fs::path real = real_path(path);
  const bool is_home = is_below_any(real, kHomes);
  const bool is_read_only =
      (is_home && walls.protect_home == "read-only") ||
      (walls.protect_system == "strict" && !is_below_any(real, kAlwaysWritable));
  if (!is_read_only || is_named(walls.writable, real)) return {};
  return fmt::format("the service may only read {}: its unit does not name it in ReadWritePaths",
                     path.string());
}

std::string way_to_see(const ServiceWalls& walls, const fs::path& path) {
  if (is_in_own_tmp(walls, path)) return kNotInTmp;
  return fmt::format("put it elsewhere than {}, or {}", path.parent_path().string(),
                     in_unit(walls, "ProtectHome=read-only"));
}

std::string way_to_write(const ServiceWalls& walls, const fs::path& path) {
  if (is_in_own_tmp(walls, path)) return kNotInTmp;
  const fs::path real = real_path(path);
  const bool is_home = is_below_any(real, kHomes);
  const bool is_usual = walls.unit == kUsualUnit;
  return fmt::format("{}{}", is_usual ? "sudo scripts/install.sh lets it, or " : "",
                     in_unit(walls, fmt::format("ReadWritePaths={}{}", as_in_unit(real),
                                                is_home ? " and ProtectHome=read-only" : "")));
}

std::string way_to_let_through(const ServiceWalls& walls, const std::string& addresses) {
  return in_unit(walls, "IPAddressAllow=" + addresses);
}

std::vector<Finding> judge_walls(const ServiceWalls& walls, const Settings& settings) {
  std::vector<Finding> findings;
  if (speaks_https(settings)) {
    for (const auto& file : {settings.tls_certificate, settings.tls_key}) {
      const auto why = why_hidden(walls, file);
      if (why.empty()) continue;
      findings.push_back({Grade::problem, "certificate", "there is no page and no API: " + why,
                          way_to_see(walls, file)});
      break;  // one way helps both
    }
  }
  std::error_code ec;
  const fs::path beside = fs::absolute(settings.accounts_file, ec).parent_path();
  if (const auto hidden = why_hidden(walls, settings.accounts_file); !hidden.empty()) {
    // There it finds no file at all, and asks nobody for a password.
    const char* what =
        is_in_own_tmp(walls, beside) ? "accounts are not known: " : "nobody is let in: ";
    findings.push_back({Grade::problem, "accounts", what + hidden, way_to_write(walls, beside)});
  } else if (const auto why = why_not_writable(walls, beside); !why.empty()) {
    findings.push_back({Grade::warning, "accounts",
                        why + ": which folder was recorded to is not remembered there",
                        way_to_write(walls, beside)});
  }
  // One in the folder of the recordings is told with that.
  const auto& state = settings.state_dir;
  if (state.parent_path() == settings.recordings_dir) return findings;
  if (const auto why = why_not_writable(walls, state); !why.empty())
    findings.push_back({Grade::warning, "state", why, way_to_write(walls, state)});
  return findings;
}

}  // namespace minidvr::doctor
