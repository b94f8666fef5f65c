#include "doctor/accounts_check.hpp"

#include "access/accounts_file.hpp"

#include <fmt/format.h>

namespace minidvr::doctor {

AccountsFacts accounts_facts(const Settings& settings, const User& user) {
  AccountsFacts facts;
  facts.path = settings.accounts_file.string();
  facts.user = user.name;
  facts.is_self = user.is_self;
  facts.is_kept = is_kept_from(user, settings.accounts_file);
  if (const auto accounts = access::read_accounts(settings.accounts_file)) {
    facts.people = accounts->people.size();
    facts.tokens = accounts->tokens.size();
  } else {
    facts.problem = accounts.error().detail;
  }
  return facts;
}

Finding judge_accounts(const AccountsFacts& facts) {
  constexpr const char* kSubject = "accounts";
  if (facts.is_kept) {
    // Who asks need not be who records.
    return {facts.is_self ? Grade::warning : Grade::problem, kSubject,
            fmt::format("{} may not read {}: a mini-dvr of that user lets nobody in", facts.user,
                        facts.path),
            fmt::format("where that user records: sudo chown {0} {1}, in a folder that {0} may "
                        "enter; where another one does: run this as root",
                        facts.user, facts.path)};
  }
  if (!facts.problem.empty()) {
    return {Grade::problem, kSubject, "nobody is let in: " + facts.problem,
            fmt::format("put it away (sudo mv {0} {0}.damaged), then set a password anew: "
                        "mini-dvr passwd",
                        facts.path)};
  }
  if (facts.people == 0 && facts.tokens == 0) {
    return {Grade::ok, kSubject, "no password is set (mini-dvr passwd sets one)", {}};
  }
  return {Grade::ok,
          kSubject,
          fmt::format("{} with a password, {} with a token", facts.people, facts.tokens),
          {}};
}

}  // namespace minidvr::doctor
