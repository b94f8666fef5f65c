// A machine whose power was cut starts anew, and its kernel has another boot_id.
#pragma once

namespace minidvr::power_cut {

// A descriptor that reads as POWER_CUT_BOOT_ID when `path` is the kernel's boot_id and another one
// is asked for; -1 otherwise.
int opened_boot_id(const char* path);

}  // namespace minidvr::power_cut
