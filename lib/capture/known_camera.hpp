// Which camera is meant by a name that the kernel gives, and may give to another one: the one that
// had it first. Pure.
#pragma once

#include "capture/video_nodes.hpp"

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace minidvr::capture {

// The camera that has delivered under the name.
struct KnownCamera {
  NodeIdentity identity;
  // Where others were beside it that differ from it in nothing but that.
  std::set<std::string> twins = {};
  bool operator==(const KnownCamera&) const = default;
};

// The node of that camera; nullptr: it is not plugged in. It is the one in the same place, or else
// the only one with its serial number. Of equal cameras without one the place tells.
const VideoNode* find_camera(const KnownCamera& camera, std::span<const VideoNode> nodes);

// It is plugged in as `node` now; what is beside it is known for the time when it is not. True when
// that was news.
bool update(KnownCamera& camera, const VideoNode& node, std::span<const VideoNode> nodes);

// Why that node is used.
enum class NodeReason {
  as_configured,
  moved,         // the camera that is meant has another name now
  other_camera,  // another camera has the name, and the one that is meant is not there
};
// As clients are told of it; never changes.
std::string_view name_of(NodeReason reason);

struct NodeChoice {
  std::string path;
  NodeReason reason = NodeReason::as_configured;
  const VideoNode* node = nullptr;  // one of `nodes`; nullptr: there is none
};

// `device`: the path that is configured. `known`: nullopt, no camera has been seen under it yet.
NodeChoice choose_node(const std::string& device, const std::optional<KnownCamera>& known,
                       std::span<const VideoNode> nodes);

// As it is kept in a file: of which device, and which camera that is.
std::string serialize(const std::string& device, const KnownCamera& camera);
// nullopt: it says nothing of that device.
std::optional<KnownCamera> parse_known_camera(std::string_view text, std::string_view device);

}  // namespace minidvr::capture
