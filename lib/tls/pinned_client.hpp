// For asking the mini-dvr of the same machine: it is who it says when it has the certificate that
// the settings name, whatever name that is for, and whether or not it has expired.
#pragma once

#include "core/asio.hpp"
#include "tls/certificate.hpp"

#include <memory>

#include <boost/asio/ssl/context.hpp>

namespace minidvr::tls {

// A context by which a handshake fails with anybody else.
std::shared_ptr<net::ssl::context> pinned_client(const Certificate& certificate);

}  // namespace minidvr::tls
