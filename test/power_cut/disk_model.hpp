// What may be on a disk after its power was cut.
//
// A file's data is what was written; after a cut each sector is as it was at some moment between
// the last sync that covers it and the cut, and so is the file's size, independently. A name is
// made, moved or removed for good once a folder that it concerns was synced; until then it may or
// may not have happened. Only changes of the same name keep their order.
//
// A rename happens whole or not at all, which is what journaling file systems promise. FAT does
// not: the old name goes and the new one comes by themselves, and until the file itself is synced
// again the new one leads to what it led to before, or to nothing. (Clusters of which two names
// tell, or none, are not in the model.)
#pragma once

#include "power_cut/write_log.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace minidvr::power_cut {

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kPageBytes = 4096;

// Everything below a folder: files with their bytes, by path; and folders.
struct Disk {
  std::map<std::string, std::string> files;
  std::vector<std::string> folders;  // sorted: an outer one comes before its inner ones
  bool operator==(const Disk&) const = default;
};

// What happens to that which was not synced. Positions are those of the log.
class CutChoices {
 public:
  virtual ~CutChoices() = default;
  // Whether a change of names, the one at `position`, got to the disk.
  virtual bool keeps_name(std::size_t position) = 0;
  // Of a file with `changes` changes that may be missing: how many of them, from the first one on,
  // are in its size, and in a sector.
  virtual std::size_t size_changes(std::size_t file, std::size_t changes) = 0;
  virtual std::size_t sector_changes(std::size_t file, std::size_t sector, std::size_t changes) = 0;
  // What a sector reads as that is within the file and was never written: `bytes` long.
  virtual std::string unwritten(std::size_t file, std::size_t sector, std::size_t bytes) = 0;
};

enum class FileSystem { journaling, fat };

class DiskModel {
 public:
  using FileNumber = std::size_t;
  static constexpr FileNumber kTop = 0;

  // `top`: the inode of the folder. `before`: what was in it, for good, with inodes by path.
  DiskModel(const WriteLog& log, std::uint64_t top, const Disk& before = {},
            const std::map<std::string, std::uint64_t>& inodes = {},
            FileSystem file_system = FileSystem::journaling);

  FileSystem file_system() const { return file_system_; }

  // The disk when calls from `cut` on were not made.
  Disk after_cut(std::size_t cut, CutChoices& choices) const;
  // The disk when all calls were made, and nothing was cut.
  Disk at_end() const;

  struct Change {
    std::size_t position;
    Call call;  // write, resize or reserve
    std::uint64_t offset;
    std::uint64_t length;
    std::string_view data;
  };
  struct Sync {
    std::size_t began;
    std::size_t ended;
  };
  struct File {
    bool folder = false;
    std::uint64_t inode = 0;
    std::string first_name;  // that it was made with
    std::string before;      // bytes that it had from the beginning
    std::vector<Change> changes;
    std::vector<Sync> syncs;
  };
  const std::vector<File>& files() const { return files_; }
  // By its name at the end; nullopt when there is none.
  std::optional<FileNumber> find(const std::string& name) const;

  // Changes of names: at `position`, that name in that folder refers to another file, or none.
  struct Entry {
    FileNumber folder;
    std::string name;
    std::optional<FileNumber> file;
  };
  struct NameChange {
    std::size_t position;
    std::vector<Entry> entries;
    bool is_half = false;  // of a rename on FAT: the old name that goes, or the new one that comes
  };
  const std::vector<NameChange>& name_changes() const { return name_changes_; }

  // When the last sync of `file` that had ended before `cut` began; 0: there was none. What was
  // done before that is on the disk for good.
  std::size_t synced_before(FileNumber file, std::size_t cut) const;
  // When that name change was on the disk for good; nullopt: never.
  std::optional<std::size_t> durable(const NameChange& change) const;
  // Whether it and what the name leads to were so before `cut` began.
  bool settled(const NameChange& change, std::size_t cut) const;

 private:
  using Names = std::map<std::pair<FileNumber, std::string>, FileNumber>;

  FileNumber add_file(bool folder, std::uint64_t inode, const std::string& name);
  void put_before(const Disk& before, const std::map<std::string, std::uint64_t>& inodes);
  void take(const Event& event, std::size_t position);
  void take_open(const Event& event, std::size_t position);
  void take_names(const Event& event, std::size_t position);
  void apply(NameChange change);
  Entry entry(const std::string& path) const;
  bool leads_to_its_file(const NameChange& change, std::size_t cut) const;
  std::optional<FileNumber> known(std::uint64_t inode) const;
  Names names_after(std::size_t cut, CutChoices& choices) const;
  std::string bytes_after(FileNumber file, std::size_t cut, CutChoices& choices) const;
  Disk disk_of(const Names& names, std::size_t cut, CutChoices& choices) const;

  FileSystem file_system_;
  std::optional<FileNumber> empty_;  // on FAT: what a name leads to that leads to nothing
  std::vector<File> files_;
  std::map<std::uint64_t, FileNumber> by_inode_;
  std::vector<NameChange> name_changes_;
  Names names_before_;
  Names names_now_;  // at the end, once the log was read
};

}  // namespace minidvr::power_cut
