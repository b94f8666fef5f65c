// Name servers that do not answer, for one program: preloaded, it has SLOW_NAME looked up in vain,
// for SLOW_NAME_SECONDS or longer than anybody may wait.

#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

extern "C" {

int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  using Call = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto call = reinterpret_cast<Call>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  constexpr unsigned kTooLong = 20;  // s
  const char* slow = std::getenv("SLOW_NAME");
  const char* as_set = std::getenv("SLOW_NAME_SECONDS");
  const bool is_address = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  if (slow == nullptr || host == nullptr || is_address || std::strcmp(host, slow) != 0) {
    return call(host, service, hints, found);
  }
  ::sleep(as_set == nullptr ? kTooLong : static_cast<unsigned>(std::atoi(as_set)));
  return EAI_AGAIN;
}
}
