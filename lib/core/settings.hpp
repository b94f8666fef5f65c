// The settings: what they are. Where they come from is settings_sources.hpp.
#pragma once

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/networks.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr {

struct Resolution {
  unsigned width = 0;   // pixels
  unsigned height = 0;  // pixels
  bool operator==(const Resolution&) const = default;
};

enum class RecordAtStart { resume, on, off };

// The device name that stands for the built-in virtual camera.
inline constexpr std::string_view kVirtualDevice = "virtual";

// The settings in force. The defaults and the meanings, for people, are in settings_table.cpp.
struct Settings {
  std::string app_host;
  std::uint16_t app_port = 0;
  std::vector<std::string> allowed_hosts;    // each as normal_host_name() gives it
  std::vector<std::string> allowed_origins;  // see origin.hpp, as is the next
  std::vector<std::string> frame_ancestors;
  AllowedNetworks allow_networks;
  std::vector<Network> trusted_proxies;
  std::filesystem::path accounts_file;
  std::filesystem::path tls_certificate;  // both of these are given, or none
  std::filesystem::path tls_key;
  std::string device;
  Resolution resolution;
  unsigned fps = 0;
  std::string preview_host;
  std::uint16_t preview_port = 0;
  // Never empty: made of preview_host and -port when not given. Shown by shown_url() alone.
  std::string stream_url;
  bool stream_tls_verify = true;
  bool preview = true;
  std::filesystem::path recordings_dir;
  bool any_recordings_dir = false;  // else only the one that was recorded to before
  std::chrono::seconds segment_seconds{0};
  bool segment_align = true;
  RecordAtStart record_at_start = RecordAtStart::resume;
  std::filesystem::path state_dir;  // never empty: made of recordings_dir when not given
  std::size_t frame_buffer_mb = 0;  // MiB
  std::chrono::seconds preroll_seconds{0};
  std::uint32_t max_age_days = 0;         // of a recording; 0: any
  std::uint64_t max_size = 0;             // bytes of all recordings; 0: any
  std::optional<std::uint64_t> min_free;  // bytes; nullopt: depends on the size of the disk
  bool mark_protects = false;
  std::chrono::duration<double> controls_cache_ttl{0};
  bool remember_controls = true;
  log::Level log_level = log::Level::info;
  std::string ustreamer_bin;
  std::string ffmpeg_bin;
  std::string v4l2_ctl_bin;
  std::vector<std::string> ustreamer_args;  // shown by shown_words() alone
};

// Whether the front end speaks https.
inline bool speaks_https(const Settings& settings) {
  return !settings.tls_certificate.empty();
}

// Where a mini-dvr that asks for a password leaves a token for whoever may read its files: so that
// `mini-dvr status` on the same machine is answered. By the port, because another one may have the
// same accounts.
inline std::filesystem::path local_token_file(const std::filesystem::path& accounts_file,
                                              std::uint16_t app_port) {
  return accounts_file.string() + ".local-" + std::to_string(app_port);
}

// What a value is. A relative path depends on where somebody stands who starts mini-dvr or asks
// about it.
enum class SettingKind {
  value,    // no file
  path,     // a file or folder
  program,  // looked for on PATH, unless there is a slash in it
};

// One row of the table of settings.
struct SettingInfo {
  std::string_view key;
  std::string
      default_text;  // as it would stand in the config file; may depend on the install prefix
  std::string_view allowed;  // what values are allowed, for the error line
  std::string_view meaning;
  // Reads `text` into its field. False when it is not allowed; the field is then unchanged.
  bool (*read)(Settings& settings, std::string_view text);
  // The value in force, as text that `read` takes, but for what is secret in it (shown_url.hpp,
  // shell_words.hpp).
  std::string (*show)(const Settings& settings);
  SettingKind kind = SettingKind::value;
};

// The one table of all settings, in the order in which people meet them.
std::span<const SettingInfo> setting_table();

// nullptr when there is no such setting.
const SettingInfo* find_setting(std::string_view key);

}  // namespace minidvr
