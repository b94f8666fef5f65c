#include "interval_encoder.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>

namespace minidvr::virtual_camera {
namespace {

// libjpeg would end the host process with exit(); nothing here depends on input, so an error is a
// bug in this library.
[[noreturn]] void fail(j_common_ptr common) {
  char text[JMSG_LENGTH_MAX];
  common->err->format_message(common, text);
  std::fprintf(stderr, "virtual camera: JPEG encoder: %s\n", text);
  std::abort();
}

constexpr std::uint8_t marker_start = 0xff;
constexpr std::uint8_t start_of_scan = 0xda;
constexpr std::uint8_t end_of_image = 0xd9;

bool is_restart(std::uint8_t code) {
  return code >= 0xd0 && code <= 0xd7;
}

std::size_t scan_begin(std::span<const std::uint8_t> jpeg) {
  std::size_t at = 2;  // behind SOI
  for (;;) {
    const std::uint8_t code = jpeg[at + 1];
    at += 2 + static_cast<std::size_t>(jpeg[at + 2] << 8 | jpeg[at + 3]);
    if (code == start_of_scan) {
      return at;
    }
  }
}

}  // namespace

class IntervalEncoder::Compressor {
 public:
  Compressor(int cell_width, int quality) : cell_width_(cell_width), quality_(quality) {
    compress_.err = jpeg_std_error(&errors_);
    errors_.error_exit = fail;
    jpeg_create_compress(&compress_);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ~Compressor() {
    jpeg_destroy_compress(&compress_);
    std::free(output_);
  }

  // The result is valid until the next call.
  std::span<const std::uint8_t> encode(const Bitmap& bitmap) {
    unsigned char* buffer = output_;
    unsigned long size = capacity_;
    jpeg_mem_dest(&compress_, &buffer, &size);

    compress_.image_width = static_cast<JDIMENSION>(bitmap.width());
    compress_.image_height = static_cast<JDIMENSION>(bitmap.height());
    compress_.input_components = 3;
    compress_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&compress_);
    jpeg_set_quality(&compress_, quality_, TRUE);
    compress_.comp_info[0].h_samp_factor = 2;  // 4:2:2, what webcams send
    compress_.comp_info[0].v_samp_factor = 1;
    compress_.restart_interval = static_cast<unsigned>(cell_width_ / cell_unit_width);

    jpeg_start_compress(&compress_, TRUE);
    for (int y = 0; y < bitmap.height(); ++y) {
      JSAMPROW row = const_cast<JSAMPROW>(bitmap.row(y));  // libjpeg only reads it
      jpeg_write_scanlines(&compress_, &row, 1);
    }
    jpeg_finish_compress(&compress_);

    if (buffer != output_) {  // it grew: libjpeg allocated a larger one and left ours alone
      std::free(output_);
      output_ = buffer;
      capacity_ = size;
    }
    return {buffer, size};
  }

 private:
  int cell_width_;
  int quality_;
  jpeg_compress_struct compress_{};
  jpeg_error_mgr errors_{};
  unsigned char* output_ = nullptr;
  unsigned long capacity_ = 0;
};

IntervalEncoder::IntervalEncoder(int cell_width, int quality)
    : compressor_(std::make_unique<Compressor>(cell_width, quality)) {}
IntervalEncoder::IntervalEncoder(IntervalEncoder&&) noexcept = default;
IntervalEncoder::~IntervalEncoder() = default;

void IntervalEncoder::encode(const Bitmap& bitmap, EncodedCells& result) {
  const auto jpeg = compressor_->encode(bitmap);
  const std::size_t begin = scan_begin(jpeg);
  result.header.assign(jpeg.begin(), jpeg.begin() + static_cast<std::ptrdiff_t>(begin));
  result.scan.assign(jpeg.begin() + static_cast<std::ptrdiff_t>(begin), jpeg.end());

  result.offsets.assign(1, 0);
  const std::uint8_t* const data = result.scan.data();
  const std::uint8_t* const end = data + result.scan.size();
  const std::uint8_t* at = data;
  while ((at = static_cast<const std::uint8_t*>(
              std::memchr(at, marker_start, static_cast<std::size_t>(end - at)))) != nullptr) {
    const std::uint8_t code = at[1];
    at += 2;
    if (is_restart(code) || code == end_of_image) {
      result.offsets.push_back(static_cast<std::size_t>(at - data));
    }
    if (code == end_of_image) {
      break;
    }
  }
}

}  // namespace minidvr::virtual_camera
