#include "vivid_expected.hpp"

#include <cstdint>
#include <limits>
#include <utility>

namespace minidvr::controls {
namespace {

using Flags = std::vector<std::string>;
using Options = std::vector<MenuOption>;
using Labels = std::vector<std::string>;

struct Range {
  std::int64_t min, max, step;
};

Control named(const char* id, const char* name, const char* category, ControlType type,
              const char* listed_type, Flags flags) {
  Control control;
  control.id = id;
  control.name = name;
  control.category = category;
  control.type = type;
  control.listed_type = listed_type;
  control.flags = std::move(flags);
  return control;
}

// The controls of one heading.
class Category {
 public:
  Category(ControlList& list, const char* name) : list_(list), name_(name) {}

  void integer(const char* id, const char* name, Range range, std::int64_t by_default,
               std::int64_t value, Flags flags = {}) {
    number(ControlType::integer, "int", id, name, range, by_default, value, std::move(flags));
  }
  void integer64(const char* id, const char* name, Range range, std::int64_t by_default,
                 std::int64_t value) {
    number(ControlType::integer64, "int64", id, name, range, by_default, value, {});
  }
  void boolean(const char* id, const char* name, bool by_default, bool value, Flags flags = {}) {
    Control c = named(id, name, name_, ControlType::boolean, "bool", std::move(flags));
    c.default_value = by_default;
    c.value = value;
    list_.push_back(c);
  }
  void button(const char* id, const char* name) {
    list_.push_back(
        named(id, name, name_, ControlType::button, "button", {"write-only", "execute-on-write"}));
  }
  void menu(const char* id, const char* name, std::int64_t min, std::int64_t max,
            std::int64_t by_default, std::int64_t value, Options options, Flags flags = {}) {
    list_.push_back(any_menu(ControlType::menu, "menu", id, name, min, max, by_default, value,
                             std::move(options), std::move(flags)));
  }
  void integer_menu(const char* id, const char* name, std::int64_t min, std::int64_t max,
                    std::int64_t by_default, std::int64_t value, Options options) {
    list_.push_back(any_menu(ControlType::integer_menu, "intmenu", id, name, min, max, by_default,
                             value, std::move(options), {}));
  }
  void string(const char* id, const char* name, Range length, const char* value, Flags flags) {
    Control c = named(id, name, name_, ControlType::string, "str", std::move(flags));
    c.min = length.min;
    c.max = length.max;
    c.step = length.step;
    c.value = std::string(value);
    list_.push_back(c);
  }
  void bitmask(const char* id, const char* name, std::int64_t max, std::int64_t by_default,
               std::int64_t value, Flags flags = {}) {
    Control c = named(id, name, name_, ControlType::bitmask, "bitmask", std::move(flags));
    c.max = max;
    c.default_value = by_default;
    c.value = value;
    list_.push_back(c);
  }
  void array(const char* id, const char* name, const char* listed_type, Range range,
             std::int64_t by_default, Flags flags) {
    Control c = named(id, name, name_, ControlType::other, listed_type, std::move(flags));
    c.min = range.min;
    c.max = range.max;
    c.step = range.step;
    c.default_value = by_default;
    list_.push_back(c);
  }
  void area(const char* id, const char* name, const char* value, Flags flags) {
    Control c = named(id, name, name_, ControlType::other, "area", std::move(flags));
    c.value = std::string(value);
    list_.push_back(c);
  }

 private:
  void number(ControlType type, const char* listed_type, const char* id, const char* name,
              Range range, std::int64_t by_default, std::int64_t value, Flags flags) {
    Control c = named(id, name, name_, type, listed_type, std::move(flags));
    c.min = range.min;
    c.max = range.max;
    c.step = range.step;
    c.default_value = by_default;
    c.value = value;
    list_.push_back(c);
  }
  Control any_menu(ControlType type, const char* listed_type, const char* id, const char* name,
                   std::int64_t min, std::int64_t max, std::int64_t by_default, std::int64_t value,
                   Options options, Flags flags) const {
    Control c = named(id, name, name_, type, listed_type, std::move(flags));
    c.min = min;
    c.max = max;
    c.default_value = by_default;
    c.value = value;
    c.options = std::move(options);
    return c;
  }

