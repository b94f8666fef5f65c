#include "http/static_files.hpp"

#include "core/file.hpp"
#include "http/validators.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace minidvr::http {
namespace fs = std::filesystem;
namespace {

// The dashboard is well below 1 MB; all of it is held in memory.
constexpr std::size_t kMaxFileBytes = 8 * 1024 * 1024;
constexpr std::size_t kMaxTotalBytes = 32 * 1024 * 1024;

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kContentTypes = {{
    {".css", "text/css; charset=utf-8"},
    {".gif", "image/gif"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
}};

// FNV-1a: tells versions of a file apart; nobody gains by forging one, since we wrote the files.
std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

std::string etag_of(std::string_view bytes) {
  return fmt::format("\"{:016x}-{:x}\"", hash_of(bytes), bytes.size());
}

Result<std::map<std::string, SharedText>> read_folder(const fs::path& folder) {
  std::map<std::string, SharedText> files;
  std::size_t total = 0;
  std::error_code ec;
  fs::recursive_directory_iterator it(folder, ec);
  for (; !ec && it != fs::recursive_directory_iterator(); it.increment(ec)) {
    if (it->path().filename().string().starts_with('.')) {
      it.disable_recursion_pending();
      continue;
    }
    std::error_code type_error;
    if (!it->is_regular_file(type_error)) continue;
    auto bytes = read_file(it->path(), kMaxFileBytes);
    if (!bytes) return bytes.error();
    total += bytes->size();
    if (total > kMaxTotalBytes) {
      return make_error(Errc::too_large, fmt::format("{} holds more than {} bytes", folder.string(),
                                                     kMaxTotalBytes));
    }
    files.emplace(it->path().lexically_relative(folder).generic_string(),
                  std::make_shared<const std::string>(std::move(*bytes)));
  }
  if (ec) {
    return make_error(Errc::unavailable,
                      fmt::format("cannot read the folder {}: {}", folder.string(), ec.message()));
  }
  return files;
}

}  // namespace

std::string_view content_type_of(const fs::path& name) {
  const std::string extension = name.extension().string();
  const auto found = std::find_if(kContentTypes.begin(), kContentTypes.end(),
                                  [&](const auto& row) { return row.first == extension; });
  return found == kContentTypes.end() ? "application/octet-stream" : found->second;
}

Asset::Asset(std::string content_type, SharedText text)
    : content_type_(std::move(content_type)), text_(std::move(text)), etag_(etag_of(*text_)) {}

Response Asset::response(const Request& request) const {
  Response response;
  response.headers = {{"ETag", etag_}, {"Cache-Control", "no-cache"}};
  if (has_version(request.header(Field::if_none_match), etag_)) {
    response.status = Status::not_modified;
    return response;
  }
  response.content_type = content_type_;
  response.body = text_;
  return response;
}

Result<StaticFiles> StaticFiles::scan(const fs::path& folder) {
  auto files = read_folder(folder);
  if (!files) return files.error();
  StaticFiles result;
  for (auto& [name, bytes] : *files)
    result.assets_.emplace(name, Asset(std::string(content_type_of(name)), std::move(bytes)));
  return result;
}

Result<Response> StaticFiles::response(std::string_view name, const Request& request) const {
  const auto found = assets_.find(name);
  if (found == assets_.end()) {
    return make_error(Errc::not_found, "there is nothing at " + request.path);
  }
  return found->second.response(request);
}

}  // namespace minidvr::http
