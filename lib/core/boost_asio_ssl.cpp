// What of Asio speaks TLS by OpenSSL, compiled once for the whole program.
#include <boost/asio/ssl/impl/src.hpp>
