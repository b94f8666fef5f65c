#include "doctor/service_check.hpp"

#include "doctor/status_text.hpp"

namespace minidvr::doctor {

Finding judge_service(const Result<ServiceAnswer>& health) {
  constexpr const char* kService = "service";
  if (!health && health.error().code == Errc::refused) {
    return {Grade::warning, kService, health.error().detail,
            "systemctl status mini-dvr says whether it runs; to hear more: the settings that it "
            "was started with, as root, on this machine"};
  }
  if (!health) return {Grade::ok, kService, "no mini-dvr runs with these settings", {}};
  if (is_healthy(health->document)) return {Grade::ok, kService, "mini-dvr runs, and is well", {}};
  return {Grade::problem, kService, "mini-dvr runs, and fails: " + failures_text(health->document),
          "see what is said below; mini-dvr status tells more, journalctl -u mini-dvr what "
          "happened"};
}

}  // namespace minidvr::doctor
