// A segment's file: whether it is complete, and how to complete it.
#pragma once

#include "core/error.hpp"
#include "recording/journal.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace minidvr::recording {

// Where the first frame lies in a file that ffmpeg is writing with `header_bytes` reserved for
// moov. nullopt while ffmpeg has not written that far.
std::optional<std::uint64_t> payload_offset(int file, std::uint32_t header_bytes);

// Fine when the file is a whole MP4 with moov before mdat, whose boxes fill it exactly. `samples`
// and `payload`, when given: it must hold so many frames with so many bytes.
Result<> check_complete(const std::filesystem::path& path,
                        std::optional<std::size_t> samples = std::nullopt,
                        std::optional<std::uint64_t> payload = std::nullopt);

// Completes a file that ffmpeg did not finish, in place: the frames stay where they are, the header
// is written into the space reserved for it, what follows the last whole frame is cut off. Nothing
// is copied, so it takes a moment, and works on a full disk. May be repeated after a power cut.
// Returns how many frames the file has; 0: there is not one, and the file was left as it is.
Result<std::size_t> complete_in_place(const std::filesystem::path& path, const Journal& journal);

}  // namespace minidvr::recording
