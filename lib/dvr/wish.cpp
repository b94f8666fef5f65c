#include "dvr/wish.hpp"

#include "core/file.hpp"
#include "core/json_text.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace minidvr::dvr {
namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr const char* kKey = "recording";

}  // namespace

Result<std::optional<bool>> Wish::load() const {
  if (auto open = ask(gate_); !open) return open.error();
  const auto text = read_file(file_, kMaxBytes);
  if (!text) {
    if (text.error().code == Errc::not_found) return std::optional<bool>{};
    return text.error();
  }
  boost::system::error_code ec;
  const auto value = boost::json::parse(*text, ec);
  const auto* object = ec ? nullptr : value.if_object();
  const auto* wish = object == nullptr ? nullptr : object->if_contains(kKey);
  if (wish == nullptr || !wish->is_bool()) {
    return make_error(Errc::malformed,
                      fmt::format("{} does not say whether to record", file_.string()));
  }
  return std::optional(wish->get_bool());
}

Result<> Wish::save(bool recording) const {
  if (auto open = ask(gate_); !open) return open;
  const boost::json::value value{{kKey, recording}};
  return write_file_atomically(file_, json_text(value) + "\n");
}

}  // namespace minidvr::dvr
