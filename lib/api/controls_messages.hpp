// The camera's controls on /ws.
#pragma once

#include "api/control_listings.hpp"
#include "controls/controls_service.hpp"

#include <boost/json/object.hpp>

namespace minidvr::api {

// {"command":"controls:list","refresh":true} -> {"status":"controls","controls":[...all]}
Task<Result<http::SharedText>> answer_controls_list(ControlListings& listings,
                                                    boost::json::object message);

// {"command":"controls:set","id":"brightness","value":10}, or "action":"default"
// -> {"status":"controls","controls":[the one]}. Everybody else hears of the change as of any
// other.
Task<Result<boost::json::object>> answer_controls_set(controls::ControlsService& service,
                                                      boost::json::object message);

// For everybody: {"status":"controls","controls":[...changed ones],"removed":[ids]}; `removed` only
// when controls are gone.
boost::json::object controls_changed_message(const controls::ListingChanges& changes);

}  // namespace minidvr::api
