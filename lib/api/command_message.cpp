#include "api/command_message.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <fmt/format.h>

namespace minidvr::api {
namespace json = boost::json;
namespace {

// It is stored until the answer: long enough for a UUID or a word, too short to keep things in.
constexpr std::size_t kMaxRequestIdBytes = 128;
constexpr std::size_t kMaxDepth = 16;
// What of a wrong command is repeated to who sent it.
constexpr std::size_t kShownBytes = 40;

constexpr std::string_view kAllowed =
    R"(allowed is {"command": "start"}, or "stop", "status", "mark", "controls:list", "controls:set" in place of "start", with an optional "request_id")";

struct CommandInfo {
  std::string_view name;
  Command command;
  http::Role needed;
};

constexpr std::array<CommandInfo, 6> kCommands = {{
    {"start", Command::start, http::Role::control},
    {"stop", Command::stop, http::Role::control},
    {"status", Command::status, http::Role::view},
    {"mark", Command::mark, http::Role::control},
    {"controls:list", Command::controls_list, http::Role::view},
    {"controls:set", Command::controls_set, http::Role::control},
}};

const CommandInfo& info_of(Command command) {
  return *std::find_if(kCommands.begin(), kCommands.end(),
                       [&](const CommandInfo& info) { return info.command == command; });
}

std::string shortened(std::string_view text) {
  if (text.size() <= kShownBytes) return std::string(text);
  std::size_t length = 0;
  while (length < kShownBytes) {
    const auto next = utf8_length(text.substr(length));
    if (next == 0) break;
    length += next;
  }
  return std::string(text.substr(0, length)) + "...";
}

void read_request_id(const json::object& object, CommandMessage& message) {
  const json::value* id = object.if_contains("request_id");
  if (id == nullptr) return;
  if (!id->is_string() || id->get_string().size() > kMaxRequestIdBytes) {
    message.mistake =
        fmt::format("request_id must be a string of at most {} bytes", kMaxRequestIdBytes);
    return;
  }
  message.request_id = std::string(id->get_string());
}

void read_command(const json::object& object, CommandMessage& message) {
  const json::value* command = object.if_contains("command");
  if (command == nullptr) {
    message.mistake = fmt::format("there is no command; {}", kAllowed);
    return;
  }
  if (!command->is_string()) {
    message.mistake = fmt::format("the command must be a string; {}", kAllowed);
    return;
  }
  const std::string_view name = command->get_string();
  for (const auto& info : kCommands) {
    if (name == info.name) message.command = info.command;
  }
  if (!message.command) {
    message.mistake = fmt::format("'{}' is not a command; {}", shortened(name), kAllowed);
  }
}

}  // namespace

std::string_view name_of(Command command) {
  return info_of(command).name;
}

http::Role needed_for(Command command) {
  return info_of(command).needed;
}

CommandMessage parse_command(std::string_view text) {
  CommandMessage message;
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::value value = json::parse(text, ec, {}, options);
  if (ec) {
    message.mistake = fmt::format("the message is not JSON; {}", kAllowed);
  } else if (!value.is_object()) {
    message.mistake = fmt::format("the message is not an object; {}", kAllowed);
  } else {
    read_request_id(value.get_object(), message);
    if (message.mistake.empty()) read_command(value.get_object(), message);
    message.fields = std::move(value.get_object());
  }
  return message;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for (const auto& info : kCommands)
    names.push_back(info.name);
  return names;
}

json::object error_message(Reason reason, std::string_view detail) {
  json::object object;
  object["status"] = "error";
  object["code"] = name_of(reason);
  object["detail"] = detail;
  return object;
}

json::object error_message(const Error& error) {
  return error_message(reason_of(error), error.detail);
}

}  // namespace minidvr::api
