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

Result<std::string> render_index(std::string_view text, unsigned app_port, unsigned stream_port) {
  kainjow::mustache::mustache page{std::string(text)};
  if (!page.is_valid()) return make_error(Errc::malformed, page.error_message());
  kainjow::mustache::data variables;
  variables.set("version", std::string(kVersion));
  variables.set("app_port", std::to_string(app_port));
  variables.set("stream_port", std::to_string(stream_port));
  std::string rendered = page.render(variables);
  if (!page.is_valid()) return make_error(Errc::malformed, page.error_message());
  return rendered;
}

Result<> add_index(http::Router& router, const std::filesystem::path& data_dir, unsigned app_port,
                   unsigned stream_port) {
  const auto path = data_dir / "templates" / "index.html";
  const auto text = read_file(path, kMaxTemplateBytes);
  if (!text) return make_error(text.error().code, "the dashboard: " + text.error().detail);
  auto page = render_index(*text, app_port, stream_port);
  if (!page) {
    return make_error(Errc::malformed,
                      fmt::format("the template {}: {}", path.string(), page.error().detail));
  }
  auto scanned = http::StaticFiles::scan(data_dir / "static");
  if (!scanned) return make_error(scanned.error().code, "the dashboard: " + scanned.error().detail);

  router.get("/",
             [index = http::Asset("text/html; charset=utf-8",
                                  std::make_shared<const std::string>(std::move(*page)))](
                 const http::Request& request) -> Task<Result<http::Response>> {
               co_return index.response(request);
             });
  const auto files = std::make_shared<const http::StaticFiles>(std::move(*scanned));
  router.get("/static/{path*}",
             [files](const http::Request& request) -> Task<Result<http::Response>> {
               co_return files->response(request.parameter("path"), request);
             });
  return {};
}

}  // namespace minidvr::api
