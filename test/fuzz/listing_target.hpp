// What must hold of every listing, whatever bytes it was made of.
#pragma once

#include <string_view>

namespace minidvr::fuzz {

// Parses, serialises, plans. Aborts when a promise of the controls' room is broken.
void check_listing(std::string_view text);

}  // namespace minidvr::fuzz
