#include "dvr/wish.hpp"

#include "core/json_text.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace minidvr::dvr {
namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr const char* kKey = "recording";

}  // namespace

Wish::Wish(const std::filesystem::path& state_dir, StateGate gate)
    : file_(state_dir / "recording.json", "wish to record", kMaxBytes, std::move(gate)) {}

Result<std::optional<bool>> Wish::load() const {
  const auto text = file_.read();
  if (!text) return text.error();
  if (!*text) return std::optional<bool>();
  boost::system::error_code ec;
  const auto value = boost::json::parse(**text, ec);
  const auto* object = ec ? nullptr : value.if_object();
  const auto* wish = object == nullptr ? nullptr : object->if_contains(kKey);
  if (wish == nullptr || !wish->is_bool()) {
    return make_error(Errc::malformed,
                      fmt::format("{} does not say whether to record", file_.path().string()));
  }
  return std::optional(wish->get_bool());
}

Result<> Wish::save(bool recording) const {
  const boost::json::value value{{kKey, recording}};
  return file_.write(json_text(value) + "\n");
}

}  // namespace minidvr::dvr
