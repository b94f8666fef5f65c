#include "integration/support/certificates.hpp"

#include "integration/support/command.hpp"

#include <stdexcept>

#include <unistd.h>

namespace minidvr::test {

void PairOnDisk::make(const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"tls", "--self-signed", "--force"};
  for (const auto& list : {settings(), more})
    words.insert(words.end(), list.begin(), list.end());
  const auto said = say(words);
  if (said.status != 0) throw std::runtime_error("no certificate: " + said.err);
}

Service::Options https_service(const PairOnDisk& pair, std::vector<std::string> more) {
  Service::Options options;
  options.arguments = pair.settings();
  options.arguments.insert(options.arguments.end(), more.begin(), more.end());
  options.certificate = pair.certificate();
  options.before_exec = [] { ::setsid(); };
  return options;
}

}  // namespace minidvr::test
