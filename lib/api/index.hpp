// GET /: the dashboard, GET /login: the page that asks who one is, and GET /static/...: their
// files. GET /api/openapi.json and /api/asyncapi.json: the descriptions of the API, which lie in
// static/api.
//
// templates/index.html is a Mustache template. Its variables:
//   {{version}}      of mini-dvr, e.g. 0.1.0
//   {{stream_port}}  where ustreamer serves /stream, e.g. 8000
#pragma once

#include "core/asio.hpp"
#include "core/blocking.hpp"
#include "core/error.hpp"
#include "http/router.hpp"
#include "http/static_files.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace minidvr::api {

struct PagePorts {
  unsigned app = 0;
  unsigned stream = 0;
};

// The page. malformed when the template is.
Result<std::string> render_index(std::string_view text, PagePorts ports);

// The files of the dashboard, from memory. Nothing that is wrong with them concerns the API.
class Dashboard {
 public:
  // Asked for at every try: where templates/ and static/ are.
  using DataFolder = std::function<std::filesystem::path()>;

  Dashboard(BlockingPool& pool, DataFolder data_folder, PagePorts ports)
      : pool_(pool), data_folder_(std::move(data_folder)), ports_(ports) {}
  Dashboard(const Dashboard&) = delete;
  Dashboard& operator=(const Dashboard&) = delete;

  // The routes answer 503 with the reason while there is no page.
  void add_to(http::Router& router);

  // Reads the files once. Returns whether they are all there.
  Task<bool> read();

  // Why there is no page, for people; empty when there is.
  const std::string& problem() const { return problem_; }

 private:
  struct Files {
    http::Asset index;
    http::StaticFiles others;
  };

  static Result<Files> read_files(const std::filesystem::path& data_folder, PagePorts ports);
  http::Response not_available() const;

  BlockingPool& pool_;
  DataFolder data_folder_;
  PagePorts ports_;
  std::optional<Files> files_;
  std::string problem_ = "its files are being read";
};

}  // namespace minidvr::api
