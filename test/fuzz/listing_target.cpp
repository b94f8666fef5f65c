#include "listing_target.hpp"

#include "api/control_json.hpp"
#include "controls/write_plan.hpp"
#include "core/json_text.hpp"
#include "core/utf8.hpp"
#include "demand.hpp"
#include "v4l2/listing.hpp"

#include <cstdio>
#include <cstdlib>
#include <set>

#include <boost/json/parse.hpp>

namespace minidvr::fuzz {
namespace {

using namespace controls;

void check_arguments(const ControlList& list, const std::vector<Write>& writes) {
  for (const Write& write : writes) {
    demand(find_control(list, write.id()) != nullptr, "only listed controls are set");
    demand(write.argument().starts_with(write.id() + '='), "an argument is id=value");
    demand(write.argument().find(',') == std::string::npos, "an argument is one control");
    demand(write.argument().find('\0') == std::string::npos, "an argument holds no NUL");
  }
}

}  // namespace

void check_listing(std::string_view text) {
  const Listing listing = parse_listing(text);
  std::set<std::string_view> ids;
  for (const Control& control : listing.controls) {
    demand(is_control_id(control.id), "ids are plain");
    demand(ids.insert(control.id).second, "ids are unique");
    demand(control.options.empty() || is_menu(control), "only menus have options");
    if (control.type == ControlType::bitmask) {
      demand(*control.max >= 0, "bits are not negative");
    }
  }
  demand(listing.skipped_count >= listing.skipped.size(), "skipped lines are counted");

  const std::string json = json_text(api::controls_json(listing.controls));
  demand(is_utf8(json), "JSON is UTF-8");
  boost::system::error_code ec;
  boost::json::parse(json, ec);
  demand(!ec, "JSON can be read");

  if (const auto plan = plan_reset(listing.controls, std::nullopt)) {
    check_arguments(listing.controls, plan->writes);
  }
  const auto values = current_values(listing.controls);
  check_arguments(listing.controls, plan_stored(listing.controls, values).writes);
  parse_identity(text);
}

}  // namespace minidvr::fuzz
