// How a connection begins on a port that speaks https.
#pragma once

#include "core/asio.hpp"
#include "core/limited_log.hpp"
#include "http/closing.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/transport.hpp"

#include <string_view>

#include <boost/asio/ssl/context.hpp>

namespace minidvr::http {

enum class Opening {
  encrypted,  // from here on all is
  plain,      // the client speaks plain HTTP; nothing of what it sent has been read
  gone,       // it left, was too slow or came to no terms, or the server stops
};

// Waits for the client's first byte, which tells, and shakes hands. Both together get
// limits.header_time, as the first request gets where nothing is encrypted. `client`: who it is,
// for the log.
Task<Opening> begin_tls(Transport& transport, net::ssl::context& context, const Limits& limits,
                        Closing& closing, std::string_view client, log::LimitedLog& client_log);

// What a plain request is answered there: where the same is by https. Only who reads is led on:
// what else was sent would be sent twice.
Response https_only(const Request& request);

}  // namespace minidvr::http
