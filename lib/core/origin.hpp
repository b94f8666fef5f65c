// Origins of web pages (RFC 6454), in the one form in which they can be compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minidvr {

// "http://NAME" or "http://NAME:PORT", the same with https, as browsers write it: in lower case,
// without a port that is the scheme's own (80, 443). NAME is one that DNS could have, or an IP
// address (IPv6 in brackets). nullopt for anything else: another scheme, "null", a path, a user.
std::optional<std::string> normal_origin(std::string_view text);

// That of the page at `address`, a URL; nullopt when there is none.
std::optional<std::string> origin_of(std::string_view address);

// Origins separated by commas, each as normal_origin() gives it; none when the text is empty.
// nullopt when one of them is none.
std::optional<std::vector<std::string>> parse_origins(std::string_view text);

// Who may show our pages in a frame: "none" is nobody, else "self" and origins separated by commas.
// What is listed, each as above or "self"; nullopt when one of them is none of these.
std::optional<std::vector<std::string>> parse_frame_ancestors(std::string_view text);

}  // namespace minidvr
