#include "http/file_sender.hpp"

#include "core/blocking.hpp"
#include "core/file.hpp"
#include "http/connection_writer.hpp"
#include "http/send_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include <sys/sendfile.h>
#include <unistd.h>

namespace minidvr::http {
namespace {

// Sent in one go on the pool: a fast client is kept busy, and others get their turn.
constexpr std::uint64_t kPiece = 4 << 20;

struct Piece {
  std::uint64_t sent = 0;
  bool failed = false;
  bool client_is_full = false;
};

// As much as the client takes at once.
Piece send_piece(int socket, int file, ByteRange range) {
  Piece piece;
  const std::uint64_t wanted = std::min(range.length, kPiece);
  auto offset = static_cast<off_t>(range.first);
  while (piece.sent < wanted && !piece.failed && !piece.client_is_full) {
    const ssize_t n = ::sendfile(socket, file, &offset, wanted - piece.sent);
    if (n > 0) {
      piece.sent += static_cast<std::uint64_t>(n);
    } else if (n == 0) {
      piece.failed = true;
    } else if (errno == EAGAIN) {
      piece.client_is_full = true;
    } else if (errno != EINTR) {
      piece.failed = true;
    }
  }
  return piece;
}

Task<bool> send_plain(net::ip::tcp::socket& socket, const FileBody& body, const Limits& limits,
                      const Closing& closing) {
  error_code ec;
  socket.native_non_blocking(true, ec);
  // The pool's own: the session may close the socket meanwhile, and its number be another one's.
  const auto own = std::make_shared<const FileDescriptor>(::dup(socket.native_handle()));
  if (ec || !*own) co_return false;
  for (ByteRange rest = body.range; rest.length > 0;) {
    if (closing.begun()) co_return false;
    auto work = [own, file = body.file, rest] { return send_piece(own->get(), file->get(), rest); };
    const Piece piece = co_await run_blocking(*body.pool, std::move(work));
    rest.first += piece.sent;
    rest.length -= piece.sent;
    if (piece.failed) co_return false;
    if (!piece.client_is_full) continue;
    const bool goes_on = co_await wait_for_room(socket, limits.write_time);
    if (!goes_on) co_return false;
  }
  co_return true;
}

// Read on the pool for a client that is sent it encrypted: few visits to the disk, and little
// memory for each client.
constexpr std::uint64_t kReadBytesToEncrypt = 256 << 10;

// Empty when it can not be read, or has become shorter.
std::string read_piece(int file, ByteRange range) {
  std::string bytes(std::min(range.length, kReadBytesToEncrypt), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::pread(file, bytes.data() + have, bytes.size() - have,
                              static_cast<off_t>(range.first + have));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    have += static_cast<std::size_t>(n);
  }
  return bytes;
}

Task<bool> send_encrypted(Transport& transport, const FileBody& body, const Limits& limits,
                          const Closing& closing) {
  ConnectionWriter writer(transport, limits);
  for (ByteRange rest = body.range; rest.length > 0;) {
    if (closing.begun()) co_return false;
    auto work = [file = body.file, rest] { return read_piece(file->get(), rest); };
    const std::string bytes = co_await run_blocking(*body.pool, std::move(work));
    if (bytes.empty()) co_return false;
    if (!co_await writer.write(bytes)) co_return false;
    rest.first += bytes.size();
    rest.length -= bytes.size();
  }
  co_return true;
}

}  // namespace

Task<bool> send_file(Transport& transport, const FileBody& body, const Limits& limits,
                     const Closing& closing) {
  if (transport.is_encrypted()) {
    co_return co_await send_encrypted(transport, body, limits, closing);
  }
  co_return co_await send_plain(transport.socket(), body, limits, closing);
}

}  // namespace minidvr::http
