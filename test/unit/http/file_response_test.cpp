#include "http/file_response.hpp"

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;

namespace {

unsigned asked_with(Verb verb, const char* range) {
  BlockingPool pool(1);
  Request request;
  request.verb = verb;
  request.fields.set(Field::range, range);
  const auto file = std::make_shared<const FileDescriptor>();
  const auto response = file_response(request, pool, {file, 100, "\"v\"", "video/mp4", ""});
  return static_cast<unsigned>(response.status);
}

}  // namespace

TEST_CASE("a range is for GET alone") {
  CHECK(asked_with(Verb::get, "bytes=0-9") == 206);
  CHECK(asked_with(Verb::head, "bytes=0-9") == 200);
  CHECK(asked_with(Verb::get, "bytes=100-") == 416);
  CHECK(asked_with(Verb::head, "bytes=100-") == 200);
}
