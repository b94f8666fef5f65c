// JSON as text: all of the program is written here.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace minidvr {

// Like boost::json::serialize, but for readers: 29.97 instead of 2.997E1, and always valid: what is
// no UTF-8 becomes U+FFFD, infinities and NaN become null.
std::string json_text(const boost::json::value& value);
std::string json_text(const boost::json::object& object);

// The same for people: indented, one entry a line, with a line feed at the end.
std::string readable_json_text(const boost::json::value& value);

}  // namespace minidvr
