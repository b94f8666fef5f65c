#include "http/request_check.hpp"

#include "http/target.hpp"

#include <algorithm>
#include <cctype>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace minidvr::http {
namespace {

Response malformed(std::string_view detail) {
  return error_response(Status::bad_request, detail);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string_view meaning(boost::beast::http::error error) {
  using E = boost::beast::http::error;
  switch (error) {
    case E::bad_method:
      return "the method is malformed";
    case E::bad_target:
      return "the target is malformed";
    case E::bad_version:
      return "the HTTP version must be 1.0 or 1.1";
    case E::bad_line_ending:
      return "a header line does not end with CR LF";
    case E::bad_field:
      return "the name of a header is malformed";
    case E::bad_value:
    case E::bad_obs_fold:
      return "the value of a header is malformed";
    case E::bad_content_length:
      return "the Content-Length is not one number, or stands beside a Transfer-Encoding";
    case E::multiple_content_length:
      return "there are several Content-Length headers";
    case E::bad_transfer_encoding:
      return "the Transfer-Encoding must be 'chunked', once, without a Content-Length";
    case E::bad_chunk:
    case E::bad_chunk_extension:
      return "the chunked body is malformed";
    case E::partial_message:
      return "the request ended early";
    default:
      return "the request is malformed";
  }
}

}  // namespace

std::optional<Response> refusal_for(const error_code& failure) {
  using E = boost::beast::http::error;
  if (failure.category() != make_error_code(E::bad_method).category()) return std::nullopt;
  const auto error = static_cast<E>(failure.value());
  switch (error) {
    case E::end_of_stream:
      return std::nullopt;
    case E::header_limit:
      return error_response(Status::request_header_fields_too_large,
                            "the headers are too large; allowed are 8 KiB");
    case E::body_limit:
      return error_response(Status::payload_too_large, "the body is too large; allowed are 64 KiB");
    default:
      return malformed(meaning(error));
  }
}

std::optional<Response> refusal_for(const Fields& fields, bool http_1_1) {
  const auto hosts = fields.count(Field::host);
  if (hosts > 1) return malformed("there is more than one Host header");
  if (hosts == 0 && http_1_1) return malformed("the Host header is missing");
  if (hosts == 1 && !fields[Field::host].empty()) {
    if (const auto host = parse_authority(fields[Field::host]); !host) {
      return malformed("the Host header is malformed: " + host.error().detail);
    }
  }
  // Also where they agree ("2, 2"): whoever stands before us may take another one.
  const auto lengths = fields.count(Field::content_length);
  if (lengths > 1) return malformed("there are several Content-Length headers");
  if (lengths == 1 && !is_number(fields[Field::content_length])) {
    return malformed(meaning(boost::beast::http::error::bad_content_length));
  }
  const auto encodings = fields.count(Field::transfer_encoding);
  if (encodings > 0) {
    const bool chunked = boost::beast::iequals(fields[Field::transfer_encoding], "chunked");
    if (encodings > 1 || !chunked || !http_1_1) {
      return malformed(meaning(boost::beast::http::error::bad_transfer_encoding));
    }
  }
  return std::nullopt;
}

std::optional<Response> settle_host(Fields& fields, std::string_view target_authority) {
  if (target_authority.empty()) return std::nullopt;
  const std::string_view host = fields[Field::host];
  if (host.empty()) {
    fields.set(Field::host, target_authority);
  } else if (!boost::beast::iequals(host, target_authority)) {
    return malformed("the target and the Host header name different hosts");
  }
  return std::nullopt;
}

}  // namespace minidvr::http
