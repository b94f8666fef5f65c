// JSON as text.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace minidvr::http {

// Like boost::json::serialize, but for readers: 29.97 instead of 2.997E1, and always valid: bytes
// that are no UTF-8 become U+FFFD, infinities and NaN become null.
std::string json_text(const boost::json::value& value);
std::string json_text(const boost::json::object& object);

}  // namespace minidvr::http
