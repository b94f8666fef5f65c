// What makes a request unacceptable, whoever it is for.
#pragma once

#include "core/asio.hpp"
#include "http/message.hpp"

#include <optional>
#include <string_view>

namespace minidvr::http {

// The answer to a request that could not be read. nullopt when the client left before it sent a
// byte of it.
std::optional<Response> refusal_for(const error_code& failure);

// The answer to headers that can be read but not trusted: without a usable Host, or with a body
// whose length is open to interpretation. nullopt when all is well.
std::optional<Response> refusal_for(const Fields& fields, bool http_1_1);

// The host of a target in absolute form counts, not the Host header (RFC 9112, 3.2.2); to differ is
// a mistake or a trick. Sets the Host where there is none. The answer when they differ.
std::optional<Response> settle_host(Fields& fields, std::string_view target_authority);

}  // namespace minidvr::http
