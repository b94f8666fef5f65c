#include "recording/disk_guard.hpp"

#include <catch2/catch.hpp>

using minidvr::recording::DiskGuard;

TEST_CASE("a disk is full before its last bytes, and has room again when there is clearly more") {
  DiskGuard guard;
  constexpr std::uint64_t kTotal = 1ULL << 30;
  CHECK(guard.update({DiskGuard::kReserveBytes, kTotal}, 0));
  CHECK_FALSE(guard.update({DiskGuard::kReserveBytes - 1, kTotal}, 0));
  CHECK_FALSE(guard.update({DiskGuard::kReserveBytes, kTotal}, 0));
  CHECK(guard.problem().starts_with("the disk is full"));
  CHECK(guard.update({guard.resume_at(), kTotal}, 0));
  CHECK(guard.problem().empty());
}

TEST_CASE("a disk that takes hardly a further file is full, however many bytes are free") {
  DiskGuard guard;
  constexpr std::uint64_t kMuch = 1ULL << 30;
  const auto update = [&](std::uint64_t files) { return guard.update({kMuch, kMuch, files}, 0); };
  CHECK(update(DiskGuard::kReserveFiles));
  CHECK_FALSE(update(DiskGuard::kReserveFiles - 1));
  CHECK(guard.problem().starts_with("the disk takes no further files"));
  CHECK_FALSE(update(DiskGuard::kReserveFiles));
  CHECK(update(DiskGuard::kReserveFiles + DiskGuard::kHysteresisFiles));
  CHECK(guard.problem().empty());
}

TEST_CASE("a file system that does not tell its space is not taken for a full one") {
  DiskGuard guard;
  CHECK(guard.update({0, 0}, 3e6));
  CHECK_FALSE(guard.full());
  CHECK_FALSE(guard.update({0, 1 << 30}, 3e6));
  CHECK(guard.update({0, 0}, 3e6));
}
