// What is read from a disk, which may hold anything: recordings, journals, and the files beside
// them.
#pragma once

#include <string_view>

namespace minidvr::fuzz {

// The kinds of file; the first byte of an input says which one the rest is.
enum class Stored : char {
  movie = 'm',
  journal = 'j',
  notes = 'n',
  index_cache = 'i',
  remembered = 'r',
  presets = 'p',
  accounts = 'a',
};

// Reads `input` as the file that it says it is. Aborts when a promise is broken.
void check_stored(std::string_view input);

}  // namespace minidvr::fuzz
