#include "format_requests.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <linux/version.h>
#include <linux/videodev2.h>

namespace minidvr::virtual_camera {
namespace {

constexpr std::uint32_t device_capabilities =
    V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
constexpr std::uint32_t driver_version = KERNEL_VERSION(6, 1, 0);
constexpr std::uint32_t interactive_priority =
    V4L2_PRIORITY_INTERACTIVE;  // the default of every descriptor

template <std::size_t Size, class Byte>
void put_text(Byte (&field)[Size], const char* text) {
  static_assert(sizeof(Byte) == 1);
  std::snprintf(reinterpret_cast<char*>(field), Size, "%s", text);
}

FrameSize current_size(const SharedState& state) {
  return frame_sizes[std::min<std::size_t>(state.frame_size, frame_sizes.size() - 1)];
}

bool is_metadata(const SharedState& state) {
  return state.refusal == Refusal::pictures;
}

// A camera without MJPEG has something that nobody here can read, or what ustreamer would encode.
std::uint32_t pixel_format(const SharedState& state) {
  if (state.refusal == Refusal::mjpeg) return V4L2_PIX_FMT_H264;
  return state.refusal == Refusal::jpegs ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_MJPEG;
}

const char* format_name(std::uint32_t format) {
  if (format == V4L2_PIX_FMT_H264) return "H.264";
  return format == V4L2_PIX_FMT_YUYV ? "YUYV 4:2:2" : "Motion-JPEG";
}

bool is_known(const SharedState& state, std::uint32_t format, std::uint32_t width,
              std::uint32_t height) {
  return format == pixel_format(state) &&
         std::any_of(frame_sizes.begin(), frame_sizes.end(),
                     [=](FrameSize size) { return size.width == width && size.height == height; });
}

int query_capabilities(const SharedState& state, v4l2_capability& answer) {
  answer = {};
  put_text(answer.driver, "uvcvideo");
  put_text(answer.card, "Mini-DVR Virtual Camera");
  put_text(answer.bus_info, "virtual:minidvr-0");
  answer.version = driver_version;
  answer.device_caps =
      is_metadata(state) ? V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING : device_capabilities;
  // Those of all its nodes.
  answer.capabilities = answer.device_caps | device_capabilities | V4L2_CAP_DEVICE_CAPS;
  return 0;
}

int enumerate_format(const SharedState& state, v4l2_fmtdesc& format) {
  if (is_metadata(state) || format.type != V4L2_BUF_TYPE_VIDEO_CAPTURE || format.index != 0) {
    return -EINVAL;
  }
  format = {};
  format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  format.pixelformat = pixel_format(state);
  format.flags = format.pixelformat == V4L2_PIX_FMT_YUYV ? 0 : V4L2_FMT_FLAG_COMPRESSED;
  put_text(format.description, format_name(format.pixelformat));
  return 0;
}

void describe_format(const SharedState& state, FrameSize size, v4l2_pix_format& format) {
  format = {};
  format.width = size.width;
  format.height = size.height;
  format.pixelformat = pixel_format(state);
  format.field = V4L2_FIELD_NONE;
  format.sizeimage = size.width * size.height * 2;
  format.colorspace = V4L2_COLORSPACE_SRGB;
  format.priv = V4L2_PIX_FMT_PRIV_MAGIC;
  format.ycbcr_enc = V4L2_YCBCR_ENC_601;
  format.xfer_func = V4L2_XFER_FUNC_SRGB;
}

int get_format(const SharedState& state, v4l2_format& format) {
  if (format.type != V4L2_BUF_TYPE_VIDEO_CAPTURE) {
    return -EINVAL;
  }
  describe_format(state, current_size(state), format.fmt.pix);
  return 0;
}

// The size that overlaps best with the wanted one, as uvcvideo chooses.
std::size_t nearest_size(std::uint32_t width, std::uint32_t height) {
  const auto difference = [=](FrameSize size) {
    const auto common = std::uint64_t{std::min(size.width, width)} * std::min(size.height, height);
    return std::uint64_t{size.width} * size.height + std::uint64_t{width} * height - 2 * common;
  };
  const auto nearest =
      std::min_element(frame_sizes.begin(), frame_sizes.end(),
                       [&](FrameSize a, FrameSize b) { return difference(a) < difference(b); });
  return static_cast<std::size_t>(nearest - frame_sizes.begin());
}

int try_format(const SharedState& state, v4l2_format& format, std::size_t& size) {
  if (is_metadata(state) || format.type != V4L2_BUF_TYPE_VIDEO_CAPTURE) {
    return -EINVAL;
  }
  size = nearest_size(format.fmt.pix.width, format.fmt.pix.height);
  const FrameSize nearest = frame_sizes[size];
  const bool is_listed =
      nearest.width == format.fmt.pix.width && nearest.height == format.fmt.pix.height;
  if (state.refusal == Refusal::sizes && !is_listed) {
    return -EINVAL;
  }
  describe_format(state, nearest, format.fmt.pix);
  return 0;
}

int set_format(SharedState& state, v4l2_format& format) {
  std::size_t size = 0;
  const int result = try_format(state, format, size);
  if (result == 0) {
    state.frame_size = static_cast<std::uint32_t>(size);
  }
  return result;
}

int enumerate_sizes(const SharedState& state, v4l2_frmsizeenum& size) {
  if (size.pixel_format != pixel_format(state) || size.index >= frame_sizes.size()) {
    return -EINVAL;
  }
  size.type = V4L2_FRMSIZE_TYPE_DISCRETE;
  size.discrete = {frame_sizes[size.index].width, frame_sizes[size.index].height};
  return 0;
}

int enumerate_intervals(const SharedState& state, v4l2_frmivalenum& interval) {
  if (!is_known(state, interval.pixel_format, interval.width, interval.height) ||
      interval.index >= frame_rates.size()) {
    return -EINVAL;
  }
  interval.type = V4L2_FRMIVAL_TYPE_DISCRETE;
  interval.discrete = {1, frame_rates[interval.index]};
  return 0;
}

int get_parameters(const SharedState& state, v4l2_streamparm& parameters) {
  if (parameters.type != V4L2_BUF_TYPE_VIDEO_CAPTURE) {
    return -EINVAL;
  }
  parameters.parm.capture = {};
  parameters.parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
  parameters.parm.capture.timeperframe = {1, state.frame_rate};
  return 0;
}

int set_parameters(SharedState& state, v4l2_streamparm& parameters) {
  if (parameters.type != V4L2_BUF_TYPE_VIDEO_CAPTURE) {
    return -EINVAL;
  }
  const v4l2_fract wanted = parameters.parm.capture.timeperframe;
  if (wanted.numerator != 0 && wanted.denominator != 0) {  // otherwise: the rate stays
    const auto rate = static_cast<double>(wanted.denominator) / wanted.numerator;
    state.frame_rate = *std::min_element(
        frame_rates.begin(), frame_rates.end(),
        [rate](auto a, auto b) { return std::abs(a - rate) < std::abs(b - rate); });
  }
  return get_parameters(state, parameters);
}

int enumerate_input(const SharedState& state, v4l2_input& input) {
  if (is_metadata(state)) {
    return -ENOTTY;
  }
  if (input.index != 0) {
    return -EINVAL;
  }
  input = {};
  put_text(input.name, "Camera 1");
  input.type = V4L2_INPUT_TYPE_CAMERA;
  return 0;
}

int get_crop_capability(const SharedState& state, v4l2_cropcap& answer) {
  if (answer.type != V4L2_BUF_TYPE_VIDEO_CAPTURE) {
    return -EINVAL;
  }
  const FrameSize size = current_size(state);
  answer.bounds = {0, 0, size.width, size.height};
  answer.defrect = answer.bounds;
  answer.pixelaspect = {1, 1};
  return 0;
}

int get_selection(const SharedState& state, v4l2_selection& selection) {
  const bool known =
      selection.target == V4L2_SEL_TGT_CROP_DEFAULT || selection.target == V4L2_SEL_TGT_CROP_BOUNDS;
  if (selection.type != V4L2_BUF_TYPE_VIDEO_CAPTURE || !known) {
    return -EINVAL;
  }
  const FrameSize size = current_size(state);
  selection.r = {0, 0, size.width, size.height};
  return 0;
}

}  // namespace

int handle_format_request(SharedState& state, std::uint32_t request, void* argument) {
  std::size_t ignored_size = 0;
  switch (request) {
    case VIDIOC_QUERYCAP:
      return query_capabilities(state, *static_cast<v4l2_capability*>(argument));
    case VIDIOC_G_PRIORITY:
      *static_cast<std::uint32_t*>(argument) = interactive_priority;
      return 0;
    case VIDIOC_S_PRIORITY:
      return 0;
    case VIDIOC_ENUMINPUT:
      return enumerate_input(state, *static_cast<v4l2_input*>(argument));
    case VIDIOC_G_INPUT:
      *static_cast<int*>(argument) = 0;
      return 0;
    case VIDIOC_S_INPUT:
      if (is_metadata(state)) return -ENOTTY;
      return *static_cast<const int*>(argument) == 0 ? 0 : -EINVAL;
    case VIDIOC_ENUM_FMT:
      return enumerate_format(state, *static_cast<v4l2_fmtdesc*>(argument));
    case VIDIOC_G_FMT:
      return get_format(state, *static_cast<v4l2_format*>(argument));
    case VIDIOC_S_FMT:
      return set_format(state, *static_cast<v4l2_format*>(argument));
    case VIDIOC_TRY_FMT:
      return try_format(state, *static_cast<v4l2_format*>(argument), ignored_size);
    case VIDIOC_ENUM_FRAMESIZES:
      return enumerate_sizes(state, *static_cast<v4l2_frmsizeenum*>(argument));
    case VIDIOC_ENUM_FRAMEINTERVALS:
      return enumerate_intervals(state, *static_cast<v4l2_frmivalenum*>(argument));
    case VIDIOC_G_PARM:
      return get_parameters(state, *static_cast<v4l2_streamparm*>(argument));
    case VIDIOC_S_PARM:
      return set_parameters(state, *static_cast<v4l2_streamparm*>(argument));
    case VIDIOC_CROPCAP:
      return get_crop_capability(state, *static_cast<v4l2_cropcap*>(argument));
    case VIDIOC_G_SELECTION:
      return get_selection(state, *static_cast<v4l2_selection*>(argument));
    default:
      return -ENOTTY;
  }
}

std::uint32_t largest_frame(const SharedState& state) {
  const FrameSize size = current_size(state);
  return size.width * size.height * 2;
}

}  // namespace minidvr::virtual_camera
