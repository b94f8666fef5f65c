// Reading requests from one connection, and telling a client what is wrong with one.
#pragma once

#include "core/asio.hpp"
#include "http/closing.hpp"
#include "http/limits.hpp"
#include "http/message.hpp"
#include "http/transport.hpp"

#include <memory>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>

namespace minidvr::http {

struct Incoming {
  enum class Kind {
    request,
    refused,  // answer with `refusal` and close: what follows can not be understood
    gone,     // nothing to answer: the client left, was idle for too long, or the server stops
  };
  Kind kind = Kind::gone;
  Request request;
  Response refusal;
};

class RequestReader {
 public:
  RequestReader(Transport& transport, const Limits& limits, Closing& closing);

  Task<Incoming> next();

  // While next() runs: since when it waits for a request, or for the rest of one.
  SteadyTime waiting_since() const { return waiting_since_; }

  // True when the client sent more than the last request.
  bool has_unread() const { return buffer_.size() > 0; }

 private:
  struct Parser;

  Task<> wait_for_bytes();
  Task<> read_header(Parser& parser);
  Task<> read_body(Parser& parser);

  Transport& transport_;
  const Limits& limits_;
  Closing& closing_;
  boost::beast::flat_buffer buffer_;
  error_code failure_;  // of the last read
  bool first_ = true;
  SteadyTime waiting_since_ = Steady::now();
};

}  // namespace minidvr::http
