#include "capture/camera_complaint.hpp"

#include "core/file.hpp"
#include "core/text.hpp"

#include <array>
#include <cerrno>

namespace minidvr::capture {
namespace {

// "-- ERROR [19.987      main] -- Unable to start capturing: No space left on device", and since
// 6.x "-- ERROR [...] -- CAP: Can't start capturing: ...".
constexpr std::string_view kError = "-- ERROR";
constexpr std::string_view kInfo = "-- INFO";
constexpr std::string_view kBeforeWords = "] -- ";
constexpr std::string_view kOfCapture = "CAP: ";
constexpr std::string_view kMakesJpegs = "Switching to CPU encoder";

std::string_view words_of_line(std::string_view line) {
  const auto at = line.find(kBeforeWords);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + kBeforeWords.size());
  if (line.starts_with(kOfCapture)) line.remove_prefix(kOfCapture.size());
  return trim(line);
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Of what ends in the words for an errno.
Complaint by_errno(std::string_view words) {
  struct Named {
    int number;
    Complaint complaint;
  };
  constexpr std::array kNamed = {
      Named{ENOENT, Complaint::missing},     Named{ENODEV, Complaint::missing},
      Named{EACCES, Complaint::not_allowed}, Named{EPERM, Complaint::not_allowed},
      Named{EBUSY, Complaint::busy},         Named{ENOSPC, Complaint::no_bandwidth},
      Named{EIO, Complaint::broken},         Named{EPROTO, Complaint::broken},
      Named{EPIPE, Complaint::broken},       Named{ETIMEDOUT, Complaint::broken},
      Named{ESHUTDOWN, Complaint::broken},   Named{EREMOTEIO, Complaint::broken},
      Named{EILSEQ, Complaint::broken},      Named{EOVERFLOW, Complaint::broken},
      Named{ENXIO, Complaint::missing},
  };
  for (const auto& [number, complaint] : kNamed) {
    if (words.ends_with(": " + errno_text(number))) return complaint;
  }
  return Complaint::none;
}

// "Requested resolution=1000x700 is unavailable", an error before 6.x; "Using HW FPS: 15 -> 30
// (coerced)".
bool is_instead(std::string_view line) {
  return (has(line, "equested resolution=") && has(line, "unavailable")) ||
         (has(line, "FPS: ") && has(line, "(coerced)"));
}

}  // namespace

Complaint complaint_in(std::string_view line) {
  const auto words = words_of_line(line);
  if (line.starts_with(kInfo) && has(words, kMakesJpegs)) return Complaint::no_jpegs;
  if (!line.starts_with(kError)) return Complaint::none;
  // An error with words of its own says more than what was tried.
  if (const auto named = by_errno(words); named != Complaint::none) return named;
  if (has(words, "select() timeout")) return Complaint::silent;
  // What stands in the device's place is no camera at all.
  if (has(words, "query device")) return Complaint::no_pictures;
  if (has(words, "ideo capture") && has(words, "not supported")) return Complaint::no_pictures;
  if (has(words, "streaming IO")) return Complaint::no_pictures;
  if (has(words, "Unsupported pixelformat") || has(words, "Unsupported format"))
    return Complaint::other_format;
  if (has(words, "set pixelformat") || has(words, "set device format") ||
      has(words, "set input channel") || has(words, "forbidden resolution") ||
      has(words, "start capturing")) {
    return Complaint::refused;
  }
  return Complaint::none;
}

void Complaints::on_line(std::string_view line) {
  if (const auto complaint = complaint_in(line); complaint != Complaint::none) {
    newest_ = complaint;
    words_ = words_of_line(line);
    if (complaint == Complaint::no_jpegs) makes_jpegs_ = true;
    return;
  }
  if (is_instead(line)) instead_ = words_of_line(line);
  if (!line.starts_with(kInfo)) return;
  // How it is encoded is said behind that.
  const bool starts = has(line, "apturing started");
  if (starts) makes_jpegs_ = false;
  // Of what it could not open it says so once: once it is open that is over.
  const bool was_closed = newest_ == Complaint::missing || newest_ == Complaint::not_allowed;
  if (was_closed && (starts || has(line, "opened"))) clear();
}

void Complaints::clear() {
  newest_ = Complaint::none;
  words_.clear();
}

void Complaints::on_start() {
  clear();
  makes_jpegs_ = false;
  instead_.clear();
}

}  // namespace minidvr::capture
