// The media file of a segment: whether it is whole, and how to make it so.
#pragma once

#include "core/error.hpp"
#include "recording/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace minidvr::recording::media {

// Where the first frame lies in a file that ffmpeg is writing with `reserve` bytes for moov.
// nullopt while ffmpeg has not written that far.
std::optional<std::uint64_t> payload_offset(int file, std::uint32_t reserve);

// Fine when the file is a whole MP4 with moov before mdat, whose boxes fill it exactly. `samples`
// and `payload`, when given: it must hold so many frames with so many bytes. wrong_state: why it is
// not.
Result<> verify(int file, std::optional<std::size_t> samples = std::nullopt,
                std::optional<std::uint64_t> payload = std::nullopt);

// The number of frames that the file's header tells of; nullopt when it has no header.
std::optional<std::size_t> samples_in_header(int file);

// Makes a file whole that ffmpeg did not finish, in place: the frames stay where they are, the
// header for `samples` goes into the space reserved for it, what follows them is cut off, and all
// is synced. Nothing is copied, so it takes a moment, and works on a full disk. May be repeated
// after a power cut.
Result<> write_header(int file, const JournalHeader& header, std::span<const Sample> samples);

// Those of `samples` that the file holds. The first `trusted` are taken as they are as far as the
// file reaches; of the others each is looked at, because it may never have reached the disk, and
// those that are no whole JPEG are left out: what follows moves up to where they were, so that
// frames lie back to back. May be repeated with the same samples, also when the file was cut behind
// those that were kept: a frame with a digest is found where it was moved to.
Result<std::vector<Sample>> keep_whole_frames(int file, std::uint32_t reserve,
                                              std::span<const Sample> samples, std::size_t trusted);

}  // namespace minidvr::recording::media
