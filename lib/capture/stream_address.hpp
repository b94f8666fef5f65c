// What is asked of the server of a stream, and what its answer says of how to ask.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace minidvr::capture {

// Who is not let in is not let in by another address either.
inline constexpr unsigned kUnauthorized = 401;

// How far it has come with a server that has not answered yet.
enum class AskStep { resolving, connecting, securing, asked };

// Of a plain http:// URL.
struct StreamAddress {
  std::string host;  // with its zone: fe80::1%eth0
  std::string port;
  std::string path;       // and query
  std::string authority;  // host and port, as Host wants it
};

// `url`: as the setting stream_url allows it. ustreamer tells capture time and camera state only
// when asked. To others that says nothing, but for those that know an address by each letter of it.
std::string url_to_ask(const std::string& url, bool asks_for_headers);

StreamAddress stream_address(const std::string& url);

// Our own client speaks plain HTTP, for a program that is near; TLS takes libcurl.
bool takes_more_than_plain_http(const std::string& url);
// Redirects.
bool takes_more_than_plain_http(unsigned status);
// It may be HTTP/1.1 that the server did not understand.
bool may_speak_http_1_0_alone(unsigned status);

// It names a user, or has a password.
bool has_user(const std::string& url);

// Its user and password, or none, as Authorization wants them (RFC 7617).
std::string basic_credentials(const std::string& url);

// Why the server of `url` lets nobody in who is told by that.
std::string_view why_refused(const std::string& url);

// Whom a password in it is for, in a form that can be compared and shown: scheme, host and port,
// the last one where it is not the scheme's own. nullopt: it is no URL, or its host has no such
// form.
std::optional<std::string> server_of(const std::string& url);

}  // namespace minidvr::capture
