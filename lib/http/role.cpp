#include "http/role.hpp"

namespace minidvr::http {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::control:
      return "control";
    case Role::view:
      return "view";
    case Role::anyone:
      break;
  }
  return "anyone";
}

std::optional<Role> role_named(std::string_view name) {
  for (const Role role : {Role::view, Role::control}) {
    if (name == name_of(role)) return role;
  }
  return std::nullopt;
}

}  // namespace minidvr::http
