// How answers begin, by what they say.
#pragma once

#include <string>

namespace minidvr::test {

inline const std::string kOk = "HTTP/1.1 200 OK";
inline const std::string kNoContent = "HTTP/1.1 204 No Content";
inline const std::string k303 = "HTTP/1.1 303 See Other";
inline const std::string k400 = "HTTP/1.1 400 Bad Request";
inline const std::string k401 = "HTTP/1.1 401 Unauthorized";
inline const std::string k403 = "HTTP/1.1 403 Forbidden";
inline const std::string k404 = "HTTP/1.1 404 Not Found";
inline const std::string k405 = "HTTP/1.1 405 Method Not Allowed";
inline const std::string k408 = "HTTP/1.1 408 Request Timeout";
inline const std::string k413 = "HTTP/1.1 413 Payload Too Large";
inline const std::string k415 = "HTTP/1.1 415 Unsupported Media Type";
inline const std::string k421 = "HTTP/1.1 421 Misdirected Request";
inline const std::string k426 = "HTTP/1.1 426 Upgrade Required";
inline const std::string k429 = "HTTP/1.1 429 Too Many Requests";
inline const std::string k431 = "HTTP/1.1 431 Request Header Fields Too Large";
inline const std::string k500 = "HTTP/1.1 500 Internal Server Error";
inline const std::string k503 = "HTTP/1.1 503 Service Unavailable";

}  // namespace minidvr::test
