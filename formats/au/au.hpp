// au.hpp: Sun and NeXT audio; byte map and policy in au.md.
#pragma once
#include "quarry/store/format.hpp"

namespace quarry::formats {

/// .au and .snd files; read only.
extern const format au;

}  // namespace quarry::formats
