// A URL as people, logs and clients are shown it: without what is secret in it.
#pragma once

#include <string>
#include <string_view>

namespace minidvr {

// `http://user:***@host/path?token=***`: without the password, the values of the query, and the
// fragment. Of a text that is no URL, as of a setting that is wrong, rather too much is hidden than
// too little: all between its first colon and its last @, and whatever stands behind a question
// mark. Any other text stays as it is.
std::string shown_url(std::string_view text);

}  // namespace minidvr
