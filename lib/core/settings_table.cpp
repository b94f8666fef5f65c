#include "core/host_name.hpp"
#include "core/install_paths.hpp"
#include "core/origin.hpp"
#include "core/settings.hpp"
#include "core/shell_words.hpp"
#include "core/shown_url.hpp"
#include "core/text.hpp"
#include "core/zoned_url.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr {
namespace {

// Values.

template <class Number>
bool read_number(std::string_view text, Number low, Number high, Number& field) {
  Number value{};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) return false;
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(value)) return false;
  }
  if (value < low || value > high) return false;
  field = value;
  return true;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Of what a size may be followed by, each is 1024 times the one before.
constexpr std::string_view kSizeUnits = "kmgt";
constexpr unsigned kUnitBits = 10;

// Bytes: 500000, 500M, 200G. At most 8388607T, which no disk has.
bool read_bytes(std::string_view text, std::uint64_t& field) {
  unsigned bits = 0;
  if (!text.empty()) {
    const auto unit = kSizeUnits.find(lower(text.substr(text.size() - 1)));
    if (unit != std::string_view::npos) {
      bits = kUnitBits * static_cast<unsigned>(unit + 1);
      text.remove_suffix(1);
    }
  }
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t value = 0;
  if (!read_number<std::uint64_t>(text, 0, kMost >> bits, value)) return false;
  field = value << bits;
  return true;
}

// 0, or what a frame fits into: less is a number whose unit was forgotten, and as a limit of all
// recordings it would delete them.
bool read_limit_size(std::string_view text, std::uint64_t& field) {
  constexpr std::uint64_t kLeast = 64 << 10;
  std::uint64_t value = 0;
  if (!read_bytes(text, value) || (value != 0 && value < kLeast)) return false;
  field = value;
  return true;
}

// In the largest unit that tells it exactly.
std::string show_size(std::uint64_t bytes) {
  std::size_t units = 0;
  while (bytes != 0 && units < kSizeUnits.size() && bytes % (1U << kUnitBits) == 0) {
    bytes >>= kUnitBits;
    ++units;
  }
  std::string text = std::to_string(bytes);
  if (units > 0) text += static_cast<char>(std::toupper(kSizeUnits[units - 1]));
  return text;
}

// What another parser made of the text.
template <class T>
bool take(std::optional<T> value, T& field) {
  if (value) field = std::move(*value);
  return value.has_value();
}

bool read_switch(std::string_view text, bool& field) {
  const std::string word = lower(text);
  if (word == "on" || word == "true" || word == "yes" || word == "1") {
    field = true;
  } else if (word == "off" || word == "false" || word == "no" || word == "0") {
    field = false;
  } else {
    return false;
  }
  return true;
}

// Also what is whole, with a digit behind the point.
std::string show_decimal(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string show_switch(bool value) {
  return value ? "on" : "off";
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool read_address(std::string_view text, std::string& field) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(text), ec);
  if (ec) return false;
  // Each link has such addresses: without its zone nobody knows which is meant.
  const bool is_of_a_link = address.is_v6() && address.to_v6().is_link_local();
  if (is_of_a_link && text.find('%') == std::string_view::npos) return false;
  field = text;
  return true;
}

// Names separated by commas; none when the text is empty.
bool read_host_names(std::string_view text, std::vector<std::string>& field) {
  std::vector<std::string> names;
  if (!trim(text).empty()) {
    for (const auto item : list_items(text)) {
      const auto name = normal_host_name(item);
      if (!name) return false;
      names.push_back(*name);
    }
  }
  field = std::move(names);
  return true;
}

// What a shell would have replaced or taken away, and nobody does here: a folder of that name is
// never meant.
bool is_for_a_shell(std::string_view text) {
  return text.find_first_of("~'\"") == 0;
}

// A text that becomes an argument of a program: never empty, and never an option.
bool read_name(std::string_view text, std::string& field) {
  if (text.empty() || text.front() == '-' || has_control_characters(text)) return false;
  if (is_for_a_shell(text)) return false;
  field = text;
  return true;
}

