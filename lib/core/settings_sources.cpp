#include "core/settings_sources.hpp"

#include "core/file.hpp"
#include "core/host_name.hpp"
#include "core/preview_address.hpp"
#include "core/shell_words.hpp"
#include "core/shown_url.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <exception>

#include <boost/asio/ip/address.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <fmt/format.h>

namespace minidvr {
namespace po = boost::program_options;
namespace {

constexpr std::size_t kMaxConfigBytes = 1 << 20;  // a config file is some kilobytes

constexpr std::array<std::pair<std::string_view, Command>, 6> kCommands = {
    {{"cleanup", Command::cleanup},
     {"status", Command::status},
     {"doctor", Command::doctor},
     {"passwd", Command::passwd},
     {"token", Command::token},
     {"tls", Command::tls}}};

// Ten years. Who looks after a recorder once in a decade does not look after it.
constexpr unsigned kMostDays = 3650;

constexpr std::string_view kEnvironmentPrefix = "MINIDVR_";

// Variables that other parts of the product use: not settings.
constexpr std::array<std::string_view, 3> kNotSettings = {
    "MINIDVR_VIRTUAL_CAMERA", "MINIDVR_VIRTUAL_CAMERA_CLASS", "MINIDVR_CONFIG"};

std::string known_keys() {
  std::string keys;
  for (const auto& info : setting_table()) {
    keys += keys.empty() ? "" : ", ";
    keys += info.key;
  }
  return keys;
}

// Whether a URL may be meant, which may be wrong. A # alone makes none: it begins a comment, too.
bool may_be_url(std::string_view text) {
  return text.find("://") != std::string_view::npos ||
         text.find_first_of("@?") != std::string_view::npos;
}

// Control characters would break the promise of one line. Any of what is given may be meant for
// stream_url or ustreamer_args.
std::string printable(std::string_view text) {
  std::string result;
  const std::string words = shown_text_of_words(text);
  for (const char c : may_be_url(words) ? shown_url(words) : words) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result;
}

// Of a path that leads elsewhere for whoever stands in another folder.
bool is_relative(const SettingInfo& info, const std::string& text) {
  if (text.empty() || text.front() == '/') return false;
  return info.kind == SettingKind::path ||
         (info.kind == SettingKind::program && text.find('/') != std::string::npos);
}

Result<> apply(LoadedSettings& loaded, const SourcedText& value) {
  const SettingInfo* info = find_setting(value.key);
  if (info == nullptr) {
    return make_error(Errc::malformed,
                      fmt::format("{}: unknown setting '{}'; known are: {}", value.source,
                                  printable(value.key), known_keys()));
  }
  if (!info->read(loaded.settings, value.text)) {
    const bool is_url = value.key == "stream_url";
    return make_error(
        Errc::malformed,
        fmt::format("{}: {} = '{}' is not allowed; allowed is {}", value.source, value.key,
                    printable(is_url ? shown_url(value.text) : value.text), info->allowed));
  }
  if (!value.folder.empty() && is_relative(*info, value.text)) {
    info->read(loaded.settings, value.folder + value.text);
  }
  loaded.sources[value.key] = value.source;
  return {};
}

// The settings that are made of others when nobody gives them.
void complete(Settings& settings) {
  if (settings.stream_url.empty()) settings.stream_url = own_stream_url(settings);
  if (settings.state_dir.empty()) settings.state_dir = settings.recordings_dir / ".state";
}

// Whether what listens on one port at both would be in its own way: :: has the addresses of IPv4,
// too.
bool overlap(const std::string& one_host, const std::string& other_host) {
  const auto one = boost::asio::ip::make_address(one_host);  // both have been checked
  const auto other = boost::asio::ip::make_address(other_host);
  if (one.is_v4() != other.is_v4()) return (one.is_v6() ? one : other).is_unspecified();
  return one.is_unspecified() || other.is_unspecified() || one == other;
}

// ustreamer would end again and again, and nothing would be recorded.
Result<> check_ports(const LoadedSettings& loaded) {
  const auto& settings = loaded.settings;
  if (!settings.preview || settings.app_port != settings.preview_port) return {};
  if (!overlap(settings.app_host, settings.preview_host)) return {};
  // The one that somebody gave.
  const bool is_app = loaded.sources.at("preview_port") == "default";
  const std::string given = is_app ? "app_port" : "preview_port";
  return make_error(
      Errc::malformed,
      fmt::format("{}: {} = '{}' is not allowed, as it is {}, too; allowed is another port, or "
                  "preview = off",
                  loaded.sources.at(given), given, settings.app_port,
                  is_app ? "preview_port" : "app_port"));
}

// What each alone allows, and both together do not.
Result<> check_together(const LoadedSettings& loaded) {
  if (auto checked = check_ports(loaded); !checked) return checked;
  const auto& settings = loaded.settings;
  if (settings.tls_certificate.empty() == settings.tls_key.empty()) return {};
  const bool lacks_key = settings.tls_key.empty();
  const std::string given = lacks_key ? "tls_certificate" : "tls_key";
  return make_error(
      Errc::malformed,
      fmt::format("{}: {} = '{}' is not allowed without {}; allowed are both or none",
                  loaded.sources.at(given), given,
                  printable((lacks_key ? settings.tls_certificate : settings.tls_key).string()),
                  lacks_key ? "tls_key" : "tls_certificate"));
}

std::vector<SourcedText> environment_values(const std::vector<std::string>& environment) {
  std::vector<SourcedText> values;
  for (const auto& entry : environment) {
    const auto equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    if (equals == std::string::npos || !name.starts_with(kEnvironmentPrefix)) continue;
    if (std::find(kNotSettings.begin(), kNotSettings.end(), name) != kNotSettings.end()) continue;
    std::string key = name.substr(kEnvironmentPrefix.size());
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    values.push_back({"environment variable " + name, key, entry.substr(equals + 1)});
  }
  return values;
}

std::optional<Command> find_command(std::string_view word) {
  for (const auto& [name, command] : kCommands) {
    if (word == name) return command;
  }
  return std::nullopt;
}

po::options_description option_table() {
  po::options_description options("Options");
  options.add_options()("help,h", "print this and end");
  options.add_options()("version", "print the version and end");
  options.add_options()("config", po::value<std::string>(), "read settings from this file");
  options.add_options()("check-config", "print the settings in force with their source and end");
  options.add_options()("dry-run", "with cleanup: only tell");
  options.add_options()("json", "with status: the document of GET /status");
  options.add_options()("user", po::value<std::string>(), "with passwd and token: whose");
  options.add_options()("role", po::value<std::string>(), "with passwd and token: view or control");
  options.add_options()("remove", "with passwd and token: take it away");
  options.add_options()("self-signed", "with tls: make one that only itself vouches for");
  options.add_options()("host", po::value<std::string>(), "with tls: a further name or address");
  options.add_options()("days", po::value<std::string>(), "with tls: how long it is valid");
  options.add_options()("force", "with tls: also in the place of one that is there");
  for (const auto& info : setting_table()) {
    options.add_options()(std::string(info.key).c_str(), po::value<std::string>(),
                          std::string(info.meaning).c_str());
  }
  return options;
}

// --app-host=X is the same as --app_host X; only the option's name changes, never its value. Other
// arguments stay as they are. An empty value behind = is a value too, which program_options does
// not take.
std::vector<std::string> normal_form(const std::string& argument) {
  if (!argument.starts_with("--")) return {argument};
  const auto equals = argument.find('=');
  std::string name = argument.substr(2, equals - 2);
  std::replace(name.begin(), name.end(), '-', '_');
  if (find_setting(name) == nullptr) return {argument};
  if (equals == std::string::npos) return {"--" + name};
  return {"--" + name, argument.substr(equals + 1)};
}

// What is wrong with options that are for some commands only; nullptr when nothing is.
const char* misplaced_option(const CommandLine& line) {
  if (line.dry_run && line.command != Command::cleanup) {
    return "command line: --dry-run is allowed with cleanup only";
  }
  if (line.json && line.command != Command::status) {
    return "command line: --json is allowed with status only";
  }
  const bool about_accounts = line.command == Command::passwd || line.command == Command::token;
  if (!about_accounts && (!line.user.empty() || !line.role.empty() || line.remove)) {
    return "command line: --user, --role and --remove are allowed with passwd and token only";
  }
  const bool about_tls = line.self_signed || !line.hosts.empty() || line.days || line.force;
  if (about_tls && line.command != Command::tls) {
    return "command line: --self-signed, --host, --days and --force are allowed with tls only";
  }
  if (line.command == Command::tls && !line.self_signed) {
    return "command line: tls takes --self-signed, which is all that it can make";
  }
  return nullptr;
}

// False when `option` is none of tls; throws when its value is not allowed.
bool take_tls_option(CommandLine& line, const po::option& option) {
  const std::string& key = option.string_key;
  if (key == "self-signed") {
    line.self_signed = true;
  } else if (key == "force") {
    line.force = true;
  } else if (key == "host") {
    line.hosts.push_back(option.value.at(0));
  } else if (key == "days") {
    const std::string& text = option.value.at(0);
    unsigned days = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), days);
    if (ec != std::errc{} || end != text.data() + text.size() || days < 1 || days > kMostDays) {
      throw po::error(
          fmt::format("--days '{}' is not allowed; allowed is a whole number from 1 to "
                      "{}",
                      text, kMostDays));
    }
    line.days = days;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  std::vector<std::string> normal;
  for (const auto& argument : arguments) {
    for (auto& word : normal_form(argument))
      normal.push_back(std::move(word));
  }
  const po::options_description options = option_table();
  CommandLine result;
  if (const auto command = normal.empty() ? std::nullopt : find_command(normal.front())) {
    result.command = *command;
    normal.erase(normal.begin());
  }
  try {
    using namespace po::command_line_style;
    const int style = allow_long | allow_short | allow_dash_for_short | long_allow_adjacent |
                      long_allow_next | short_allow_next;
    const auto parsed = po::command_line_parser(normal)
                            .options(options)
                            .positional(po::positional_options_description())
                            .style(style)
                            .run();
    for (const auto& option : parsed.options) {
      const std::string& key = option.string_key;
      if (take_tls_option(result, option)) continue;
      if (key == "help") {
        result.help = true;
      } else if (key == "version") {
        result.version = true;
      } else if (key == "check-config") {
        result.check_config = true;
      } else if (key == "dry-run") {
        result.dry_run = true;
      } else if (key == "json") {
        result.json = true;
      } else if (key == "user") {
        result.user = option.value.at(0);
      } else if (key == "role") {
        result.role = option.value.at(0);
      } else if (key == "remove") {
        result.remove = true;
      } else if (key == "config") {
        result.config_file = option.value.at(0);
      } else {
        result.values.emplace_back(key, option.value.at(0));
      }
    }
  } catch (const po::error& e) {
    return make_error(Errc::malformed,
                      fmt::format("command line: {}; see --help", printable(e.what())));
  }
  if (const auto* mistake = misplaced_option(result)) return make_error(Errc::malformed, mistake);
  return result;
}

namespace {

// Where a comment behind a value begins, which needs a blank before it: a file name may contain a
// #. npos: nowhere.
std::size_t comment_in(std::string_view line) {
  auto at = line.find('#');
  while (at != std::string_view::npos && line[at - 1] != ' ' && line[at - 1] != '\t')
    at = line.find('#', at + 1);
  return at;
}

}  // namespace

Result<std::vector<SourcedText>> parse_config_text(std::string_view text, std::string_view file) {
  // Editors of other systems begin a file with this, and do not show it.
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<SourcedText> values;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    line = trim(line.substr(0, comment_in(line)));
    const std::string source = fmt::format("config file {}, line {}", file, number);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || trim(line.substr(0, equals)).empty()) {
      return make_error(Errc::malformed, fmt::format("{}: '{}' is not understood; allowed is "
                                                     "'key = value' or a # comment",
                                                     source, printable(line)));
    }
    values.push_back({source, std::string(trim(line.substr(0, equals))),
                      std::string(trim(line.substr(equals + 1)))});
  }
  return values;
}

