#include "capture/stream_head.hpp"

#include "capture/multipart_parser.hpp"
#include "core/shown_url.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <charconv>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

namespace minidvr::capture {
using boost::beast::iequals;
namespace {

constexpr std::size_t kLongestTold = 80;
constexpr unsigned kStream = 200;

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::optional<unsigned> status_of(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto rest = trim(line.substr(space));
  unsigned status = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), status);
  const bool is_status = parsed.ec == std::errc() && status >= 100 && status <= 999;
  return is_status ? std::optional(status) : std::nullopt;
}

// nullopt: it is none, or 0.
std::optional<std::uint64_t> length_of(std::string_view text) {
  std::uint64_t length = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool is_length = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_length && length > 0 ? std::optional(length) : std::nullopt;
}

// Several may stand in one line, with commas between them and in them.
bool names_scheme(std::string_view challenges, std::string_view scheme) {
  for (std::size_t at = 0; at + scheme.size() <= challenges.size(); ++at) {
    if (iequals(challenges.substr(at, scheme.size()), scheme)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::size_t> end_of_head(std::string_view bytes) {
  const auto first = bytes.find_first_not_of("\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  for (auto at = bytes.find('\n', first); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    const auto next = bytes.substr(at + 1);
    if (next.starts_with('\n')) return at + 2;
    if (next.starts_with("\r\n")) return at + 3;
  }
  return std::nullopt;
}

Result<StreamHead> parse_stream_head(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  const auto first = next_line(text);
  const auto status = status_of(first);
  // Another protocol's name is nothing before a stream, and tells before all else what answers.
  const bool is_http = iequals(first.substr(0, 4), "HTTP");
  if (!status || (!is_http && *status != kStream)) {
    // It may be our own request that comes back.
    return make_error(Errc::malformed, fmt::format("'{}' is no answer of HTTP",
                                                   shown_url(first.substr(0, kLongestTold))));
  }
  StreamHead head;
  head.status = *status;
  while (!text.empty()) {
    const auto line = next_line(text);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = trim(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (iequals(name, "Content-Type")) head.content_type = value;
    if (iequals(name, "Content-Length")) head.length = length_of(value);
    if (iequals(name, "Transfer-Encoding")) head.is_chunked = iequals(value, "chunked");
    if (iequals(name, "WWW-Authenticate")) {
      head.offers_basic |= names_scheme(value, "Basic");
      head.offers_digest |= names_scheme(value, "Digest");
    }
    if (iequals(name, "Set-Cookie")) head.is_ustreamer |= value.starts_with("stream_client=");
  }
  if (is_multipart(head.content_type) || head.is_chunked) head.length.reset();
  return head;
}

}  // namespace minidvr::capture
