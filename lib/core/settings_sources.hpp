// Where settings come from: default < config file < environment < command line.
#pragma once

#include "core/error.hpp"
#include "core/settings.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr {

// What is to be done with the settings.
enum class Command {
  run,
  cleanup,  // delete what may not be kept any longer, and end
  status,   // ask the one that runs how it is, and end
  doctor,   // look for what keeps one from recording, and end
  passwd,   // make or remove an account, and end
  token,    // make or remove a token for a script, and end
  tls,      // make a certificate, and end
};

// What the command line says, before any setting is read.
struct CommandLine {
  bool help = false;
  bool version = false;
  bool check_config = false;
  Command command = Command::run;
  bool dry_run = false;            // with cleanup: only tell
  bool json = false;               // with status: for programs
  std::string user;                // with passwd and token: whose; empty: nobody was named
  std::string role;                // with passwd and token; empty: none was named
  bool remove = false;             // with passwd and token
  bool self_signed = false;        // with tls, all four
  std::vector<std::string> hosts;  // further names and addresses
  std::optional<unsigned> days;    // how long it is valid
  bool force = false;              // also in the place of one that is there
  std::optional<std::string> config_file;
  std::vector<std::pair<std::string, std::string>> values;  // key, text; in order
};

// An optional command, and then `--key VALUE` or `--key=VALUE`, with - or _ in the key.
// malformed on anything else.
Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

// One value and where it stands.
struct SourcedText {
  std::string source;  // for people: "config file /etc/mini-dvr.conf, line 3"
  std::string key;
  std::string text;
  std::string folder = {};  // where relative paths begin; empty: where the program is started
};

// `key = value` lines, # comments, blank lines. malformed names the line.
Result<std::vector<SourcedText>> parse_config_text(std::string_view text, std::string_view file);

struct LoadedSettings {
  Settings settings;
  std::map<std::string, std::string, std::less<>> sources;  // key -> source of the value in force
  std::string config_file;                                  // that was read; empty: none
  std::string hint;  // for people: which file a command has read, or not, that names none; or empty
};

// Reads all four sources. The error is one line that names the source, the key, the value and what
// is allowed. `environment`: all variables, as NAME=VALUE, so that a misspelt MINIDVR_ one is an
// error too. `service_config`: what the service reads; a command, or --check-config, is about the
// service where it names no file and this one is there. Empty: there is none.
Result<LoadedSettings> load_settings(const CommandLine& command_line,
                                     const std::vector<std::string>& environment,
                                     const std::filesystem::path& service_config = {});

// `key = value` lines with the source of each, as --check-config prints them.
std::string describe(const LoadedSettings& loaded);

// The text of --help.
std::string help_text();

}  // namespace minidvr
