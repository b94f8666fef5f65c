#include "power_cut/disk_model.hpp"

#include "power_cut/sectors.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>

namespace minidvr::power_cut {
namespace fs = std::filesystem;
namespace {

// Nothing is missing.
class KeepAll : public CutChoices {
 public:
  bool keeps_name(std::size_t) override { return true; }
  std::size_t size_changes(std::size_t, std::size_t changes) override { return changes; }
  std::size_t sector_changes(std::size_t, std::size_t, std::size_t changes) override {
    return changes;
  }
  std::string unwritten(std::size_t, std::size_t, std::size_t bytes) override {
    return std::string(bytes, '\0');
  }
};

}  // namespace

DiskModel::DiskModel(const WriteLog& log, std::uint64_t top, const Disk& before,
                     const std::map<std::string, std::uint64_t>& inodes, FileSystem file_system)
    : file_system_(file_system) {
  add_file(true, top, "");
  if (file_system_ == FileSystem::fat) empty_ = add_file(false, 0, "");
  put_before(before, inodes);
  names_now_ = names_before_;
  for (std::size_t position = 0; position < log.events().size(); ++position)
    take(log.events()[position], position);
}

DiskModel::FileNumber DiskModel::add_file(bool folder, std::uint64_t inode,
                                          const std::string& name) {
  files_.push_back({folder, inode, name, {}, {}, {}});
  // An inode that is used again belongs to the file that was made last.
  if (inode != 0) by_inode_[inode] = files_.size() - 1;
  return files_.size() - 1;
}

void DiskModel::put_before(const Disk& before, const std::map<std::string, std::uint64_t>& inodes) {
  const auto put = [&](const std::string& path, bool folder) {
    const Entry place = entry(path);
    const auto inode = inodes.find(path);
    const auto file = add_file(folder, inode == inodes.end() ? 0 : inode->second, path);
    names_before_[{place.folder, place.name}] = file;
    names_now_ = names_before_;
    return file;
  };
  for (const auto& path : before.folders)
    put(path, true);
  for (const auto& [path, bytes] : before.files)
    files_[put(path, false)].before = bytes;
}

std::optional<DiskModel::FileNumber> DiskModel::known(std::uint64_t inode) const {
  const auto found = by_inode_.find(inode);
  if (found == by_inode_.end()) return std::nullopt;
  return found->second;
}

DiskModel::Entry DiskModel::entry(const std::string& path) const {
  const fs::path whole(path);
  FileNumber folder = kTop;
  for (const auto& part : whole.parent_path()) {
    const auto inner = names_now_.find({folder, part.string()});
    if (inner == names_now_.end()) throw std::runtime_error("no folder for " + path);
    folder = inner->second;
  }
  const std::string name = whole.filename().string();
  const auto file = names_now_.find({folder, name});
  return {folder, name, file == names_now_.end() ? std::nullopt : std::optional(file->second)};
}

std::optional<DiskModel::FileNumber> DiskModel::find(const std::string& name) const {
  try {
    return entry(name).file;
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

void DiskModel::apply(NameChange change) {
  for (const auto& e : change.entries) {
    if (e.file) {
      names_now_[{e.folder, e.name}] = *e.file;
    } else {
      names_now_.erase({e.folder, e.name});
    }
  }
  name_changes_.push_back(std::move(change));
}

void DiskModel::take(const Event& event, std::size_t position) {
  switch (event.call) {
    case Call::write:
    case Call::resize:
    case Call::reserve:
      if (const auto file = known(event.inode)) {
        files_[*file].changes.push_back(
            {position, event.call, event.offset, event.length, event.data});
      }
      return;
    case Call::sync_end:
      if (const auto file = known(event.inode)) {
        files_[*file].syncs.push_back({event.began, position});
      }
      return;
    case Call::open_file:
      take_open(event, position);
      return;
    case Call::make_folder:
    case Call::rename:
    case Call::link:
    case Call::remove:
      take_names(event, position);
      return;
    default:
      return;
  }
}

void DiskModel::take_open(const Event& event, std::size_t position) {
  Entry e = entry(event.name);
  if (e.file) {
    if (event.length != 0) files_[*e.file].changes.push_back({position, Call::resize, 0, 0, {}});
    return;
  }
  e.file = add_file(false, event.inode, event.name);
  apply({position, {e}, false});
}

void DiskModel::take_names(const Event& event, std::size_t position) {
  Entry e = entry(event.name);
  if (event.call == Call::make_folder) {
    e.file = add_file(true, event.inode, event.name);
    apply({position, {e}, false});
  } else if (event.call == Call::remove) {
    e.file.reset();
    apply({position, {e}, false});
  } else {
    Entry target = entry(event.other);
    target.file = e.file;
    if (event.call == Call::link) {
      apply({position, {target}, false});
      return;
    }
    e.file.reset();
    if (file_system_ == FileSystem::fat) {
      apply({position, {e}, true});
      apply({position, {target}, true});
    } else {
      apply({position, {e, target}, false});
    }
  }
}

std::size_t DiskModel::synced_before(FileNumber file, std::size_t cut) const {
  std::size_t latest = 0;
  for (const auto& sync : files_[file].syncs) {
    if (sync.ended < cut) latest = std::max(latest, sync.began);
  }
  return latest;
}

std::optional<std::size_t> DiskModel::durable(const NameChange& change) const {
  std::optional<std::size_t> earliest;
  for (const auto& e : change.entries) {
    for (const auto& sync : files_[e.folder].syncs) {
      if (sync.began > change.position) {
        earliest = std::min(earliest.value_or(sync.ended), sync.ended);
      }
    }
  }
  return earliest;
}

// What a file was synced with before its rename is not enough: that its entry has moved is known
// only afterwards.
bool DiskModel::leads_to_its_file(const NameChange& change, std::size_t cut) const {
  const auto& file = change.entries.front().file;
  return !change.is_half || !file || files_[*file].folder ||
         synced_before(*file, cut) > change.position;
}

bool DiskModel::settled(const NameChange& change, std::size_t cut) const {
  const auto since = durable(change);
  return since && *since < cut && leads_to_its_file(change, cut);
}

DiskModel::Names DiskModel::names_after(std::size_t cut, CutChoices& choices) const {
  Names names = names_before_;
  // Names of which a change did not get to the disk: later ones neither, unless they are synced.
  std::set<std::pair<FileNumber, std::string>> behind;
  for (const auto& change : name_changes_) {
    if (change.position >= cut) break;
    const auto since = durable(change);
    const bool for_good = since && *since < cut;
    const bool in_order =
        std::none_of(change.entries.begin(), change.entries.end(), [&](const Entry& e) {
          return behind.contains({e.folder, e.name});
        });
    const bool kept = for_good || (in_order && choices.keeps_name(change.position));
    const bool leads =
        !kept || leads_to_its_file(change, cut) || choices.keeps_name(change.position);
    for (const auto& e : change.entries) {
      if (!kept) {
        behind.insert({e.folder, e.name});
      } else if (!leads) {
        names.try_emplace({e.folder, e.name}, empty_.value());
      } else if (e.file) {
        names[{e.folder, e.name}] = *e.file;
      } else {
        names.erase({e.folder, e.name});
      }
    }
  }
  return names;
}

std::string DiskModel::bytes_after(FileNumber number, std::size_t cut, CutChoices& choices) const {
  const File& file = files_[number];
  const std::size_t synced = synced_before(number, cut);
  Sectors sectors(file.before);
  auto change = file.changes.begin();
  for (; change != file.changes.end() && change->position < synced; ++change)
    sectors.apply(*change);
  const auto open =
      std::find_if(change, file.changes.end(), [&](const Change& c) { return c.position >= cut; });
  return std::move(sectors).after_cut(number, {change, open}, choices);
}

Disk DiskModel::disk_of(const Names& names, std::size_t cut, CutChoices& choices) const {
  Disk disk;
  std::vector<std::pair<FileNumber, std::string>> folders{{kTop, ""}};
  while (!folders.empty()) {
    const auto [folder, path] = folders.back();
    folders.pop_back();
    for (auto e = names.lower_bound({folder, ""}); e != names.end() && e->first.first == folder;
         ++e) {
      const std::string inner = path + e->first.second;
      if (files_[e->second].folder) {
        disk.folders.push_back(inner);
        folders.emplace_back(e->second, inner + "/");
      } else {
        disk.files[inner] = bytes_after(e->second, cut, choices);
      }
    }
  }
  std::sort(disk.folders.begin(), disk.folders.end());
  return disk;
}

Disk DiskModel::after_cut(std::size_t cut, CutChoices& choices) const {
  return disk_of(names_after(cut, choices), cut, choices);
}

Disk DiskModel::at_end() const {
  KeepAll all;
  return disk_of(names_now_, std::numeric_limits<std::size_t>::max(), all);
}

}  // namespace minidvr::power_cut
