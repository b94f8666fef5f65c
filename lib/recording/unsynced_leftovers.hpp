// What a power cut left of segments before their first sync.
#pragma once

#include "recording/segment_names.hpp"

#include <set>
#include <string>

namespace minidvr::recording {

// Removes from .partial the journals that did not get as far as saying of which file they are, and
// the media files of which no journal knows. A journal is begun before its media file, is synced
// with it, and goes after it: so no frame of these was ever synced, and nothing could tell what is
// in them. Not those of segments that are written now, and none while a journal can not be read,
// whose media file it may be. One that is whole all the same stays. `told`: as in recover().
// Blocks.
void remove_unsynced_leftovers(const Folders& folders, const NamesInUse& in_use,
                               std::set<std::string>& told);

}  // namespace minidvr::recording