bool read_path(std::string_view text, std::filesystem::path& field) {
  if (text.empty() || has_control_characters(text) || is_for_a_shell(text)) return false;
  field = std::filesystem::path(text);
  return true;
}

bool read_optional_path(std::string_view text, std::filesystem::path& field) {
  if (!text.empty()) return read_path(text, field);
  field.clear();
  return true;
}

// Of a file, which need not be there yet.
bool read_file_path(std::string_view text, std::filesystem::path& field) {
  std::error_code ec;
  const std::filesystem::path path(text);
  return path.has_filename() && !std::filesystem::is_directory(path, ec) && read_path(text, field);
}

bool read_optional_file_path(std::string_view text, std::filesystem::path& field) {
  return text.empty() ? read_optional_path(text, field) : read_file_path(text, field);
}

// From / on, so that it means the same to whoever reads it.
std::string shown_path(const std::filesystem::path& path) {
  std::error_code ec;
  return path.empty() ? std::string() : std::filesystem::absolute(path, ec).string();
}

std::string shown_program(const std::string& name) {
  return name.find('/') == std::string::npos ? name : shown_path(name);
}

bool read_resolution(std::string_view text, Resolution& field) {
  const auto cross = text.find_first_of("xX");
  if (cross == std::string_view::npos) return false;
  Resolution value;
  if (!read_number(text.substr(0, cross), 16U, 15360U, value.width)) return false;
  if (!read_number(text.substr(cross + 1), 16U, 8640U, value.height)) return false;
  field = value;
  return true;
}

bool read_stream_url(std::string_view text, std::string& field) {
  if (text.empty()) {
    field.clear();
    return true;
  }
  const auto zoned = split_zone(text);
  const auto url = boost::urls::parse_uri(zoned.url);
  if (!url || url->host().empty()) return false;
  const bool is_http = url->scheme_id() == boost::urls::scheme::http ||
                       url->scheme_id() == boost::urls::scheme::https;
  if (!is_http) return false;
  std::uint16_t port = 0;
  if (url->has_port() && !read_number<std::uint16_t>(url->port(), 1, 65535, port)) return false;
  field = text;
  return true;
}

constexpr std::array<std::string_view, 3> kRecordAtStart = {"resume", "on", "off"};

// The table.

constexpr std::string_view kAddress =
    "an IPv4 or IPv6 address, such as 0.0.0.0, ::1 or fe80::1%eth0";
constexpr std::string_view kPort = "a port from 1 to 65535";
constexpr std::string_view kSwitch = "on or off";
constexpr std::string_view kAuto = "auto";
constexpr std::string_view kAny = "any";
constexpr std::string_view kLimitSize =
    "0, or bytes from 64K on, as 500M or 200G (K, M, G, T: 1024 each; none: bytes)";
constexpr std::string_view kSizeOrAuto =
    "auto or bytes, also as 500M or 200G (K, M, G, T: 1024 each)";
constexpr std::string_view kProgram = "a program's name or path, without ~ or a quote before it";
constexpr std::string_view kFile = "a file, without ~ or a quote before it";
constexpr std::string_view kFileOrNone = "empty or a file, without ~ or a quote before it";
constexpr std::string_view kFolder = "a folder, without ~ or a quote before it";
constexpr std::string_view kFolderOrNone = "empty or a folder, without ~ or a quote before it";

using S = Settings;
using Text = std::string_view;

