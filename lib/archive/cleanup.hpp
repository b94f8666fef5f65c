// One pass of retention from the command line, also beside a mini-dvr that runs. Blocks.
#pragma once

#include "archive/archive_folder.hpp"
#include "archive/retention.hpp"
#include "archive/retention_files.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace minidvr::archive {

struct CleanupOptions {
  std::filesystem::path recordings_dir;
  Retention::Limits limits;
  bool dry_run =
      false;  // nothing is deleted, and as much space as that would bring is taken as free
  FolderGate gate = {};
  // Where a mini-dvr remembers what the clock said. Where none does, whoever asks for this vouches
  // for the clock.
  std::filesystem::path state_dir = {};
  std::function<ClockFacts()> clock = clock_facts;
};

// Told line by line, for people: what goes and why, and at the end what could not be done.
struct CleanupOutput {
  std::function<void(const std::string&)> tell;
  std::function<void(const std::string&)> complain;
};

// False: a limit is not kept, or something could not be deleted; it was told why. What is protected
// stays. What another process reads goes, too: it can be read to its end by who has it open.
bool clean_up(const CleanupOptions& options, const CleanupOutput& output);

}  // namespace minidvr::archive
