#include "capture/known_camera.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace minidvr::capture {
namespace json = boost::json;
namespace {

// Who plugs one camera into one port after the other has no more ports.
constexpr std::size_t kMostTwins = 64;

struct NamedField {
  const char* name;
  std::string NodeIdentity::*field;
};
constexpr std::array kFields = {
    NamedField{"driver", &NodeIdentity::driver},   NamedField{"card", &NodeIdentity::card},
    NamedField{"product", &NodeIdentity::product}, NamedField{"serial", &NodeIdentity::serial},
    NamedField{"bus", &NodeIdentity::bus},         NamedField{"function", &NodeIdentity::function},
};

// In all but where they are plugged in.
bool are_alike(NodeIdentity a, const NodeIdentity& b) {
  a.bus = b.bus;
  return a == b;
}

const std::string* text_in(const json::object& object, const char* name, std::string& text) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return nullptr;
  text = std::string(value->get_string());
  return &text;
}

}  // namespace

const VideoNode* find_camera(const KnownCamera& camera, std::span<const VideoNode> nodes) {
  const VideoNode* elsewhere = nullptr;
  std::size_t count = 0;
  for (const auto& node : nodes) {
    if (node.identity == camera.identity) return &node;
    const bool may_be_it = !camera.identity.serial.empty() &&
                           are_alike(node.identity, camera.identity) &&
                           !camera.twins.contains(node.identity.bus);
    if (!may_be_it) continue;
    elsewhere = &node;
    ++count;
  }
  return count == 1 ? elsewhere : nullptr;
}

bool update(KnownCamera& camera, const VideoNode& node, std::span<const VideoNode> nodes) {
  const KnownCamera before = camera;
  camera.identity = node.identity;
  for (const auto& other : nodes) {
    const bool is_twin = other.identity.bus != node.identity.bus &&
                         are_alike(other.identity, node.identity) &&
                         camera.twins.size() < kMostTwins;
    if (is_twin) camera.twins.insert(other.identity.bus);
  }
  return camera != before;
}

std::string_view name_of(NodeReason reason) {
  switch (reason) {
    case NodeReason::moved:
      return "moved";
    case NodeReason::other_camera:
      return "other_camera";
    case NodeReason::as_configured:
      break;
  }
  return "as_configured";
}

NodeChoice choose_node(const std::string& device, const std::optional<KnownCamera>& known,
                       std::span<const VideoNode> nodes) {
  NodeChoice choice{device};
  const auto at = std::find_if(nodes.begin(), nodes.end(),
                               [&](const VideoNode& node) { return node.path == device; });
  if (at != nodes.end()) choice.node = &*at;
  if (!known) return choice;
  const VideoNode* ours = find_camera(*known, nodes);
  if (ours == nullptr) {
    if (choice.node != nullptr) choice.reason = NodeReason::other_camera;
    return choice;
  }
  if (ours != choice.node) choice.reason = NodeReason::moved;
  choice.node = ours;
  choice.path = ours->path;
  return choice;
}

std::string serialize(const std::string& device, const KnownCamera& camera) {
  json::object identity;
  for (const auto& [name, field] : kFields)
    identity[name] = camera.identity.*field;
  const json::object document{{"device", device},
                              {"camera", identity},
                              {"twins", json::array(camera.twins.begin(), camera.twins.end())}};
  return json::serialize(document) + "\n";
}

std::optional<KnownCamera> parse_known_camera(std::string_view text, std::string_view device) {
  boost::system::error_code ec;
  const auto document = json::parse({text.data(), text.size()}, ec);
  const auto* object = ec ? nullptr : document.if_object();
  std::string word;
  if (object == nullptr || text_in(*object, "device", word) == nullptr || word != device)
    return std::nullopt;
  const auto* identity = object->if_contains("camera");
  const auto* fields = identity == nullptr ? nullptr : identity->if_object();
  if (fields == nullptr) return std::nullopt;
  KnownCamera camera;
  for (const auto& [name, field] : kFields) {
    if (text_in(*fields, name, camera.identity.*field) == nullptr) return std::nullopt;
  }
  if (camera.identity.bus.empty()) return std::nullopt;
  const auto* twins = object->if_contains("twins");
  if (twins == nullptr || !twins->is_array()) return camera;
  for (const auto& one : twins->get_array()) {
    if (one.is_string() && camera.twins.size() < kMostTwins) camera.twins.emplace(one.get_string());
  }
  return camera;
}

}  // namespace minidvr::capture
