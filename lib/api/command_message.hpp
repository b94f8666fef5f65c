// What WebSocket clients may say.
#pragma once

#include "core/error.hpp"
#include "http/role.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace minidvr::api {

enum class Command { start, stop, status, mark, controls_list, controls_set };

// As clients write it.
std::string_view name_of(Command command);
// The least role that a client needs for it.
http::Role needed_for(Command command);

struct CommandMessage {
  std::optional<Command> command;  // nullopt: `mistake` says why
  std::optional<std::string>
      request_id;              // to be echoed; also with a mistake, where it could be read
  std::string mistake;         // what is wrong and what is allowed
  boost::json::object fields;  // the whole message, for the commands that take more
};

CommandMessage parse_command(std::string_view text);

// As clients write them.
std::vector<std::string_view> command_names();

// {"status":"error","code":...,"detail":...}
boost::json::object error_message(Reason reason, std::string_view detail);
boost::json::object error_message(const Error& error);

}  // namespace minidvr::api
