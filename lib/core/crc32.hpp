// CRC-32 as Ethernet, PNG and zip have it (ISO-HDLC), by zlib: the fastest that Debian has
// everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include <zlib.h>

namespace minidvr {

// Of bytes that come in pieces.
class Crc32 {
 public:
  void add(const void* bytes, std::size_t size) {
    value_ = ::crc32_z(value_, static_cast<const Bytef*>(bytes), size);
  }
  std::uint32_t value() const { return static_cast<std::uint32_t>(value_); }

 private:
  uLong value_ = 0;
};

inline std::uint32_t crc32_of(const void* bytes, std::size_t size) {
  Crc32 crc;
  crc.add(bytes, size);
  return crc.value();
}

}  // namespace minidvr