namespace {

// Those that only look: what they say is of use without the service's own file, too.
bool changes_nothing(const CommandLine& line) {
  return line.check_config || line.command == Command::status || line.command == Command::doctor;
}

// Of the file that the command line names, or of the service's.
Result<std::vector<SourcedText>> config_values(const CommandLine& line,
                                               const std::filesystem::path& service_config,
                                               LoadedSettings& loaded) {
  const bool is_named = line.config_file.has_value();
  const std::string file = is_named ? *line.config_file : service_config.string();
  // Who asks which settings are in force means those of the service.
  const bool is_run = line.command == Command::run && !line.check_config;
  if (!is_named && (is_run || file.empty())) return {};
  const auto text = read_file(file, kMaxConfigBytes);
  if (!text) {
    if (!is_named && text.error().code == Errc::not_found) return {};
    const std::string why = fmt::format("config file: {}", text.error().detail);
    if (is_named || !changes_nothing(line)) return make_error(Errc::malformed, why);
    loaded.hint = why + "; the default settings are used (root may read it; or --config FILE)";
    return {};
  }
  loaded.config_file = file;
  if (!is_named) loaded.hint = "with the settings of " + file;
  auto values = parse_config_text(*text, file);
  if (!values || file != service_config.string()) return values;
  // The service is started in /: whoever asks about its files from his own folder means the same.
  for (auto& value : *values)
    value.folder = "/";
  return values;
}

}  // namespace

