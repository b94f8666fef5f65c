// The call that the library replaces, as the program would have had it: real(NAME_TYPE,
// "name")(...).
#pragma once

#include <dlfcn.h>

namespace minidvr::power_cut {

template <class Function>
Function* real(Function*, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace minidvr::power_cut

// A function of this name, with the type that its declaration has.
#define POWER_CUT_REAL(name) ::minidvr::power_cut::real(&::name, #name)
