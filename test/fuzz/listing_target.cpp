#include "listing_target.hpp"

#include "controls/camera_identity.hpp"
#include "controls/control_json.hpp"
#include "controls/listing_parser.hpp"
#include "controls/reported_text.hpp"
#include "controls/reset_plan.hpp"
#include "controls/setting_plan.hpp"
#include "demand.hpp"

#include <cstdio>
#include <cstdlib>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace minidvr::fuzz {
namespace {

using namespace controls;

void check_arguments(const ControlList& list, const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    demand(find_control(list, setting.id()) != nullptr, "only listed controls are set");
    demand(setting.argument().starts_with(setting.id() + '='), "an argument is id=value");
    demand(setting.argument().find(',') == std::string::npos, "an argument is one control");
    demand(setting.argument().find('\0') == std::string::npos, "an argument holds no NUL");
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

  const std::string json = boost::json::serialize(to_json(listing.controls));
  demand(is_utf8(json), "JSON is UTF-8");
  boost::system::error_code ec;
  boost::json::parse(json, ec);
  demand(!ec, "JSON can be read");

  if (const auto plan = plan_reset(listing.controls, std::nullopt)) {
    check_arguments(listing.controls, plan->settings);
  }
  const auto values = current_values(listing.controls);
  check_arguments(listing.controls, plan_wanted(listing.controls, values).settings);
  parse_identity(text);
}

}  // namespace minidvr::fuzz
