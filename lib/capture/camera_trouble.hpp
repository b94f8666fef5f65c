// Why no pictures come, where that is known: in a word for programs, in a line for people, and what
// helps.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace minidvr::capture {

enum class TroubleCode {
  none,
  port_taken,  // another program has the port of the preview
};

// As clients are told of it; never changes. static/api/openapi.json says what each means.
std::string_view name_of(TroubleCode code);
// All that have a name.
std::span<const TroubleCode> named_trouble_codes();

struct CameraTrouble {
  TroubleCode code = TroubleCode::none;
  std::string text;
  std::string remedy;
  std::string holder;  // who has what is wanted: "motion (pid 123)"; empty: that is not known

  // Both on one line.
  std::string line() const { return remedy.empty() ? text : text + "; " + remedy; }
  bool operator==(const CameraTrouble&) const = default;
};

}  // namespace minidvr::capture
