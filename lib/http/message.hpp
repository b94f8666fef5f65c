// A request as handlers see it, and what they answer.
#pragma once

#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "http/byte_range.hpp"
#include "http/role.hpp"
#include "http/sender.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/json/value.hpp>

namespace minidvr::http {

using Verb = boost::beast::http::verb;
using Field = boost::beast::http::field;
using Status = boost::beast::http::status;
using Fields = boost::beast::http::fields;

// Text that many clients are sent, without a copy for each.
using SharedText = std::shared_ptr<const std::string>;

using Parameters = std::vector<std::pair<std::string, std::string>>;
using HeaderLines = std::vector<std::pair<std::string, std::string>>;  // name, value

// Who sent a request, as the Gate says. Where there is none, everybody may do all.
struct Caller {
  std::string name;  // of the account or token; empty: nobody asked for one
  Role role = Role::control;
  std::uint64_t proof = 0;  // what it was admitted by, for Gate::still_is
};

struct Request {
  Verb verb = Verb::get;  // unknown for a method that HTTP does not define
  std::string method;     // as it was sent
  std::string path;       // decoded; see target.hpp
  Parameters query;       // decoded, in order
  Parameters parameters;  // what stood for the {names} of the route
  Fields fields;          // the headers
  std::string body;
  Sender sender;
  Caller caller;
  bool is_for_page = false;  // see Router::get_page
  bool http_1_1 = true;
  bool keep_alive = true;

  // Empty when the client sent no such header.
  std::string_view header(Field field) const;
  // What was asked for, with its port: the Host header, or what a trusted proxy had as such.
  std::string_view asked_host() const;
  // nullopt when it is not in the query; the first one when it is there twice.
  std::optional<std::string_view> query_value(std::string_view name) const;
  // What stands for {name}; asking for a name that the route does not have is a bug.
  const std::string& parameter(std::string_view name) const;
};

// Bytes to send, and whoever keeps them alive.
class Body {
 public:
  Body() = default;
  Body(std::string text);  // NOLINT(google-explicit-constructor): a text is a body
  Body(SharedText text);   // NOLINT(google-explicit-constructor)
  Body(std::shared_ptr<const void> owner, const void* data, std::size_t size);

  std::span<const char> bytes() const { return bytes_; }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const char> bytes_;
};

// A body that is made while it is sent. It ends when there is no more, and the connection with it.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  // Whether it matters when its bytes arrive: then few of them wait in the kernel.
  virtual bool is_timed() const { return false; }
  // The next bytes, valid until the next call; none: there is no more. It may wait for them as long
  // as it likes: it is cancelled when the client goes.
  virtual Task<std::span<const char>> next() = 0;
};

// A part of a file.
struct FileBody {
  std::shared_ptr<const FileDescriptor> file;
  ByteRange range;
  BlockingPool* pool = nullptr;  // reads it, so that a disk that hangs keeps nobody else waiting
};

struct Response {
  Status status = Status::ok;
  std::string content_type;  // empty: there is no body
  Body body;
  std::optional<FileBody> file;        // instead of `body`
  std::shared_ptr<BodySource> source;  // instead of `body`
  HeaderLines headers;                 // besides those that every response has
};

Response json_response(const boost::json::object& object, Status status = Status::ok);

// {"code": "...", "detail": "..."}; the code is the usual one of the status unless another is
// given.
Response error_response(Status status, std::string_view detail, Reason reason = Reason::of_code);
Response error_response(const Error& error);

// The request's body as a JSON object that has no keys but those of `allowed`. unsupported_type
// when a content type is given and it is not JSON; malformed names the mistake and what is allowed.
Result<boost::json::object> read_json_object(const Request& request,
                                             std::span<const std::string_view> allowed);

}  // namespace minidvr::http
