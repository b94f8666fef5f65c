#include "v4l2/listing.hpp"

#include "core/text.hpp"
#include "core/utf8.hpp"
#include "v4l2/control_line.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace minidvr::v4l2 {
namespace {

// Bounds for a driver, or a program in the place of v4l2-ctl, that prints without end. The fullest
// real listings (vivid, codecs) stay far below.
constexpr std::size_t kMostControls = 1024;
constexpr std::size_t kMostOptions = 1024;
constexpr std::size_t kMostSkippedKept = 8;
constexpr std::size_t kLongestSkippedText = 120;
constexpr std::size_t kLongestCategory = 128;
constexpr std::size_t kLongestField = 64;  // of an identity; the kernel's have 15 or 31 characters

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (lines.back().ends_with('\r')) lines.back().remove_suffix(1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

class Parser {
 public:
  Listing run(std::string_view text) {
    const auto lines = lines_of(text);
    const auto is_blank = [&](std::size_t i) { return i >= lines.size() || lines[i].empty(); };
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!is_blank(i)) take(lines[i], (i == 0 || is_blank(i - 1)) && is_blank(i + 1));
    }
    return std::move(listing_);
  }

 private:
  void take(std::string_view line, bool stands_alone) {
    if (line.front() == '\t') {
      take_option(line);
    } else if (auto control = parse_control_line(line)) {
      take_control(std::move(*control), line);
    } else if (line.starts_with("error ")) {
      skip(line, "the camera fails to tell the value of that control");
      if (auto failed = parse_failed_line(line)) take_control(std::move(*failed), line);
      can_take_options_ = false;
    } else if (stands_alone && line.front() != ' ' && line.size() <= kLongestCategory) {
      category_ = display_text(line, kLongestCategory);
      can_take_options_ = false;
    } else {
      skip(line, "it is no control, no menu option and no heading");
      can_take_options_ = false;
    }
  }

  void take_control(Control control, std::string_view line) {
    can_take_options_ = false;
    if (listing_.controls.size() == kMostControls) return skip(line, "there are too many controls");
    // Two controls of one name: v4l2-ctl sets the later one, so that is the one to show.
    const auto same = std::find_if(listing_.controls.begin(), listing_.controls.end(),
                                   [&](const Control& other) { return other.id == control.id; });
    if (same != listing_.controls.end()) {
      skip(line, "its name is taken by a control before it, which v4l2-ctl can not set");
      listing_.controls.erase(same);
    }
    can_take_options_ = is_menu(control);
    control.category = category_;
    listing_.controls.push_back(std::move(control));
  }

  void take_option(std::string_view line) {
    auto option = parse_option_line(line);
    if (!option) return skip(line, "it is indented like a menu option and is none");
    if (!can_take_options_) return skip(line, "it is a menu option without a menu");
    Control& menu = listing_.controls.back();
    if (menu.options.size() == kMostOptions) return skip(line, "the menu has too many options");
    if (find_option(menu, option->value) != nullptr) return skip(line, "the menu has it already");
    menu.options.push_back(std::move(*option));
  }

  void skip(std::string_view line, std::string_view reason) {
    ++listing_.skipped_count;
    if (listing_.skipped.size() == kMostSkippedKept) return;
    listing_.skipped.push_back({display_text(line, kLongestSkippedText), std::string(reason)});
  }

  Listing listing_;
  std::string category_;
  bool can_take_options_ = false;  // the last line was a menu or one of its options
};

}  // namespace

Listing parse_listing(std::string_view text) {
  return Parser().run(text);
}

std::optional<CameraIdentity> parse_identity(std::string_view info) {
  CameraIdentity identity;
  // A media device tells its own driver and bus further down: the first of each is the camera's.
  const auto keep_first = [](std::string& field, std::string_view value) {
    if (field.empty()) field = display_text(value, kLongestField);
  };
  for (const auto line : lines_of(info)) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (key == "Driver name") keep_first(identity.driver, value);
    if (key == "Card type") keep_first(identity.card, value);
    if (key == "Bus info") keep_first(identity.bus, value);
  }
  if (identity.driver.empty() || identity.card.empty() || identity.bus.empty()) return std::nullopt;
  return identity;
}

}  // namespace minidvr::v4l2
