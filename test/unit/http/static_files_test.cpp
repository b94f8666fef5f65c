#include "http/static_files.hpp"

#include "support/temporary_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

using namespace minidvr;
using namespace minidvr::http;
namespace fs = std::filesystem;

namespace {

class Folder : public test::TemporaryFolder {
 public:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
  }
};

std::string body(const Response& response) {
  const auto bytes = response.body.bytes();
  return {bytes.begin(), bytes.end()};
}

std::string header(const Response& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [&](const auto& line) { return line.first == name; });
  return found == response.headers.end() ? "" : found->second;
}

Response get(const StaticFiles& files, std::string_view name, const Request& request = {}) {
  const auto response = files.response(name, request);
  return response ? *response : error_response(response.error());
}

}  // namespace

TEST_CASE("Static files are served with their type, and only those that were there at the start") {
  const Folder folder;
  folder.write("app.js", "let a;");
  folder.write("css/main.css", "a{}");
  folder.write("odd.xyz", "?");
  folder.write(".secret", "no");
  folder.write(".git/config", "no");
  const auto files = StaticFiles::scan(folder.path());
  REQUIRE(files.has_value());
  CHECK(files->size() == 3);
  CHECK(body(get(*files, "app.js")) == "let a;");
  CHECK(get(*files, "app.js").content_type == "text/javascript; charset=utf-8");
  CHECK(get(*files, "css/main.css").content_type == "text/css; charset=utf-8");
  CHECK(get(*files, "odd.xyz").content_type == "application/octet-stream");
  CHECK(header(get(*files, "app.js"), "Cache-Control") == "no-cache");
  folder.write("late.js", "late");
  for (const auto* name : {"late.js", ".secret", ".git/config", "css", "", "../x", "app.js/"}) {
    CAPTURE(name);
    CHECK(get(*files, name).status == Status::not_found);
  }
}

TEST_CASE("A client that has a static file is told so") {
  const Folder folder;
  folder.write("a.txt", "one");
  folder.write("b.txt", "two");
  const auto files = StaticFiles::scan(folder.path());
  REQUIRE(files.has_value());
  const std::string etag = header(get(*files, "a.txt"), "ETag");
  CHECK(etag.size() > 10);
  CHECK(etag != header(get(*files, "b.txt"), "ETag"));

  Request request;
  for (const std::string& match : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    request.fields.set(Field::if_none_match, match);
    const auto response = get(*files, "a.txt", request);
    CHECK(response.status == Status::not_modified);
    CHECK(body(response).empty());
    CHECK(header(response, "ETag") == etag);
  }
  request.fields.set(Field::if_none_match, "\"x\"");
  CHECK(get(*files, "a.txt", request).status == Status::ok);
}

TEST_CASE("A folder of static files that is not there is an error that names it") {
  const auto files = StaticFiles::scan("/nonexistent/static");
  REQUIRE_FALSE(files.has_value());
  CHECK(files.error().detail.find("/nonexistent/static") != std::string::npos);
}
