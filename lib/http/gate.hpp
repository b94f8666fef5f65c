// Who a client is, and whether that is enough for what it asks.
#pragma once

#include "core/asio.hpp"
#include "http/message.hpp"
#include "http/role.hpp"

#include <variant>

namespace minidvr::http {

class Gate {
 public:
  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  virtual ~Gate() = default;

  // Who sent `request`, which takes a client of at least the role `needed`; or the answer that
  // refuses it.
  virtual Task<std::variant<Caller, Response>> admit(const Request& request, Role needed) = 0;

  // Whether a client that was admitted as `caller` still is who it was: a WebSocket outlives what
  // it began with. Asked as long as it is served, which counts as use of what it was admitted by.
  virtual bool still_is(const Caller& caller) = 0;
};

}  // namespace minidvr::http