std::vector<SettingInfo> make_table() {
  return {
      {"app_host", "0.0.0.0", kAddress, "address that the page and the API listen on",
       [](S& s, Text t) { return read_address(t, s.app_host); },
       [](const S& s) { return s.app_host; }},
      {"app_port", "8080", kPort, "port that the page and the API listen on",
       [](S& s, Text t) { return read_number<std::uint16_t>(t, 1, 65535, s.app_port); },
       [](const S& s) { return std::to_string(s.app_port); }},
      {"allowed_hosts", "",
       "empty or host names separated by commas, without ports, such as dvr.example.org",
       "further names by which browsers may open the page",
       [](S& s, Text t) { return read_host_names(t, s.allowed_hosts); },
       [](const S& s) { return fmt::format("{}", fmt::join(s.allowed_hosts, ", ")); }},
      {"allowed_origins", "",
       "empty or origins separated by commas, such as http://homeassistant.local:8123",
       "whose pages may ask, by scripts and WebSocket, besides the page itself",
       [](S& s, Text t) { return take(parse_origins(t), s.allowed_origins); },
       [](const S& s) { return fmt::format("{}", fmt::join(s.allowed_origins, ", ")); }},
      {"frame_ancestors", "self",
       "none, or self and origins separated by commas, such as self, "
       "http://homeassistant.local:8123",
       "whose pages may show the page in a frame",
       [](S& s, Text t) { return take(parse_frame_ancestors(t), s.frame_ancestors); },
       [](const S& s) {
         return s.frame_ancestors.empty() ? std::string("none")
                                          : fmt::format("{}", fmt::join(s.frame_ancestors, ", "));
       }},
      {"allow_networks", "auto",
       "auto, any, or networks separated by commas, such as 192.168.1.0/24, fd00::/8 or private",
       "from where one may ask; auto: private networks, and any once a password is set",
       [](S& s, Text t) { return take(parse_allowed_networks(t), s.allow_networks); },
       [](const S& s) { return s.allow_networks.text; }},
      {"trusted_proxies", "",
       "empty or addresses and networks separated by commas, such as 127.0.0.1, 192.168.1.2",
       "proxies whose word counts for who asks, and by which address",
       [](S& s, Text t) { return take(parse_networks(t), s.trusted_proxies); },
       [](const S& s) {
         std::vector<std::string> texts;
         for (const auto& network : s.trusted_proxies)
           texts.push_back(network_text(network));
         return fmt::format("{}", fmt::join(texts, ", "));
       }},
      {"accounts_file", default_accounts_file().string(), kFile,
       "who may in, as mini-dvr passwd and mini-dvr token write it",
       [](S& s, Text t) { return read_file_path(t, s.accounts_file); },
       [](const S& s) { return shown_path(s.accounts_file); }, SettingKind::path},
      {"tls_certificate", "", kFileOrNone,
       "certificate, with those that vouch for it, as PEM: the page and the API are https; "
       "mini-dvr "
       "tls makes one; empty: plain http",
       [](S& s, Text t) { return read_optional_file_path(t, s.tls_certificate); },
       [](const S& s) { return shown_path(s.tls_certificate); }, SettingKind::path},
      {"tls_key", "", kFileOrNone, "its key, as PEM, without a passphrase",
       [](S& s, Text t) { return read_optional_file_path(t, s.tls_key); },
       [](const S& s) { return shown_path(s.tls_key); }, SettingKind::path},
      {"device", "/dev/video0", "a V4L2 device, such as /dev/video0, or 'virtual'",
       "the camera; 'virtual' is the built-in virtual camera",
       [](S& s, Text t) { return read_name(t, s.device); }, [](const S& s) { return s.device; }},
      {"resolution", "1280x720", "WIDTHxHEIGHT in pixels, from 16x16 to 15360x8640",
       "picture size asked of the camera",
       [](S& s, Text t) { return read_resolution(t, s.resolution); },
       [](const S& s) { return fmt::format("{}x{}", s.resolution.width, s.resolution.height); }},
      {"fps", "30", "a whole number from 1 to 240", "frames a second asked of the camera",
       [](S& s, Text t) { return read_number(t, 1U, 240U, s.fps); },
       [](const S& s) { return std::to_string(s.fps); }},
      {"preview_host", "0.0.0.0", kAddress, "address that ustreamer serves the preview on",
       [](S& s, Text t) { return read_address(t, s.preview_host); },
       [](const S& s) { return s.preview_host; }},
      {"preview_port", "8000", kPort, "port that ustreamer serves the preview on",
       [](S& s, Text t) { return read_number<std::uint16_t>(t, 1, 65535, s.preview_port); },
       [](const S& s) { return std::to_string(s.preview_port); }},
      {"stream_url", "", "empty or an http:// or https:// URL",
       "the MJPEG stream that is recorded; empty: what ustreamer serves on preview_port",
       [](S& s, Text t) { return read_stream_url(t, s.stream_url); },
       [](const S& s) { return shown_url(s.stream_url); }},
      {"stream_tls_verify", "on", kSwitch,
       "off: take any certificate of an https:// stream_url, also one that nobody vouches for",
       [](S& s, Text t) { return read_switch(t, s.stream_tls_verify); },
       [](const S& s) { return show_switch(s.stream_tls_verify); }},
      {"preview", "on", kSwitch, "off: do not run ustreamer, somebody else serves stream_url",
       [](S& s, Text t) { return read_switch(t, s.preview); },
       [](const S& s) { return show_switch(s.preview); }},
      {"recordings_dir", default_recordings_dir().string(), kFolder, "where finished segments go",
       [](S& s, Text t) { return read_path(t, s.recordings_dir); },
       [](const S& s) { return shown_path(s.recordings_dir); }, SettingKind::path},
      {"recordings_dir_id", "auto", "auto or any",
       "auto: record only to the folder that was recorded to before, not to what lies there while "
       "its disk is not mounted; any: whatever is there is right",
       [](S& s, Text t) {
         const std::string word = lower(t);
         if (word != kAuto && word != kAny) return false;
         s.any_recordings_dir = word == kAny;
         return true;
       },
       [](const S& s) { return std::string(s.any_recordings_dir ? kAny : kAuto); }},
      {"segment_seconds", "600", "a whole number from 1 to 86400",
       "length of a segment, seconds; one of more than 7200 (2 h) is cut into equal parts that are "
       "no longer",
       [](S& s, Text t) {
         unsigned value = 0;
         if (!read_number(t, 1U, 86400U, value)) return false;
         s.segment_seconds = std::chrono::seconds(value);
         return true;
       },
       [](const S& s) { return std::to_string(s.segment_seconds.count()); }},
      {"segment_align", "on", kSwitch,
       "cut segments on wall-clock multiples of segment_seconds (10:00, 10:10, ...)",
       [](S& s, Text t) { return read_switch(t, s.segment_align); },
       [](const S& s) { return show_switch(s.segment_align); }},
      {"preroll_seconds", "0", "a whole number from 0 to 600",
       "so many seconds from before a start belong to the recording; at most what half of "
       "frame_buffer_mb holds",
       [](S& s, Text t) {
         unsigned value = 0;
         if (!read_number(t, 0U, 600U, value)) return false;
         s.preroll_seconds = std::chrono::seconds(value);
         return true;
       },
       [](const S& s) { return std::to_string(s.preroll_seconds.count()); }},
      {"record_at_start", "resume", "resume, on or off",
       "resume: go on recording if that was wanted when the last run ended",
       [](S& s, Text t) {
         const auto found = std::find(kRecordAtStart.begin(), kRecordAtStart.end(), lower(t));
         if (found == kRecordAtStart.end()) return false;
         s.record_at_start = static_cast<RecordAtStart>(found - kRecordAtStart.begin());
         return true;
       },
       [](const S& s) {
         return std::string(kRecordAtStart[static_cast<std::size_t>(s.record_at_start)]);
       }},
      {"state_dir", "", kFolderOrNone,
       "what must survive a restart; empty: .state in recordings_dir",
       [](S& s, Text t) { return read_optional_path(t, s.state_dir); },
       [](const S& s) { return shown_path(s.state_dir); }, SettingKind::path},
      {"frame_buffer_mb", "64", "a whole number from 4 to 65536",
       "most memory for frames that wait for the disk, MiB",
       [](S& s, Text t) { return read_number<std::size_t>(t, 4, 65536, s.frame_buffer_mb); },
       [](const S& s) { return std::to_string(s.frame_buffer_mb); }},
      {"max_age_days", "7", "a whole number from 0 to 36500",
       "recordings older than this are deleted, unless they are protected; 0: none is for its age",
       [](S& s, Text t) { return read_number<std::uint32_t>(t, 0, 36500, s.max_age_days); },
       [](const S& s) { return std::to_string(s.max_age_days); }},
      {"max_size", "0", kLimitSize,
       "while the recordings take more than this the oldest are deleted; 0: they may take any",
       [](S& s, Text t) { return read_limit_size(t, s.max_size); },
       [](const S& s) { return show_size(s.max_size); }},
      {"min_free", "auto", kSizeOrAuto,
       "while less than this is free on the disk the oldest recordings are deleted; auto: the "
       "larger of 1 GiB and 3 % of the disk; 0: none is for that",
       [](S& s, Text t) {
         std::uint64_t value = 0;
         if (lower(t) == kAuto) {
           s.min_free.reset();
         } else if (read_bytes(t, value)) {
           s.min_free = value;
         } else {
           return false;
         }
         return true;
       },
       [](const S& s) { return s.min_free ? show_size(*s.min_free) : std::string(kAuto); }},
      {"mark_protects", "off", kSwitch, "on: a recording that is given a mark is protected by that",
       [](S& s, Text t) { return read_switch(t, s.mark_protects); },
       [](const S& s) { return show_switch(s.mark_protects); }},
      {"controls_cache_ttl", "1.0", "a number from 0 to 3600",
       "seconds that a listing of camera controls is reused",
       [](S& s, Text t) {
         double value = 0;
         if (!read_number(t, 0.0, 3600.0, value)) return false;
         s.controls_cache_ttl = std::chrono::duration<double>(value);
         return true;
       },
       [](const S& s) { return show_decimal(s.controls_cache_ttl.count()); }},
      {"remember_controls", "on", kSwitch,
       "on: what was set is set again when the camera comes back or mini-dvr starts",
       [](S& s, Text t) { return read_switch(t, s.remember_controls); },
       [](const S& s) { return show_switch(s.remember_controls); }},
      {"log_level", "info", "error, warning, info or debug", "how much is logged",
       [](S& s, Text t) {
         const auto level = log::parse_level(t);
         if (level) s.log_level = *level;
         return level.has_value();
       },
       [](const S& s) {
         constexpr std::array names = {"error", "warning", "info", "debug"};
         return std::string(names[static_cast<std::size_t>(s.log_level)]);
       }},
      {"ustreamer_bin", "ustreamer", kProgram, "the ustreamer program",
       [](S& s, Text t) { return read_name(t, s.ustreamer_bin); },
       [](const S& s) { return shown_program(s.ustreamer_bin); }, SettingKind::program},
      {"ffmpeg_bin", "ffmpeg", kProgram, "the ffmpeg program",
       [](S& s, Text t) { return read_name(t, s.ffmpeg_bin); },
       [](const S& s) { return shown_program(s.ffmpeg_bin); }, SettingKind::program},
      {"v4l2_ctl_bin", "v4l2-ctl", kProgram, "the v4l2-ctl program",
       [](S& s, Text t) { return read_name(t, s.v4l2_ctl_bin); },
       [](const S& s) { return shown_program(s.v4l2_ctl_bin); }, SettingKind::program},
      {"ustreamer_args", "", "words as a shell reads them, with all quotes closed",
       "further arguments for ustreamer",
       [](S& s, Text t) {
         auto words = split_words(t);
         if (!words) return false;
         s.ustreamer_args = std::move(*words);
         return true;
       },
       [](const S& s) { return join_words(shown_words(s.ustreamer_args)); }},
  };
}

}  // namespace

std::span<const SettingInfo> setting_table() {
  static const std::vector<SettingInfo> table = make_table();
  return table;
}

const SettingInfo* find_setting(std::string_view key) {
  const auto table = setting_table();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& info) { return info.key == key; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace minidvr
