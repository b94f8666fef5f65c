// What ustreamer says of a camera that it gets no pictures from. Pure: lines in, a complaint out.
#pragma once

#include <string>
#include <string_view>

namespace minidvr::capture {

enum class Complaint {
  none,
  missing,       // there is no such device
  not_allowed,   // it may not be opened
  busy,          // another program has it
  refused,       // it takes no format, size or input that is asked for
  other_format,  // it has no format that ustreamer takes
  no_jpegs,      // it sends none: ustreamer would make them, of what it sends instead
  no_pictures,   // it is nothing that captures
  no_bandwidth,  // its bus has no room for its pictures
  broken,        // an error of input and output
  silent,        // it is there, and gives no picture in time
};

// Of one line of ustreamer, 4.9 to 6.x; none for all others.
Complaint complaint_in(std::string_view line);

// The newest complaint.
class Complaints {
 public:
  void on_line(std::string_view line);
  // Pictures come.
  void clear();
  // ustreamer has been started (again).
  void on_start();

  Complaint newest() const { return newest_; }
  // What was said with it: "Unable to start capturing: No space left on device".
  const std::string& words() const { return words_; }

  // What ustreamer serves is not what the camera sends, since it has opened that.
  bool makes_jpegs() const { return makes_jpegs_; }
  // What it said of a size or rate that the camera has taken in place of the one that is asked for:
  // "Requested resolution=1000x700 is unavailable"; empty: none.
  const std::string& instead() const { return instead_; }

 private:
  Complaint newest_ = Complaint::none;
  std::string words_;
  bool makes_jpegs_ = false;
  std::string instead_;
};

}  // namespace minidvr::capture
