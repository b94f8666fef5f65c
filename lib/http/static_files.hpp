// Files that are read once, when the program starts, and served from memory.
#pragma once

#include "core/error.hpp"
#include "http/message.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace minidvr::http {

// Something that browsers may keep if they ask each time whether it has changed.
class Asset {
 public:
  Asset(std::string content_type, SharedText text);

  // 200 with the bytes, or 304 when the client has them.
  Response response(const Request& request) const;

 private:
  std::string content_type_;
  SharedText text_;
  std::string etag_;  // strong: made of the bytes
};

// Exact matches only: a request can not reach what was not in the folder at the start.
class StaticFiles {
 public:
  // All files below `folder`, except hidden ones. An error when the folder can not be read or holds
  // more than fits the budget.
  static Result<StaticFiles> scan(const std::filesystem::path& folder);

  // `name`: path below the folder. not_found when there is no such file.
  Result<Response> response(std::string_view name, const Request& request) const;

  std::size_t size() const { return assets_.size(); }

 private:
  std::map<std::string, Asset, std::less<>> assets_;
};

// By the name's extension; application/octet-stream when it is unknown.
std::string_view content_type_of(const std::filesystem::path& name);

}  // namespace minidvr::http
