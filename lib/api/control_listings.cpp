#include "api/control_listings.hpp"

#include "api/control_json.hpp"
#include "core/event.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace minidvr::api {

Task<Result<http::SharedText>> ControlListings::answer(bool refresh) {
  if (const auto listed = co_await list(refresh); !listed) co_return listed.error();
  co_return answer_;
}

Task<Result<http::SharedText>> ControlListings::message(bool refresh) {
  if (const auto listed = co_await list(refresh); !listed) co_return listed.error();
  co_return message_;
}

Task<Result<>> ControlListings::list(bool refresh) {
  if (refresh) {
    const auto turn = std::max(Steady::now(), refreshed_ + kRefreshPause);
    co_await sleep_for(turn - Steady::now());
    refreshed_ = std::max(refreshed_, turn);
  }
  const auto listed = co_await service_.list(refresh);
  if (!listed) co_return listed.error();
  if (*listed == listed_) co_return Result<>();
  const std::string controls = json_text(controls_json(**listed));
  listed_ = *listed;
  answer_ = std::make_shared<const std::string>(R"({"controls":)" + controls + "}");
  message_ =
      std::make_shared<const std::string>(R"({"status":"controls","controls":)" + controls + "}");
  co_return Result<>();
}

}  // namespace minidvr::api
