#include "api/controls_messages.hpp"

#include "api/control_json.hpp"

#include <string>
#include <utility>

namespace minidvr::api {
namespace json = boost::json;
namespace {

json::object controls_message(json::array controls) {
  json::object message;
  message["status"] = "controls";
  message["controls"] = std::move(controls);
  return message;
}

}  // namespace

Task<Result<http::SharedText>> answer_controls_list(ControlListings& listings,
                                                    json::object message) {
  const json::value* refresh = message.if_contains("refresh");
  if (refresh != nullptr && !refresh->is_bool()) {
    co_return make_error(Errc::malformed, "refresh must be true or false");
  }
  co_return co_await listings.message(refresh != nullptr && refresh->get_bool());
}

Task<Result<json::object>> answer_controls_set(controls::ControlsService& service,
                                               json::object message) {
  const json::value* id = message.if_contains("id");
  if (id == nullptr || !id->is_string())
    co_return make_error(Errc::malformed, "id must be a control's id");
  auto request = parse_control_request(message);
  if (!request) co_return request.error();
  const auto control = co_await service.set(std::string(id->get_string()), std::move(*request));
  if (!control) co_return control.error();
  json::array list;
  list.push_back(control_json(*control));
  co_return controls_message(std::move(list));
}

json::object controls_changed_message(const controls::ListingChanges& changes) {
  json::object message = controls_message(controls_json(changes.changed));
  if (!changes.removed.empty()) {
    json::array removed;
    for (const auto& id : changes.removed)
      removed.emplace_back(id);
    message["removed"] = std::move(removed);
  }
  return message;
}

}  // namespace minidvr::api