Result<LoadedSettings> load_settings(const CommandLine& command_line,
                                     const std::vector<std::string>& environment,
                                     const std::filesystem::path& service_config) {
  LoadedSettings loaded;
  std::vector<SourcedText> values;
  for (const auto& info : setting_table()) {
    values.push_back({"default", std::string(info.key), info.default_text});
  }
  const auto from_file = config_values(command_line, service_config, loaded);
  if (!from_file) return from_file.error();
  values.insert(values.end(), from_file->begin(), from_file->end());
  const auto from_environment = environment_values(environment);
  values.insert(values.end(), from_environment.begin(), from_environment.end());
  for (const auto& [key, text] : command_line.values) {
    values.push_back({"option --" + key, key, text});
  }
  for (const auto& value : values) {
    if (auto applied = apply(loaded, value); !applied) return applied.error();
  }
  if (auto checked = check_together(loaded); !checked) return checked.error();
  complete(loaded.settings);
  return loaded;
}

std::string describe(const LoadedSettings& loaded) {
  std::string text;
  for (const auto& info : setting_table()) {
    text += fmt::format("{} = {}  # {}\n", info.key, info.show(loaded.settings),
                        loaded.sources.at(std::string(info.key)));
  }
  return text;
}

std::string help_text() {
  std::string text =
      "Usage: mini-dvr [options]\n"
      "       mini-dvr cleanup [--dry-run] [options]\n"
      "       mini-dvr status [--json] [options]\n"
      "       mini-dvr doctor [options]\n"
      "       mini-dvr passwd [--user NAME] [--role view|control] [--remove] [options]\n"
      "       mini-dvr token --user NAME [--role view|control] [--remove] [options]\n"
      "       mini-dvr tls --self-signed [--host NAME]... [--days N] [--force] [options]\n"
      "Live preview and lossless recording of a UVC camera.\n\n"
      "  cleanup            delete the recordings that max_age_days, max_size and min_free do not\n"
      "                     allow to keep, tell which and why, and end; also while mini-dvr runs;\n"
      "                     exit status 1 when a limit can not be kept\n"
      "      --dry-run      only tell what would be deleted\n"
      "  status             ask the mini-dvr that runs with these settings how it is, and end;\n"
      "                     exit status 1 when its health is failing, 2 when it does not answer\n"
      "      --json         print the document of GET /status\n"
      "  doctor             look for what keeps mini-dvr from recording with these settings, tell\n"
      "                     what helps, and end; also while it runs; exit status 1 when there is\n"
      "                     a problem\n\n"
      "  passwd             ask for a password, and make the account (or give it that password), "
      "so\n"
      "                     that only who has one may in; from a pipe one line is read\n"
      "  token              make a token for a script (Authorization: Bearer ...) and print it\n"
      "      --user NAME    of the account (default: admin) or token\n"
      "      --role ROLE    view: may watch; control (the default): may do all\n"
      "      --remove       take the account or token away\n"
      "  tls                make a key and a certificate for https, tell its fingerprint, and "
      "which\n"
      "                     settings serve it\n"
      "      --self-signed  it vouches for itself: there is no other kind\n"
      "      --host NAME    it is for this name or address, too, beside those of this machine\n"
      "      --days N       it is valid for so many days (default: 825)\n"
      "      --force        also where there is one already\n\n"
      "  -h, --help         print this and end\n"
      "      --version      print the version and end\n"
      "      --config FILE  read settings from FILE; without it the commands above, as\n"
      "                     well as --check-config, read those of the service,\n"
      "                     /etc/mini-dvr.conf, where mini-dvr is installed\n"
      "      --check-config print the settings in force with their source and end;\n"
      "                     exit status 2 when one is wrong\n\n"
      "Settings, as options (--fps 25), as environment variables (MINIDVR_FPS=25) or as lines\n"
      "of the config file (fps = 25); an option wins over the environment, that over the file:\n\n";
  for (const auto& info : setting_table()) {
    text += fmt::format("  --{:<19} {}\n  {:<21} {}; default: {}\n", info.key, info.meaning, "",
                        info.allowed, info.default_text.empty() ? "empty" : info.default_text);
  }
  return text;
}

}  // namespace minidvr