  ControlList& list_;
  const char* name_;
};

Options from_zero(const Labels& labels) {
  Options options;
  for (const auto& label : labels) {
    options.push_back({static_cast<std::int64_t>(options.size()), label});
  }
  return options;
}

void user_controls(Category user) {
  user.integer("brightness", "Brightness", {0, 255, 1}, 128, 128, {"slider"});
  user.integer("contrast", "Contrast", {0, 255, 1}, 128, 128, {"slider"});
  user.integer("saturation", "Saturation", {0, 255, 1}, 128, 128, {"slider"});
  user.integer("hue", "Hue", {-128, 128, 1}, 0, 0, {"slider"});
  user.integer("volume", "Volume", {0, 255, 1}, 200, 200, {"slider"});
  user.boolean("mute", "Mute", false, false);
  user.boolean("gain_automatic", "Gain Automatic", true, true, {"update"});
  user.integer("gain", "Gain", {0, 255, 1}, 100, 29, {"inactive", "volatile"});
  user.boolean("horizontal_flip", "Horizontal Flip", false, false);
  user.boolean("vertical_flip", "Vertical Flip", false, false);
  user.integer("alpha_component", "Alpha Component", {0, 255, 1}, 0, 0);
  user.button("button", "Button");
  user.boolean("boolean", "Boolean", true, true);
  user.integer("integer_32_bits", "Integer 32 Bits", {-2147483648LL, 2147483647, 1}, 0, 0);
  user.integer64(
      "integer_64_bits", "Integer 64 Bits",
      {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), 1}, 0,
      0);
  user.menu("menu", "Menu", 1, 4, 3, 3,
            {{1, "Menu Item 1"}, {3, "Menu Item 3"}, {4, "Menu Item 4"}});
  user.string("string", "String", {2, 4, 1}, "  ", {"has-payload"});
  // The listing's -2147475456 is 0x80002000 read as a signed number.
  user.bitmask("bitmask", "Bitmask", 0x80402010, 0x80002000, 0x80002000);
  user.integer_menu("integer_menu", "Integer Menu", 1, 8, 4, 4,
                    {{2, "2 (0x2)"},
                     {3, "3 (0x3)"},
                     {4, "5 (0x5)"},
                     {5, "8 (0x8)"},
                     {6, "13 (0xd)"},
                     {7, "21 (0x15)"},
                     {8, "42 (0x2a)"}});
  user.array("u32_1_element_array", "U32 1 Element Array", "u32", {16, 131072, 1}, 24,
             {"has-payload"});
  user.array("u16_8x16_matrix", "U16 8x16 Matrix", "u16", {16, 8192, 1}, 24, {"has-payload"});
  user.array("u8_2x3x4x5_array", "U8 2x3x4x5 Array", "u8", {16, 32, 1}, 24, {"has-payload"});
  user.area("area", "Area", "1000x2000", {"has-payload"});
  user.integer("read_only_integer_32_bits", "Read Only Integer 32 Bits", {0, 255, 1}, 0, 0,
               {"read-only"});
  user.array("u32_dynamic_array", "U32 Dynamic Array", "u32", {10, 90, 1}, 50,
             {"has-payload", "0x00000800"});
  user.array("u8_pixel_array", "U8 Pixel Array", "u8", {0, 255, 1}, 128, {"has-payload"});
}

void digital_video_controls(Category dv) {
  dv.bitmask("power_present", "Power Present", 1, 1, 1, {"read-only"});
  dv.menu("rx_rgb_quantization_range", "Rx Rgb Quantization Range", 0, 2, 0, 0,
          from_zero({"Automatic", "RGB Limited Range (16-235)", "RGB Full Range (0-255)"}));
}

const Labels& dv_timings() {
  static const Labels labels = {
      "640x480p59",    "720x480i29",   "720x480p59",    "720x576i25",    "720x576p50",
      "1280x720p24",   "1280x720p25",  "1280x720p30",   "1280x720p50",   "1280x720p60",
      "1920x1080p24",  "1920x1080p25", "1920x1080p30",  "1920x1080i25",  "1920x1080p50",
      "1920x1080i30",  "1920x1080p60", "640x350p85",    "640x400p85",    "720x400p85",
      "640x480p72",    "640x480p75",   "640x480p85",    "800x600p56",    "800x600p60",
      "800x600p72",    "800x600p75",   "800x600p85",    "800x600p119",   "848x480p60",
      "1024x768i43",   "1024x768p60",  "1024x768p70",   "1024x768p75",   "1024x768p84",
      "1024x768p119",  "1152x864p75",  "1280x768p59",   "1280x768p59",   "1280x768p74",
      "1280x768p84",   "1280x768p119", "1280x800p59",   "1280x800p59",   "1280x800p74",
      "1280x800p84",   "1280x800p119", "1280x960p60",   "1280x960p85",   "1280x960p119",
      "1280x1024p60",  "1280x1024p75", "1280x1024p85",  "1280x1024p119", "1360x768p60",
      "1360x768p119",  "1366x768p59",  "1366x768p60",   "1400x1050p59",  "1400x1050p59",
      "1400x1050p74",  "1400x1050p84", "1400x1050p119", "1440x900p59",   "1440x900p59",
      "1440x900p74",   "1440x900p84",  "1440x900p119",  "1600x900p60",   "1600x1200p60",
      "1600x1200p65",  "1600x1200p70", "1600x1200p75",  "1600x1200p85",  "1600x1200p119",
      "1680x1050p59",  "1680x1050p59", "1680x1050p74",  "1680x1050p84",  "1680x1050p119",
      "1792x1344p59",  "1792x1344p74", "1792x1344p119", "1856x1392p59",  "1856x1392p75",
      "1856x1392p119", "1920x1200p59", "1920x1200p59",  "1920x1200p74",  "1920x1200p84",
      "1920x1200p119", "1920x1440p60", "1920x1440p75",  "1920x1440p119", "2048x1152p60",
      "2560x1600p59",  "2560x1600p59", "2560x1600p74",  "2560x1600p84",  "2560x1600p119",
      "3840x2160p24",  "3840x2160p25", "3840x2160p30",  "3840x2160p50",  "3840x2160p60",
      "4096x2160p24",  "4096x2160p25", "4096x2160p30",  "4096x2160p50",  "4096x2160p59",
      "4096x2160p60"};
  return labels;
}

void vivid_pictures(Category& vivid) {
  vivid.menu("test_pattern", "Test Pattern", 0, 21, 0, 0,
             from_zero({"75% Colorbar",
                        "100% Colorbar",
                        "CSC Colorbar",
                        "Horizontal 100% Colorbar",
                        "100% Color Squares",
                        "100% Black",
                        "100% White",
                        "100% Red",
                        "100% Green",
                        "100% Blue",
                        "16x16 Checkers",
                        "2x2 Checkers",
                        "1x1 Checkers",
                        "2x2 Red/Green Checkers",
                        "1x1 Red/Green Checkers",
                        "Alternating Hor Lines",
                        "Alternating Vert Lines",
                        "One Pixel Wide Cross",
                        "Two Pixels Wide Cross",
                        "Ten Pixels Wide Cross",
                        "Gray Ramp",
                        "Noise"}));
  vivid.menu("osd_text_mode", "Osd Text Mode", 0, 2, 0, 0,
             from_zero({"All", "Counters Only", "None"}));
  vivid.menu("horizontal_movement", "Horizontal Movement", 0, 6, 3, 3,
             from_zero({"Move Left Fast", "Move Left", "Move Left Slow", "No Movement",
                        "Move Right Slow", "Move Right", "Move Right Fast"}));
  vivid.menu("vertical_movement", "Vertical Movement", 0, 6, 3, 3,
             from_zero({"Move Up Fast", "Move Up", "Move Up Slow", "No Movement", "Move Down Slow",
                        "Move Down", "Move Down Fast"}));
  vivid.boolean("show_border", "Show Border", false, false);
  vivid.boolean("show_square", "Show Square", false, false);
  vivid.boolean("insert_sav_code_in_image", "Insert Sav Code In Image", false, false);
  vivid.boolean("insert_eav_code_in_image", "Insert Eav Code In Image", false, false);
  vivid.boolean("insert_video_guard_band", "Insert Video Guard Band", false, false);
  vivid.boolean("sensor_flipped_horizontally", "Sensor Flipped Horizontally", false, false);
  vivid.boolean("sensor_flipped_vertically", "Sensor Flipped Vertically", false, false);
  vivid.menu("standard_aspect_ratio", "Standard Aspect Ratio", 1, 4, 1, 1,
             {{1, "4x3"}, {2, "14x9"}, {3, "16x9"}, {4, "16x9 Anamorphic"}});
  vivid.menu("dv_timings_aspect_ratio", "Dv Timings Aspect Ratio", 0, 3, 0, 0,
             from_zero({"Source Width x Height", "4x3", "14x9", "16x9"}));
  vivid.menu("timestamp_source", "Timestamp Source", 0, 1, 0, 0,
             from_zero({"End of Frame", "Start of Exposure"}));
}

void vivid_colours(Category& vivid) {
  vivid.menu("colorspace", "Colorspace", 0, 8, 2, 2,
             from_zero({"SMPTE 170M", "Rec. 709", "sRGB", "opRGB", "BT.2020", "DCI-P3",
                        "SMPTE 240M", "470 System M", "470 System BG"}));
  vivid.menu("transfer_function", "Transfer Function", 0, 7, 0, 0,
             from_zero({"Default", "Rec. 709", "sRGB", "opRGB", "SMPTE 240M", "None", "DCI-P3",
                        "SMPTE 2084"}));
  vivid.menu("y_cbcr_encoding", "Y Cbcr Encoding", 0, 8, 0, 0,
             {{0, "Default"},
              {1, "ITU-R 601"},
              {2, "Rec. 709"},
              {3, "xvYCC 601"},
              {4, "xvYCC 709"},
              {6, "BT.2020"},
              {7, "BT.2020 Constant Luminance"},
              {8, "SMPTE 240M"}});
  vivid.menu("quantization", "Quantization", 0, 2, 0, 0,
             from_zero({"Default", "Full Range", "Limited Range"}));
  vivid.boolean("limited_rgb_range_16_235", "Limited Rgb Range 16 235", false, false);
  vivid.boolean("apply_alpha_to_red_only", "Apply Alpha To Red Only", false, false);
  vivid.boolean("enable_capture_cropping", "Enable Capture Cropping", true, true);
  vivid.boolean("enable_capture_composing", "Enable Capture Composing", true, true);
  vivid.boolean("enable_capture_scaler", "Enable Capture Scaler", true, true);
  vivid.boolean("loop_video", "Loop Video", false, false);
  vivid.boolean("wrap_sequence_number", "Wrap Sequence Number", false, false);
  vivid.menu("wrap_timestamp", "Wrap Timestamp", 0, 2, 0, 0,
             from_zero({"None", "64 Bit", "32 Bit"}));
  vivid.integer("maximum_edid_blocks", "Maximum Edid Blocks", {1, 256, 1}, 2, 2);
  vivid.integer("fill_percentage_of_frame", "Fill Percentage Of Frame", {0, 100, 1}, 100, 100);
  vivid.boolean("reduced_framerate", "Reduced Framerate", false, false);
  vivid.menu("hsv_encoding", "Hsv Encoding", 0, 1, 0, 0, from_zero({"Hue 0-179", "Hue 0-256"}));
}

void vivid_signals(Category& vivid) {
  vivid.menu("standard_signal_mode", "Standard Signal Mode", 0, 5, 0, 0,
             {{0, "Current Standard"},
              {1, "No Signal"},
              {2, "No Lock"},
              {4, "Selected Standard"},
              {5, "Cycle Through All Standards"}});
  vivid.menu("standard", "Standard", 0, 14, 0, 0,
             from_zero({"NTSC-M", "NTSC-M-JP", "NTSC-M-KR", "NTSC-443", "PAL-BGH", "PAL-I",
                        "PAL-DK", "PAL-M", "PAL-N", "PAL-Nc", "PAL-60", "SECAM-BGH", "SECAM-DK",
                        "SECAM-L", "SECAM-Lc"}));
  vivid.menu("dv_timings_signal_mode", "Dv Timings Signal Mode", 0, 5, 0, 0,
             from_zero({"Current DV Timings", "No Signal", "No Lock", "Out of Range",
                        "Selected DV Timings", "Cycle Through All DV Timings"}),
             {"inactive"});
  vivid.menu("dv_timings", "Dv Timings", 0, 110, 0, 0, from_zero(dv_timings()), {"inactive"});
  vivid.integer("percentage_of_dropped_buffers", "Percentage Of Dropped Buffers", {0, 100, 1}, 0,
                0);
  vivid.button("disconnect", "Disconnect");
  vivid.button("inject_v4l2_buf_flag_error", "Inject V4l2 Buf Flag Error");
  vivid.button("inject_vidioc_reqbufs_error", "Inject Vidioc Reqbufs Error");
  vivid.button("inject_vidioc_qbuf_error", "Inject Vidioc Qbuf Error");
  vivid.button("inject_vidioc_streamon_error", "Inject Vidioc Streamon Error");
  vivid.button("inject_fatal_streaming_error", "Inject Fatal Streaming Error");
  vivid.button("inject_req_validate_error", "Inject Req Validate Error");
}

}  // namespace

ControlList vivid_expected() {
  ControlList list;
  user_controls(Category(list, "User Controls"));
  digital_video_controls(Category(list, "Digital Video Controls"));
  Category vivid(list, "Vivid Controls");
  vivid_pictures(vivid);
  vivid_colours(vivid);
  vivid_signals(vivid);
  return list;
}

}  // namespace minidvr::controls
