#include "http/message.hpp"

#include "core/json_text.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/beast/core/string.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace minidvr::http {
namespace json = boost::json;
namespace {

// Deep enough for anything we read; a flat refusal for documents made of brackets.
constexpr std::size_t kMaxJsonDepth = 16;

bool is_json_type(std::string_view content_type) {
  return boost::beast::iequals(trim(content_type.substr(0, content_type.find(';')), " \t"),
                               "application/json");
}

// Statuses that are not of an Errc are what the server itself says.
Reason usual_reason(Status status) {
  switch (status) {
    case Status::unauthorized:
      return Reason::login_required;
    case Status::too_many_requests:
      return Reason::too_many_attempts;
    case Status::forbidden:
      return Reason::forbidden;
    case Status::method_not_allowed:
      return Reason::method_not_allowed;
    case Status::request_timeout:
      return Reason::timeout;
    case Status::request_header_fields_too_large:
      return Reason::too_large;
    case Status::range_not_satisfiable:
      return Reason::range_not_satisfiable;
    case Status::misdirected_request:
      return Reason::unknown_host;
    case Status::upgrade_required:
      return Reason::upgrade_required;
    default:
      return reason_of(static_cast<Errc>(status));
  }
}

}  // namespace

std::string_view Request::asked_host() const {
  return sender.host.empty() ? header(Field::host) : std::string_view(sender.host);
}

std::string_view Request::header(Field field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? std::string_view{} : std::string_view(found->value());
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  if (found == query.end()) return std::nullopt;
  return found->second;
}

const std::string& Request::parameter(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  if (found == parameters.end())
    throw std::logic_error("the route has no {" + std::string(name) + "}");
  return found->second;
}

Body::Body(std::string text) : Body(std::make_shared<const std::string>(std::move(text))) {}

Body::Body(SharedText text) : bytes_(text->data(), text->size()) {
  owner_ = std::move(text);
}

Body::Body(std::shared_ptr<const void> owner, const void* data, std::size_t size)
    : owner_(std::move(owner)), bytes_(static_cast<const char*>(data), size) {}

Response json_response(const json::object& object, Status status) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json_text(object);
  return response;
}

Response error_response(Status status, std::string_view detail, Reason reason) {
  const Reason told = reason == Reason::of_code ? usual_reason(status) : reason;
  json::object body;
  body["code"] = name_of(told);
  body["detail"] = detail;
  return json_response(body, status);
}

Response error_response(const Error& error) {
  return error_response(static_cast<Status>(error.code), error.detail, reason_of(error));
}

Result<json::object> read_json_object(const Request& request,
                                      std::span<const std::string_view> allowed) {
  const std::string_view type = request.header(Field::content_type);
  if (!type.empty() && !is_json_type(type)) {
    return make_error(Errc::unsupported_type, "the content type must be application/json");
  }
  const std::string keys = fmt::format("{}", fmt::join(allowed, ", "));
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::value value = json::parse(request.body, ec, {}, options);
  if (ec) {
    return make_error(
        Errc::malformed,
        fmt::format("the body is not JSON ({}); allowed is an object with {}", ec.message(), keys));
  }
  if (!value.is_object()) {
    return make_error(Errc::malformed, fmt::format("the body must be an object with {}", keys));
  }
  for (const auto& pair : value.get_object()) {
    const std::string_view key = pair.key();
    if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
      return make_error(Errc::malformed,
                        fmt::format("'{}' is not understood; allowed is {}", key, keys));
    }
  }
  return std::move(value.get_object());
}

}  // namespace minidvr::http
