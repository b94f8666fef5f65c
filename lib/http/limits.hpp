// How much and how long a client may.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace minidvr::http {

// Lines of the log that all clients together may cause. A household's pages cause a few a day; at
// most 30 KB a minute then, 40 MB a day.
constexpr unsigned kClientLinesPerMinute = 100;

// The defaults are what users get; tests shorten the times.
struct Limits {
  // Enough for every browser tab of a household; bounds memory and descriptors on a small board.
  std::size_t connections = 256;
  // Of those, what one address may take (see network_of()): half, so that whoever takes all that he
  // can leaves as many for all others. It is also what a household has that comes through one
  // reverse proxy that is not one of trusted_proxies, and enough for it: connections that wait make
  // room for new ones, so only streams and WebSockets count, two for each tab. Whom a trusted proxy
  // names has a share of his own.
  std::size_t connections_per_network = 128;
  // Answers without an end at once: pictures, live and recorded. Each is sent some MB a second for
  // hours, so there are fewer of them than of connections: 64 of 1080p at 30 fps are what a link of
  // 1 Gbit/s takes. A page shows one.
  std::size_t streams = 64;
  std::size_t streams_per_network = 32;
  // Connections over the limit that are told so at the same time; further ones are just closed.
  std::size_t refusals = 32;
  // Of those that come from one network when it has its share, so many are dealt with at once, and
  // one more after each interval: no household needs more, and a client that opens again at once
  // what was closed for it would take a processor for itself.
  std::size_t arrivals_at_once = 256;
  std::chrono::milliseconds arrival_interval{30};
  // Whoever comes faster waits for so long, unanswered, and is then refused as all others are: told
  // that there are too many, or just closed where `refusals` are told it already. So many wait at
  // the same time, half of them for one network: who gives up at once keeps his place until then.
  // Further ones are closed at once.
  std::chrono::milliseconds hold_time{1'000};
  std::size_t held = 512;
  std::size_t held_per_network = 256;

  // Request line and headers, each. Browsers stay below 2 KiB, and send besides what cookies they
  // have for the name: our own, those of the host's other ports, those of a single sign-on.
  std::uint32_t header_bytes = 8 * 1024;
  // A control change is below 100 bytes; this leaves room for presets.
  std::size_t body_bytes = 64 * 1024;

  // From the first byte of a request to the end of its headers: slow networks need one, a client
  // that trickles to hold a connection open gets no more.
  std::chrono::milliseconds header_time{10'000};
  // For the whole body: 64 KiB in 20 s is slower than any working link.
  std::chrono::milliseconds body_time{20'000};
  // Between requests of a kept-alive connection: browsers keep theirs about a minute.
  std::chrono::milliseconds idle_time{60'000};
  // Without a single byte accepted by the client. Re-armed by progress: slow downloads go on. A
  // kernel whose buffer was full takes more only when a sixteenth of it is free again: of 6 MB, as
  // Linux gives, a client that reads 10 KB a second needs 40 s for that.
  std::chrono::milliseconds write_time{60'000};
  // How long we go on reading after an answer that ends the connection, so that the client sees the
  // answer instead of a reset.
  std::chrono::milliseconds linger_time{3'000};
  // What requests under way get when the server stops.
  std::chrono::milliseconds shutdown_grace{1'000};
  // Pause after a failed accept: without descriptors the next one fails at once, too.
  std::chrono::milliseconds accept_pause{100};

  // One WebSocket message: commands are below 200 bytes. What is longer is told, and its rest
  // passed over.
  std::size_t message_bytes = 64 * 1024;
  // So much of it: a header may announce 16 EiB, and a client that is mistaken in that would send
  // all its commands into a message that never ends. Whoever announces more is closed.
  std::size_t message_bytes_passed_over = 16 * 1024 * 1024;
  // Messages and bytes that wait for one WebSocket client behind the one that is being sent. A
  // client that is further behind does not read, and is closed. A single message may be longer:
  // news of many recordings are.
  std::size_t queued_messages = 512;
  std::size_t queued_bytes = 128 * 1024;
  // While as much waits for a client, its next message is not read: it may ask faster than it reads
  // the answers.
  std::size_t queued_messages_while_reading = 32;
  std::size_t queued_bytes_while_reading = 32 * 1024;
  // A WebSocket client that answers no ping for this long is gone.
  std::chrono::milliseconds websocket_idle_time{60'000};
  // For the closing handshake when the server ends a WebSocket; must be below shutdown_grace.
  std::chrono::milliseconds websocket_close_time{500};
};

}  // namespace minidvr::http
