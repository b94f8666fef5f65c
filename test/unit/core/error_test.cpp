#include "core/error.hpp"

#include "core/file.hpp"

#include <cerrno>
#include <set>

#include <catch2/catch.hpp>

using namespace minidvr;

TEST_CASE("Every reason has a name of its own, of small letters") {
  std::set<std::string_view> names;
  for (const auto reason : named_reasons())
    names.insert(name_of(reason));
  CHECK(names.size() == named_reasons().size());
  for (const auto name : names) {
    CAPTURE(name);
    CHECK_FALSE(name.empty());
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
  }
}

TEST_CASE("What is given no reason has that of its kind, and each kind has one") {
  const std::pair<Errc, std::string_view> kinds[] = {{Errc::malformed, "malformed"},
                                                     {Errc::not_found, "not_found"},
                                                     {Errc::wrong_state, "wrong_state"},
                                                     {Errc::too_large, "too_large"},
                                                     {Errc::unsupported_type, "unsupported_type"},
                                                     {Errc::refused, "invalid_value"},
                                                     {Errc::internal, "internal"},
                                                     {Errc::unavailable, "unavailable"}};
  for (const auto& [code, name] : kinds)
    CHECK(name_of(reason_of(make_error(code, "why"))) == name);
  CHECK(name_of(reason_of(make_error(Errc::wrong_state, "why", Reason::busy))) == "busy");
}

TEST_CASE("A disk without room, or a quota that is used up, is told as that") {
  CHECK(reason_of_errno(ENOSPC) == Reason::disk_full);
  CHECK(reason_of_errno(EDQUOT) == Reason::disk_full);
  CHECK(reason_of_errno(EIO) == Reason::of_code);
}
