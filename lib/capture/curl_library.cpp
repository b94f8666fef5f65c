#include "capture/curl_library.hpp"

#include <optional>

#include <dlfcn.h>

namespace minidvr::capture {
namespace {

constexpr const char* kFile = "libcurl.so.4";

template <class Function>
bool find_function(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<CurlLibrary> load() {
  void* const file = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (file == nullptr) return std::nullopt;
  CurlLibrary curl{};
  const bool has_all = find_function(file, "curl_global_init", curl.global_init) &&
                       find_function(file, "curl_easy_init", curl.easy_init) &&
                       find_function(file, "curl_easy_setopt", curl.easy_setopt) &&
                       find_function(file, "curl_easy_getinfo", curl.easy_getinfo) &&
                       find_function(file, "curl_easy_strerror", curl.easy_strerror) &&
                       find_function(file, "curl_easy_cleanup", curl.easy_cleanup) &&
                       find_function(file, "curl_multi_init", curl.multi_init) &&
                       find_function(file, "curl_multi_add_handle", curl.multi_add_handle) &&
                       find_function(file, "curl_multi_remove_handle", curl.multi_remove_handle) &&
                       find_function(file, "curl_multi_perform", curl.multi_perform) &&
                       find_function(file, "curl_multi_info_read", curl.multi_info_read) &&
                       find_function(file, "curl_multi_poll", curl.multi_poll) &&
                       find_function(file, "curl_multi_wakeup", curl.multi_wakeup) &&
                       find_function(file, "curl_multi_cleanup", curl.multi_cleanup);
  if (!has_all || curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return std::nullopt;
  return curl;
}

}  // namespace

const CurlLibrary* curl_library() {
  static std::optional<CurlLibrary> library;
  if (!library) library = load();
  return library ? &*library : nullptr;
}

}  // namespace minidvr::capture
