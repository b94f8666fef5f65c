// Words as a POSIX shell splits them, and what of them is shown: in the log, to clients, on a
// terminal.
#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace minidvr {

// Blanks, single and double quotes, backslash. Nothing is expanded. malformed when a quote is not
// closed.
Result<std::vector<std::string>> split_words(std::string_view text);

// Text that split_words() makes these words of.
std::string join_words(const std::vector<std::string>& words);

// With *** in place of the values of options that take a secret, such as --passwd of ustreamer.
std::vector<std::string> shown_words(std::vector<std::string> words);

// The same of a text of words; as it was given where it holds no secret. Of one that can not be
// split rather too much is hidden than too little.
std::string shown_text_of_words(std::string_view text);

}  // namespace minidvr
