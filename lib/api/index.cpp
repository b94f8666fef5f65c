#include "api/index.hpp"

#include "core/file.hpp"
#include "core/version.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <kainjow/mustache.hpp>

namespace minidvr::api {
namespace {

constexpr std::size_t kMaxTemplateBytes = 1024 * 1024;

}  // namespace

Result<std::string> render_index(std::string_view text, PagePorts ports) {
  kainjow::mustache::mustache page{std::string(text)};
  if (!page.is_valid()) return make_error(Errc::malformed, page.error_message());
  kainjow::mustache::data variables;
  variables.set("version", std::string(kVersion));
  variables.set("app_port", std::to_string(ports.app));
  variables.set("stream_port", std::to_string(ports.stream));
  std::string rendered = page.render(variables);
  if (!page.is_valid()) return make_error(Errc::malformed, page.error_message());
  return rendered;
}

Result<Dashboard::Files> Dashboard::read_files(const std::filesystem::path& data_folder,
                                               PagePorts ports) {
  const auto path = data_folder / "templates" / "index.html";
  const auto text = read_file(path, kMaxTemplateBytes);
  if (!text) return text.error();
  auto page = render_index(*text, ports);
  if (!page) {
    return make_error(Errc::malformed,
                      fmt::format("the template {}: {}", path.string(), page.error().detail));
  }
  auto others = http::StaticFiles::scan(data_folder / "static");
  if (!others) return others.error();
  return Files{http::Asset("text/html; charset=utf-8",
                           std::make_shared<const std::string>(std::move(*page))),
               std::move(*others)};
}

Task<bool> Dashboard::read() {
  auto work = [data_folder = data_folder_, ports = ports_] {
    return read_files(data_folder(), ports);
  };
  auto files = co_await run_blocking(pool_, std::move(work));
  if (files) {
    files_.emplace(std::move(*files));
    problem_.clear();
  } else {
    problem_ = std::move(files.error().detail);
  }
  co_return files_.has_value();
}

http::Response Dashboard::not_available() const {
  auto response = http::error_response(
      http::Status::service_unavailable,
      fmt::format("the page is not available: {}; it is looked for again every second, and the "
                  "API works",
                  problem_));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

void Dashboard::add_to(http::Router& router) {
  router.get_page("/", http::Role::view,
                  [this](const http::Request& request) -> Task<Result<http::Response>> {
                    if (!files_) co_return not_available();
                    co_return files_->index.response(request);
                  });
  router.get("/login", http::Role::anyone,
             [this](const http::Request& request) -> Task<Result<http::Response>> {
               if (!files_) co_return not_available();
               co_return files_->others.response("login.html", request);
             });
  router.get("/static/{path*}", http::Role::anyone,
             [this](const http::Request& request) -> Task<Result<http::Response>> {
               if (!files_) co_return not_available();
               co_return files_->others.response(request.parameter("path"), request);
             });
  for (const auto* name : {"openapi.json", "asyncapi.json"}) {
    router.get(fmt::format("/api/{}", name), http::Role::view,
               [this, file = fmt::format("api/{}", name)](
                   const http::Request& request) -> Task<Result<http::Response>> {
                 if (!files_) co_return not_available();
                 co_return files_->others.response(file, request);
               });
  }
}

}  // namespace minidvr::api
