#include "http/file_sender.hpp"

#include "core/blocking.hpp"
#include "core/file.hpp"
#include "http/send_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>

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

}  // namespace

Task<bool> send_file(net::ip::tcp::socket& socket, const FileBody& body, const Limits& limits,
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

}  // namespace minidvr::http
