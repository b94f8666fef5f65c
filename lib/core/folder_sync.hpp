// Makes names durable on any file system.
#pragma once

namespace minidvr {

// Of an open folder. False, with errno: it failed. Where a folder can not be synced at all (some
// network file systems) nothing has failed: its names are the server's matter.
bool sync_names(int folder);

}  // namespace minidvr
