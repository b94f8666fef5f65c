// What must be true of every recording.
#pragma once

#include "integration/support/samples.hpp"
#include "integration/support/service.hpp"

#include <chrono>
#include <cstdint>

namespace minidvr::test {

// The long recordings are shorter where everything runs several times slower (sanitizers).
std::chrono::seconds length(std::chrono::seconds full);

// All files together hold every frame that the preview client saw between the first and the last,
// once, with the same bytes, and nothing else. Ends the client.
void check_nothing_lost(const Service& service, PreviewClient& preview);

void check_files_complete(const Service& service);

// Waits until frames are in a file.
bool records(const Service& service, std::chrono::milliseconds limit = std::chrono::seconds(20));

// Waits until `published` files are, and frames are in the one behind them: a busy machine may take
// seconds to begin one.
bool records_after(const Service& service, std::int64_t published);

}  // namespace minidvr::test
