#include "doctor/settings_check.hpp"

#include <fmt/format.h>

namespace minidvr::doctor {

SettingsFileFacts settings_file_facts(const std::string& file, const User& user) {
  SettingsFileFacts facts;
  if (file.empty()) return facts;
  facts.path = file;
  facts.user = user.name;
  facts.keeper = what_keeps_from(user, facts.path).string();
  return facts;
}

std::vector<Finding> judge_settings_file(const SettingsFileFacts& facts) {
  constexpr const char* kSubject = "settings";
  constexpr const char* kEnds = "a mini-dvr of that user ends at once, and is not started again";
  if (!facts.keeper.empty()) {
    const bool is_file = facts.keeper == facts.path;
    const auto way =
        is_file ? fmt::format("sudo chgrp {0} {1} && sudo chmod g+r {1}", facts.user, facts.path)
                : fmt::format("put it where {} may enter, such as /etc", facts.user);
    return {{Grade::problem, kSubject,
             fmt::format("{} may not {} {}: {}", facts.user, is_file ? "read" : "enter",
                         facts.keeper, kEnds),
             way + "; then sudo systemctl restart mini-dvr"}};
  }
  if (!facts.hidden.empty()) {
    return {{Grade::problem, kSubject, facts.hidden + ": it ends at once, and is not started again",
             "put it elsewhere, such as /etc; then sudo systemctl restart mini-dvr"}};
  }
  return {};
}

}  // namespace minidvr::doctor
